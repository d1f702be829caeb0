"""Parses a publication plan: what may be published of a holding of microdata, which its custodian declares once.

    format = "bongsu.plan/1"
    holding = "labour-force"
    [classifications]                       # one for each concept that is published, with all its levels
    SEX = {}
    AGE = { bands = [15, 25, 45, 65] }
    OCCUPATION = { digits = [1, 2] }
    [[tables]]                              # with all their margins; two tables with the same cells share them
    by = ["SEX", "AGE", { concept = "OCCUPATION", digits = [1] }]
    measures = ["EARNINGS"]
    [[tables]]
    by = ["SEX", "OCCUPATION"]
    measures = ["EARNINGS", "EXPOSURE"]
    [scores.EXPOSURE]                       # as in a question
    release = "EXPOSURE_INDEX"
    by = "OCCUPATION"

`related` lists measures that are nearly proportional, such as turnover with and without tax: a cell that is hidden for one is
hidden for all. A concept has one classification, so that every cell is a sum of others. bongsu/desk/plans protects and answers.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Struct

from bongsu.core.document_shape import (
    FilledText,
    TextList,
    WholeNumber,
    convert_document,
    join_place,
    limit,
    list_texts,
)
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.microdata_question import MAX_SPLITS, Scores, ScoresShape, Split, SplitShape, parse_split, split_data

FORMAT = "bongsu.plan/1"


@dataclass(frozen=True)
class PlannedTable:
    """A table of a plan: its dimensions, each with the levels of its classification that it shows, and its measures."""

    by: tuple[Split, ...]
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublicationPlan:
    """What may be published of a holding. Make it with `parse` or `from_data`, which check it."""

    holding: str
    classifications: tuple[Split, ...]
    tables: tuple[PlannedTable, ...]
    related: tuple[tuple[str, ...], ...] = ()
    scores: tuple[tuple[str, Scores], ...] = ()

    @classmethod
    def parse(cls, text: str, where: str = "") -> PublicationPlan:
        """Parses TOML text. Raises BadInput or UnknownName with the field."""
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise BadInput(N_("The plan cannot be read: {reason}."), where=where, reason=wrong) from None
        return cls.from_data(data, where)

    @classmethod
    def from_data(cls, data: Any, where: str = "") -> PublicationPlan:
        """Makes a plan from parsed TOML. Raises BadInput or UnknownName with the field."""
        written = convert_document(data, PlanShape, where)
        if written.format != FORMAT:
            raise BadInput(N_("The format must be “{wanted}”."), where=join_place(where, "format"), wanted=FORMAT)
        classifications = {
            concept: parse_split(SplitShape(concept, one.digits, one.bands), where, f"classifications.{concept}")
            for concept, one in written.classifications.items()
        }
        tables = tuple(
            PlannedTable(
                _parse_dimensions(one, classifications, where, f"tables[{number}].by"), list_texts(one.measures)
            )
            for number, one in enumerate(written.tables)
        )
        scores = tuple(
            (name, Scores(one.release, one.by, list_texts(one.where))) for name, one in sorted(written.scores.items())
        )
        for name, _ in scores:
            if not any(name in table.measures for table in tables):
                raise BadInput(
                    N_("No table has the scores “{name}”."), where=join_place(where, f"scores.{name}"), name=name
                )
        related = tuple(list_texts(group) for group in written.related)
        known = {name for table in tables for name in table.measures}
        for number, group in enumerate(related):
            for name in group:
                if name not in known:
                    raise unknown_name(
                        N_("measure of the plan"), name, known, where=join_place(where, f"related[{number}]")
                    )
        return cls(written.holding, tuple(classifications.values()), tables, related, scores)

    def to_data(self) -> dict[str, Any]:
        """Returns the plan as JSON data; `from_data` reads it."""
        return {
            "format": FORMAT,
            "holding": self.holding,
            "classifications": {
                one.concept: {key: value for key, value in split_data(one).items() if key != "concept"}
                for one in self.classifications
            },
            "tables": [
                {"by": [_dimension_data(split) for split in table.by], "measures": list(table.measures)}
                for table in self.tables
            ],
            "related": [list(group) for group in self.related],
            "scores": {name: {"release": s.release, "by": s.by, "where": list(s.where)} for name, s in self.scores},
        }

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures and scores of all tables, each once."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.measures))


class ClassificationShape(Struct, forbid_unknown_fields=True):
    """The levels of one concept: the first `digits` of its codes, or `bands` of a number; neither: every code."""

    digits: list[WholeNumber] = []
    bands: list[WholeNumber] = []


class DimensionShape(Struct, forbid_unknown_fields=True):
    """A dimension of a table that shows the upper levels of its classification only."""

    concept: FilledText
    digits: list[WholeNumber] = []


class TableShape(Struct, forbid_unknown_fields=True):
    """The fields of [[tables]]."""

    by: Annotated[list[FilledText | DimensionShape], limit(min_length=1)]
    measures: TextList = []


class PlanShape(Struct, forbid_unknown_fields=True):
    """The fields of a plan file."""

    holding: FilledText
    classifications: dict[str, ClassificationShape]
    tables: Annotated[list[TableShape], limit(N_("The plan has no tables."), min_length=1)]
    format: str = FORMAT
    related: list[TextList] = []
    scores: dict[str, ScoresShape] = {}


def _parse_dimensions(
    written: TableShape, classifications: dict[str, Split], where: str, path: str
) -> tuple[Split, ...]:
    found: list[Split] = []
    for one in written.by:
        concept = one if isinstance(one, str) else one.concept
        if concept not in classifications:
            raise unknown_name(
                N_("classification of the plan"), concept, classifications, where=join_place(where, path)
            )
        whole = classifications[concept]
        digits = whole.digits if isinstance(one, str) or not one.digits else tuple(one.digits)
        if digits != whole.digits[: len(digits)]:
            raise BadInput(
                N_("The levels of “{concept}” must be the first of its classification: {levels}."),
                where=join_place(where, path),
                concept=concept,
                levels=", ".join(map(str, whole.digits)),
            )
        found.append(Split(concept, digits, whole.bands))
    if len({split.concept for split in found}) != len(found):
        raise BadInput(N_("A dimension is listed twice."), where=join_place(where, path))
    if len(found) > MAX_SPLITS:
        raise BadInput(N_("A breakdown has at most {most} dimensions."), where=join_place(where, path), most=MAX_SPLITS)
    return tuple(found)


def _dimension_data(split: Split) -> Any:
    return {"concept": split.concept, "digits": list(split.digits)} if split.digits else split.concept
