"""Describes the tables of a plan, for its custodian: their dimensions, cells and measures, and how many cells are hidden."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from bongsu.desk.plans.solving import published_codes

if TYPE_CHECKING:
    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.desk.previously_released import Codes


class PlanRow(NamedTuple):
    """One table of a plan: its cells, how many are hidden for people, and for each of its measures."""

    table: str
    cells: int
    hidden: int
    measures: dict[str, int]

    @property
    def measure_texts(self) -> list[str]:
        """The measures with the number of their hidden cells, such as "EARNINGS (12)"."""
        return [f"{name} ({number})" for name, number in self.measures.items()]


def describe_plan(base: ProtectedBase, codes: Codes) -> list[PlanRow]:
    """Returns a row for each table of the plan. `codes`: the holding's codes by concept."""
    rows = []
    for table in base.plan.tables:
        allowed = published_codes(table, codes)
        hidden = {
            name: sum(
                all(code in allowed.get(concept, ()) for concept, code in key) for key in base.hidden.get(name, ())
            )
            for name in ("", *table.measures)
        }
        names = [
            split.concept + (f" ({', '.join(map(str, split.digits))})" if split.digits else "") for split in table.by
        ]
        size = prod(map(len, allowed.values()))
        rows.append(PlanRow(" × ".join(names), size, hidden.pop(""), hidden))
    return rows
