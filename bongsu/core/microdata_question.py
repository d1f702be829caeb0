"""Parses a question about microdata: population, breakdown and statistics. It is written as TOML or JSON.

    format = "bongsu.question/1"
    holding = "labour-force"
    breakdown = ["SEX", { concept = "AGE", bands = [15, 25, 55] }, { concept = "OCCUPATION", digits = [1, 2] }]
    [where]
    EMPLOYED = ["1"]
    AGE = { from = 15, to = 74 }
    [[statistics]]
    kind = "mean"
    of = "EXPOSURE"
    [scores.EXPOSURE]                       # a number for every code of a concept, from a release of this node
    release = "EXPOSURE_INDEX"
    by = "OCCUPATION"
    where = ["INDEX=ILO_2025", "INDICATOR=EXPOSURE_SCORE"]

bongsu/store/microdata compiles a question to a query, and checks it against the concepts of the holding; bongsu/desk answers
it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.field_reader import Fields

FORMAT = "bongsu.question/1"
MAX_SPLITS = 4
# The fields that each kind of statistic needs.
STATISTIC_KINDS: Mapping[str, tuple[str, ...]] = {
    "count": (),
    "total": (),
    "share": ("along",),
    "mean": ("of",),
    "quantile": ("of", "at"),
    "gini": ("of",),
    "dissimilarity": ("over", "between"),
    "ols": ("of", "terms"),
    "glm": ("of", "terms", "family"),
}
MODEL_KINDS = ("ols", "glm")
GLM_FAMILIES = ("binomial", "poisson")


@dataclass(frozen=True)
class Condition:
    """A condition on the population: `concept` has one of `codes`, or is from `low` to `high`, both included."""

    concept: str
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Split:
    """One dimension of a breakdown: by code, by the first `digits` of the code (several levels), or by `bands` of a number.

    The bands (15, 25, 55) are "<15", "15-24", "25-54" and ">=55". They cover everyone, so that margins are complete.
    """

    concept: str
    digits: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()


@dataclass(frozen=True)
class Statistic:
    """A statistic of every cell, or, for a model, of the whole population. STATISTIC_KINDS lists the fields of each kind.

    `of`: a measure of the holding, or a name in the scores of the question. `along`: the dimension in which shares sum to 1.
    `at`: the quantile, between 0 and 1. `over`: the categories of a dissimilarity index. `between`: a concept and the two
    codes to compare.
    """

    kind: str
    of: str = ""
    along: str = ""
    at: float = 0.5
    over: Split | None = None
    between: tuple[str, str, str] | None = None
    terms: tuple[str, ...] = ()
    family: str = ""

    @property
    def name(self) -> str:
        """A short name, unique in the question, such as "quantile EARNINGS 0.5"."""
        parts = [self.kind, self.of, self.along]
        if self.kind == "quantile":
            parts.append(f"{self.at:g}")
        if self.over and self.between:
            parts += [self.over.concept, "-".join(self.between)]
        parts += [self.family, "+".join(self.terms)]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Scores:
    """A number for each code of the concept `by`, from the dimension `by` of a release; `where` fixes the other dimensions."""

    release: str
    by: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question. Make it with `Question.from_data` or `Question.parse`, which check it."""

    holding: str
    statistics: tuple[Statistic, ...]
    where: tuple[Condition, ...] = ()
    breakdown: tuple[Split, ...] = ()
    margins: bool = True
    scores: tuple[tuple[str, Scores], ...] = ()

    @classmethod
    def parse(cls, text: str, where: str = "") -> Question:
        """Parses TOML or JSON text. Raises BadInput or UnknownName with the field."""
        try:
            data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise BadInput(N_("The question cannot be read: {reason}."), where=where, reason=wrong) from None
        return cls.from_data(data, where)

    @classmethod
    def from_data(cls, data: Any, where: str = "") -> Question:
        """Makes a question from parsed TOML or JSON. Raises BadInput or UnknownName with the field."""
        fields = Fields(data, where)
        if fields.text("format", FORMAT) != FORMAT:
            raise fields.wrong("format", N_("The format must be “{wanted}”."), wanted=FORMAT)
        breakdown = tuple(_parse_split(each) for each in fields.rows("breakdown"))
        if len(breakdown) > MAX_SPLITS:
            raise fields.wrong("breakdown", N_("A breakdown has at most {most} dimensions."), most=MAX_SPLITS)
        if len({split.concept for split in breakdown}) != len(breakdown):
            raise fields.wrong("breakdown", N_("A dimension is listed twice."))
        margins = fields.flag("margins", True)
        statistics = tuple(_parse_statistic(each, breakdown, margins) for each in fields.rows("statistics"))
        if not statistics:
            raise fields.wrong("statistics", N_("The question has no statistics."))
        if len({statistic.name for statistic in statistics}) != len(statistics):
            raise fields.wrong("statistics", N_("A statistic is listed twice."))
        conditions = tuple(
            _parse_condition(name, value, fields) for name, value in sorted(fields.table("where").items())
        )
        scores = tuple((name, _parse_scores(each)) for name, each in sorted(fields.named("scores").items()))
        question = cls(fields.text("holding"), statistics, conditions, breakdown, margins, scores)
        fields.nothing_else()
        return question

    def to_data(self) -> dict[str, Any]:
        """Returns the question as JSON data without default values; `Question.from_data` reads it."""
        return {
            "format": FORMAT,
            "holding": self.holding,
            "where": {
                c.concept: list(c.codes) if c.codes else _without_defaults({"from": c.low, "to": c.high})
                for c in self.where
            },
            "breakdown": [_split_data(split) for split in self.breakdown],
            "margins": self.margins,
            "statistics": [_statistic_data(statistic) for statistic in self.statistics],
            "scores": {name: {"release": s.release, "by": s.by, "where": list(s.where)} for name, s in self.scores},
        }

    @property
    def id(self) -> str:
        """A hash of the question: the same question has the same id."""
        text = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _parse_split(fields: Fields) -> Split:
    split = Split(fields.text("concept"), fields.whole_numbers("digits"), fields.whole_numbers("bands"))
    if split.digits and split.bands:
        raise fields.wrong("bands", N_("A dimension can have “digits” or “bands”, not both."))
    for name, numbers in (("digits", split.digits), ("bands", split.bands)):
        if any(b <= a for a, b in pairwise(numbers)) or (name == "digits" and 0 in numbers[:1]):
            raise fields.wrong(name, N_("The numbers must be in increasing order."))
    fields.nothing_else()
    return split


def _parse_scores(fields: Fields) -> Scores:
    scores = Scores(fields.text("release"), fields.text("by"), fields.texts("where"))
    fields.nothing_else()
    return scores


def _parse_condition(concept: str, value: Any, fields: Fields) -> Condition:
    if isinstance(value, Mapping):
        inner = Fields(value, fields.place(f"where.{concept}"))
        condition = Condition(concept, low=inner.number("from", None), high=inner.number("to", None))
        inner.nothing_else()
        if condition.low is None and condition.high is None:
            raise inner.wrong("from", N_("The condition needs “from” or “to”."))
        return condition
    codes = [value] if isinstance(value, str) else value
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
        raise fields.wrong(f"where.{concept}", N_("Write a list of codes as text, or a table with “from” and “to”."))
    return Condition(concept, tuple(sorted(set(codes))))


def _parse_statistic(fields: Fields, breakdown: tuple[Split, ...], margins: bool) -> Statistic:
    kind = fields.text("kind")
    if kind not in STATISTIC_KINDS:
        raise unknown_name(N_("kind of statistic"), kind, STATISTIC_KINDS, where=fields.place("kind"))
    needs = STATISTIC_KINDS[kind]
    statistic = Statistic(
        kind,
        of=fields.text("of") if "of" in needs else fields.text("of", "") if kind == "total" else "",
        along=fields.text("along") if "along" in needs else "",
        at=fields.number("at") or 0.0 if "at" in needs else 0.5,
        over=_parse_split(Fields(_as_table(fields.raw("over")), fields.place("over"))) if "over" in needs else None,
        between=_parse_comparison(fields) if "between" in needs else None,
        terms=fields.texts("terms") if "terms" in needs else (),
        family=fields.text("family") if "family" in needs else "",
    )
    fields.nothing_else()
    if not 0 < statistic.at < 1:
        raise fields.wrong("at", N_("“at” must be between 0 and 1."))
    if round(statistic.at, 2) != statistic.at:  # finer steps would reveal where a value lies in its bin
        raise fields.wrong("at", N_("“at” can have at most two decimals, such as 0.25."))
    if kind == "share" and statistic.along not in {split.concept for split in breakdown}:
        known = [split.concept for split in breakdown]
        raise unknown_name(N_("dimension of the breakdown"), statistic.along, known, where=fields.place("along"))
    if kind == "share" and not margins:
        raise fields.wrong("along", N_("A share needs “margins = true”, because it is a part of the total."))
    if kind == "glm" and statistic.family not in GLM_FAMILIES:
        raise unknown_name(N_("family"), statistic.family, GLM_FAMILIES, where=fields.place("family"))
    if kind in MODEL_KINDS and (not statistic.terms or breakdown):
        raise fields.wrong("terms", N_("A model needs “terms”, and a question with a model cannot have a breakdown."))
    return statistic


def _parse_comparison(fields: Fields) -> tuple[str, str, str]:
    texts = fields.texts("between")
    if len(texts) != 3 or texts[1] == texts[2]:
        raise fields.wrong("between", N_('Write a concept and two of its codes: ["SEX", "F", "M"].'))
    return texts[0], texts[1], texts[2]


def _as_table(value: Any) -> Any:
    return {"concept": value} if isinstance(value, str) else value


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in (None, "", ())
    }


def _split_data(split: Split) -> dict[str, Any]:
    return _without_defaults({"concept": split.concept, "digits": split.digits, "bands": split.bands})


def _statistic_data(statistic: Statistic) -> dict[str, Any]:
    data = {name: getattr(statistic, name) for name in ("kind", "of", "along", "between", "terms", "family")}
    if statistic.kind == "quantile":
        data["at"] = statistic.at
    if statistic.over:
        data["over"] = _split_data(statistic.over)
    return _without_defaults(data)
