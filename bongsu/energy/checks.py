"""What must hold before a series of the energy programme is sealed."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding

if TYPE_CHECKING:
    import pyarrow as pa

REGIONS = frozenset({"USA", "CHN", "EUR", "APAC_X_CHN", "ROW"})
TOLERANCE_TWH = 1.0  # published figures are rounded to 1 TWh
MAX_LOST = 0.05  # share of the areas or models of the release before


def regions_sum_to_world(draft: Draft, before: pa.Table | None) -> Finding:
    """The five regions of a publisher, vintage, scenario and year sum to its world figure within 1 TWh."""
    sums: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    for row in draft.observations.to_pylist():
        if row["OBS_VALUE"] is not None:
            key = (row["PUBLISHER"], row["VINTAGE"], row["SCENARIO"], row["TIME_PERIOD"])
            sums[key][row["REF_AREA"]] = row["OBS_VALUE"]
    compared, wrong = [], []
    for key, areas in sums.items():
        if "WORLD" not in areas or not areas.keys() >= REGIONS:
            continue
        total = math.fsum(areas[region] for region in REGIONS)
        compared.append(f"{' '.join(key)}: {total:g} / {areas['WORLD']:g} TWh")
        if abs(total - areas["WORLD"]) > TOLERANCE_TWH:
            wrong.append(compared[-1])
    return Finding(N_("regions sum to the world"), not wrong, "; ".join(wrong or compared))


def not_negative(draft: Draft, before: pa.Table | None) -> Finding:
    """No value and no bound is below zero."""
    columns = [draft.observations.column(name).to_pylist() for name in ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND")]
    below = sum(1 for column in columns for value in column if value is not None and value < 0)
    return Finding(N_("no value is negative"), below == 0, f"{below} below zero")


def few_countries_lost(draft: Draft, before: pa.Table | None) -> Finding:
    """No more than 5 % of the areas of the release before are gone."""
    holds, detail = _few_lost(draft, before, "REF_AREA")
    return Finding(N_("areas since the last release"), holds, detail)


def few_models_lost(draft: Draft, before: pa.Table | None) -> Finding:
    """No more than 5 % of the models of the release before are gone."""
    holds, detail = _few_lost(draft, before, "MODEL")
    return Finding(N_("models since the last release"), holds, detail)


def intervals_hold_their_value(draft: Draft, before: pa.Table | None) -> Finding:
    """Every modelled value has an interval of some width and lies inside it."""
    outside = sum(
        1
        for row in draft.observations.to_pylist()
        if row["KIND"] == "modelled"
        and not (row["LOWER_BOUND"] or 0) < (row["OBS_VALUE"] or 0) < (row["UPPER_BOUND"] or 0)
    )
    return Finding(N_("values inside their intervals"), outside == 0, f"{outside} outside")


def _few_lost(draft: Draft, before: pa.Table | None, dimension: str) -> tuple[bool, str]:
    now = _codes(draft.observations, dimension)
    earlier = _codes(before, dimension) if before is not None else set()
    lost = sorted(earlier - now)
    return len(lost) <= MAX_LOST * len(earlier), f"{len(now)}, {len(lost)} lost: {', '.join(lost) or 'none'}"


def _codes(observations: pa.Table, dimension: str) -> set[str]:
    return {str(code) for code in observations.column(dimension).unique().to_pylist()}
