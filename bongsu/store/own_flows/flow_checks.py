"""The checks of an own dataflow: those that its flow.toml asks for, and that its charts and headlines show something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import NUMERIC_COLUMNS
from bongsu.store.own_flows.flow_file import FewLost, SumsTo, Within
from bongsu.store.releases.checks import few_lost, parts_sum_to_total, values_within

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check


def selections_match(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that each chart and headline of the dataflow shows at least one observation with a value."""
    flow = draft.structure.dataflow
    rows = [row for row in draft.observations.to_pylist() if any(row[name] is not None for name in NUMERIC_COLUMNS)]
    selections = [*((one.id, one.where) for one in flow.charts), *((one.title.en, one.where) for one in flow.headlines)]
    empty = [
        f"“{name}”"
        for name, where in selections
        if not any(all(row[column] in codes for column, codes in where) for row in rows)
    ]
    return Finding(
        N_("charts and headlines show observations"),
        not empty,
        N_("{compared} compared, {empty} empty"),
        {"compared": len(selections), "empty": len(empty)},
        tuple(empty),
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
