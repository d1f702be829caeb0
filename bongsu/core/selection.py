"""What may be asked of observations: which codes of which dimensions, in which periods.

A selection is a value: the terminal, the pages and SDMX all write one, and the store's engine answers it. Questions
about microdata (population, breakdown, statistic) grow from here, with the desk that guards them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.structure import TIME, Dataflow


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
        """From conditions as people type them: "REF_AREA=KOR", "year=2024,2030", "TIME_PERIOD>=2024".

        Raises UnknownName for a dimension that the dataflow does not have, BadInput for a condition that is none.
        """
        chosen: dict[str, tuple[str, ...]] = {}
        bounds = {">=": "", "<=": ""}
        for condition in conditions:
            sign = next((sign for sign in (">=", "<=", "=") if sign in condition), None)
            if sign is None:
                raise BadInput(
                    N_("“{condition}” is no condition."), fix=N_("Write DIMENSION=CODE."), condition=condition
                )
            name, _, value = condition.partition(sign)
            key = flow.dimension(name).id
            if sign != "=":
                if key != TIME:
                    raise BadInput(N_("Only {time} can be bounded, not {key}."), time=TIME, key=key)
                bounds[sign] = value.strip()
                continue
            codes = tuple(code.strip() for code in value.split(",") if code.strip())
            if not codes:
                raise BadInput(N_("“{condition}” names no code."), fix=N_("Write DIMENSION=CODE."), condition=condition)
            chosen[key] = (*chosen.get(key, ()), *codes)
        return cls(tuple(chosen.items()), bounds[">="], bounds["<="])

    def __bool__(self) -> bool:
        return bool(self.codes or self.start or self.end)
