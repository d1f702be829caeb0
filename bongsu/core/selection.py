"""What may be asked of observations: which codes of which dimensions, in which periods.

A selection is a value: the terminal, the pages and SDMX all write one, and the store's engine answers it. Questions
about microdata (population, breakdown, statistic) grow from here, with the desk that guards them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.structure import TIME, Dataflow, Structure
from bongsu.core.where import parse_where


@dataclass(frozen=True)
class Selection:
    """Observations whose dimensions have one of the given codes; every dimension that is not named is free.

    `start` and `end` bound TIME_PERIOD, both included, compared as ISO 8601 text of equal precision ("2024" <= "2030").
    """

    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: str = ""
    end: str = ""

    @classmethod
    def of(cls, flow: Dataflow, conditions: Iterable[str]) -> Selection:
        """From conditions as people type them (core/where.py): "REF_AREA=KOR", "year=2024,2030; TIME_PERIOD>=2024".

        Raises UnknownName for a dimension that the dataflow does not have, BadInput for a condition that is not valid.
        """
        chosen: dict[str, tuple[str, ...]] = {}
        bounds = {">=": "", "<=": ""}
        for condition in parse_where(conditions):
            key = flow.dimension(condition.name).id
            if condition.operator == "=":
                chosen[key] = (*chosen.get(key, ()), *condition.values)
                continue
            if key != TIME:
                raise BadInput(N_("“>=” and “<=” are allowed for {time} only, not for {key}."), time=TIME, key=key)
            if len(condition.values) > 1 or bounds[condition.operator]:
                raise BadInput(N_("“{condition}” is a second bound; give one."), condition=condition.text)
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
