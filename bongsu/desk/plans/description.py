"""Describes the tables of a plan, for its custodian: their dimensions, measures, cells, and how many cells are hidden."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from bongsu.desk.plans.solving import published_codes

if TYPE_CHECKING:
    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.desk.previously_released import Codes


class PlanRow(NamedTuple):
    """One table of a plan; `hidden`: cells that are hidden for people or for any of its measures."""

    table: str
    measures: str
    cells: int
    hidden: int


def describe_plan(base: ProtectedBase, codes: Codes) -> list[PlanRow]:
    """Returns a row for each table of the plan. `codes`: the holding's codes by concept."""
    rows = []
    for table in base.plan.tables:
        allowed = published_codes(table, codes)
        hidden = {
            key
            for name in ("", *table.measures)
            for key in base.hidden.get(name, ())
            if all(code in allowed.get(concept, ()) for concept, code in key)
        }
        names = [
            split.concept + (f" ({', '.join(map(str, split.digits))})" if split.digits else "") for split in table.by
        ]
        rows.append(
            PlanRow(" × ".join(names), ", ".join(table.measures), prod(map(len, allowed.values())), len(hidden))
        )
    return rows
