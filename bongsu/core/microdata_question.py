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
from typing import Annotated, Any

from msgspec import Struct

from bongsu.core.document_shape import (
    FilledText,
    FiniteNumber,
    TextList,
    WholeNumber,
    convert_document,
    join_place,
    limit,
    list_texts,
)
from bongsu.core.errors import N_, BadInput, unknown_name

FORMAT = "bongsu.question/1"
MAX_SPLITS = 4
# The fields that each kind of statistic needs.
STATISTIC_KINDS: Mapping[str, tuple[str, ...]] = {
    "count": (),
    "total": (),
    "share": ("along",),
    "mean": ("of",),
    "quantile": ("of", "at"),
    "histogram": ("of",),
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


class SplitShape(Struct, forbid_unknown_fields=True):
    """One dimension of a breakdown as it is written; a text alone is a concept."""

    concept: FilledText
    digits: list[WholeNumber] = []
    bands: list[WholeNumber] = []


class RangeShape(Struct, forbid_unknown_fields=True, rename={"low": "from", "high": "to"}):
    """The fields of a range in a condition of a question file."""

    low: FiniteNumber | None = None
    high: FiniteNumber | None = None


class StatisticShape(Struct, forbid_unknown_fields=True):
    """The fields of a statistic in a question file, of every kind."""

    kind: FilledText
    of: str = ""
    along: str = ""
    at: FiniteNumber | None = None
    over: FilledText | SplitShape | None = None
    between: list[FilledText] = []
    terms: TextList = []
    family: str = ""


class ScoresShape(Struct, forbid_unknown_fields=True):
    """The fields of a table [scores.NAME] in a question file."""

    release: FilledText
    by: FilledText
    where: TextList = []


class QuestionShape(Struct, forbid_unknown_fields=True):
    """The fields of a question file."""

    holding: FilledText
    statistics: Annotated[list[StatisticShape], limit(N_("The question has no statistics."), min_length=1)]
    format: str = FORMAT
    breakdown: list[FilledText | SplitShape] = []
    where: dict[str, FilledText | Annotated[list[str], limit(min_length=1)] | RangeShape] = {}
    margins: bool = True
    scores: dict[str, ScoresShape] = {}


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
        written = convert_document(data, QuestionShape, where)
        if written.format != FORMAT:
            raise _wrong(where, "format", N_("The format must be “{wanted}”."), wanted=FORMAT)
        breakdown = tuple(
            parse_split(split, where, f"breakdown[{number}]") for number, split in enumerate(written.breakdown)
        )
        if len(breakdown) > MAX_SPLITS:
            raise _wrong(where, "breakdown", N_("A breakdown has at most {most} dimensions."), most=MAX_SPLITS)
        if len({split.concept for split in breakdown}) != len(breakdown):
            raise _wrong(where, "breakdown", N_("A dimension is listed twice."))
        statistics = tuple(
            _parse_statistic(one, breakdown, written.margins, where, f"statistics[{number}]")
            for number, one in enumerate(written.statistics)
        )
        if len({statistic.name for statistic in statistics}) != len(statistics):
            raise _wrong(where, "statistics", N_("A statistic is listed twice."))
        conditions = tuple(_parse_condition(name, value, where) for name, value in sorted(written.where.items()))
        scores = tuple(
            (name, Scores(one.release, one.by, list_texts(one.where))) for name, one in sorted(written.scores.items())
        )
        return cls(written.holding, statistics, conditions, breakdown, written.margins, scores)

    def to_data(self) -> dict[str, Any]:
        """Returns the question as JSON data without default values; `Question.from_data` reads it."""
        return {
            "format": FORMAT,
            "holding": self.holding,
            "where": {
                c.concept: list(c.codes) if c.codes else _without_defaults({"from": c.low, "to": c.high})
                for c in self.where
            },
            "breakdown": [split_data(split) for split in self.breakdown],
            "margins": self.margins,
            "statistics": [_statistic_data(statistic) for statistic in self.statistics],
            "scores": {name: {"release": s.release, "by": s.by, "where": list(s.where)} for name, s in self.scores},
        }

    @property
    def id(self) -> str:
        """A hash of the question: the same question has the same id."""
        text = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _wrong(where: str, path: str, message: str, **values: Any) -> BadInput:
    return BadInput(message, where=join_place(where, path), **values)


def parse_split(written: str | SplitShape, where: str, path: str) -> Split:
    """Parses one dimension. Raises BadInput with its field if its levels are not valid."""
    if isinstance(written, str):
        return Split(written)
    if written.digits and written.bands:
        raise _wrong(where, f"{path}.bands", N_("A dimension can have “digits” or “bands”, not both."))
    for name, numbers in (("digits", written.digits), ("bands", written.bands)):
        if any(b <= a for a, b in pairwise(numbers)) or (name == "digits" and 0 in numbers[:1]):
            raise _wrong(where, f"{path}.{name}", N_("The numbers must be in increasing order."))
    return Split(written.concept, tuple(written.digits), tuple(written.bands))


def _parse_condition(concept: str, written: str | list[str] | RangeShape, where: str) -> Condition:
    if not isinstance(written, RangeShape):
        return Condition(concept, tuple(sorted(set(list_texts(written)))))
    if written.low is None and written.high is None:
        raise _wrong(where, f"where.{concept}.from", N_("The condition needs “from” or “to”."))
    return Condition(concept, low=written.low, high=written.high)


def _parse_statistic(
    written: StatisticShape, breakdown: tuple[Split, ...], margins: bool, where: str, path: str
) -> Statistic:
    kind = written.kind
    if kind not in STATISTIC_KINDS:
        raise unknown_name(N_("kind of statistic"), kind, STATISTIC_KINDS, where=join_place(where, f"{path}.kind"))
    _check_fields(written, where, path)
    statistic = Statistic(
        kind,
        of=written.of,
        along=written.along,
        at=0.5 if written.at is None else written.at,
        over=None if written.over is None else parse_split(written.over, where, f"{path}.over"),
        between=_parse_comparison(written.between, where, path) if written.between else None,
        terms=list_texts(written.terms),
        family=written.family,
    )
    if not 0 < statistic.at < 1:
        raise _wrong(where, f"{path}.at", N_("“at” must be between 0 and 1."))
    if round(statistic.at, 2) != statistic.at:  # finer steps would reveal where a value lies in its bin
        raise _wrong(where, f"{path}.at", N_("“at” can have at most two decimals, such as 0.25."))
    if kind == "share" and statistic.along not in {split.concept for split in breakdown}:
        known, place = [split.concept for split in breakdown], join_place(where, f"{path}.along")
        raise unknown_name(N_("dimension of the breakdown"), statistic.along, known, where=place)
    if kind == "share" and not margins:
        message = N_("A share needs “margins = true”, because it is a part of the total.")
        raise _wrong(where, f"{path}.along", message)
    if kind == "glm" and statistic.family not in GLM_FAMILIES:
        raise unknown_name(N_("family"), statistic.family, GLM_FAMILIES, where=join_place(where, f"{path}.family"))
    if kind in MODEL_KINDS and breakdown:
        raise _wrong(where, f"{path}.terms", N_("A question with a model cannot have a breakdown."))
    return statistic


def _check_fields(written: StatisticShape, where: str, path: str) -> None:
    """Raises BadInput if a field that the kind needs is missing, UnknownName if one is given that it does not have."""
    needs = STATISTIC_KINDS[written.kind]
    allowed = ("kind", *needs, *(("of",) if written.kind == "total" else ()))
    for name in written.__struct_fields__:
        given = getattr(written, name) not in ("", [], None)
        if name in needs and not given:
            raise _wrong(where, f"{path}.{name}", N_("The field “{name}” is missing."), name=name)
        if given and name not in allowed:
            raise unknown_name(N_("field"), name, allowed, where=join_place(where, f"{path}.{name}"))


def _parse_comparison(between: list[str], where: str, path: str) -> tuple[str, str, str]:
    if len(between) != 3 or between[1] == between[2]:
        message = N_('Write a concept and two of its codes: ["SEX", "F", "M"].')
        raise _wrong(where, f"{path}.between", message)
    return between[0], between[1], between[2]


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in (None, "", ())
    }


def split_data(split: Split) -> dict[str, Any]:
    """Returns a dimension as JSON data without default values."""
    return _without_defaults({"concept": split.concept, "digits": split.digits, "bands": split.bands})


def _statistic_data(statistic: Statistic) -> dict[str, Any]:
    data = {name: getattr(statistic, name) for name in ("kind", "of", "along", "between", "terms", "family")}
    if statistic.kind == "quantile":
        data["at"] = statistic.at
    if statistic.over:
        data["over"] = split_data(statistic.over)
    return _without_defaults(data)
