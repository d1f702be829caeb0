"""Checks of energy releases that other programmes do not need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding

if TYPE_CHECKING:
    import pyarrow as pa


def intervals_contain_values(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that every modelled value lies inside an interval of some width."""
    modelled = [row for row in draft.observations.to_pylist() if row["KIND"] == "modelled"]
    outside = tuple(
        row for row in modelled if not (row["LOWER_BOUND"] or 0) < (row["OBS_VALUE"] or 0) < (row["UPPER_BOUND"] or 0)
    )
    return Finding(
        N_("values inside their intervals"),
        not outside,
        N_("{compared} compared, {count} outside"),
        {"compared": len(modelled), "count": len(outside)},
        rows=outside,
    )
