"""Selects observations by codes of dimensions and by period.

The command line, the pages and SDMX make selections; bongsu/store/query_engine.py runs them. Questions about microdata are
in microdata_question.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.periods import period_range
from bongsu.core.structure import TIME, Dataflow, Structure
from bongsu.core.where import parse_where


@dataclass(frozen=True)
class Selection:
    """Selects the observations that have one of the given codes in each dimension of `codes`.

    `start` and `end` limit TIME_PERIOD, both included; periods are compared as ISO 8601 text ("2024" <= "2030").
    """

    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: str = ""
    end: str = ""

    @classmethod
    def parse(cls, flow: Dataflow, conditions: Iterable[str]) -> Selection:
        """Parses conditions (core/where.py): "REF_AREA=KOR", "year=2024,2030; TIME_PERIOD>=2024".

        Raises UnknownName for a dimension that the dataflow does not have, and BadInput for an invalid condition or period.
        """
        chosen: dict[str, tuple[str, ...]] = {}
        bounds = {">=": "", "<=": ""}
        for condition in parse_where(conditions):
            key = flow.dimension(condition.name).id
            for period in condition.values if key == TIME else ():
                period_range(period)
            if condition.operator == "=":
                chosen[key] = (*chosen.get(key, ()), *condition.values)
                continue
            if key != TIME:
                raise BadInput(N_("“>=” and “<=” are allowed for {time} only, not for {key}."), time=TIME, key=key)
            if len(condition.values) > 1 or bounds[condition.operator]:
                raise BadInput(N_("“{condition}” repeats a bound."), condition=condition.text)
            bounds[condition.operator] = condition.values[0]
        return cls(tuple(chosen.items()), bounds[">="], bounds["<="])

    def check_codes(self, structure: Structure) -> None:
        """Raises UnknownName if a code is not in the code list of its dimension."""
        for key, codes in self.codes:
            concept = structure.dataflow.dimension(key)
            listed = structure.code_list(concept.code_list) if concept.code_list else None
            for code in codes if listed else ():
                listed.get(code)  # type: ignore[union-attr]

    def __bool__(self) -> bool:
        return bool(self.codes or self.start or self.end)
