"""The checks of an own dataflow: those that its flow.toml asks for, and that its charts and headlines show something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import NUMERIC_COLUMNS
from bongsu.store.own_flows.flow_file import FewLost, SumsTo, Within
from bongsu.store.releases.checks import few_lost, parts_sum_to_total, values_within

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check


def selections_match(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that each chart and headline of the dataflow shows at least one observation with a value.

    The rows of the finding are those that meet the most conditions of a selection that shows none.
    """
    flow = draft.structure.dataflow
    rows = draft.observations.to_pylist()
    selections = [*((one.id, one.where) for one in flow.charts), *((one.title.en, one.where) for one in flow.headlines)]
    empty, nearest = [], dict[int, Mapping[str, Any]]()
    for name, where in selections:
        met = [sum(row[column] in codes for column, codes in where) for row in rows]
        most = max(met, default=0)
        near = {number: row for number, row in enumerate(rows) if met[number] == most}
        if most < len(where) or not any(row[column] is not None for row in near.values() for column in NUMERIC_COLUMNS):
            empty.append(f"“{name}”")
            nearest |= near
    return Finding(
        N_("charts and headlines show observations"),
        not empty,
        N_("{compared} compared, {empty} empty"),
        {"compared": len(selections), "empty": len(empty)},
        tuple(empty),
        tuple(nearest.values()),
    )


def make_check(spec: Within | SumsTo | FewLost) -> Check:
    """Returns the check that a table under [[checks]] describes."""
    match spec:
        case Within():
            return values_within(spec.low, spec.high, **spec.where)
        case SumsTo():
            return parts_sum_to_total(spec.dimension, spec.total, spec.parts, spec.tolerance)
        case FewLost():
            return few_lost(spec.dimension, spec.share)
