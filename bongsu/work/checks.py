"""Checks of the work programme's series, run before a release is sealed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.work.exposure.classes import CLASSES

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check

# Gmyrek et al. (2025), table of results: unit groups by class, least exposed first, and those without a score.
PUBLISHED_CLASS_COUNTS = dict(zip((*CLASSES, ""), (231, 84, 17, 44, 38, 13, 9), strict=True))
MAX_AREAS_LOST = 0.05


def classes_as_published(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that each class of the ILO's 2025 index has as many unit groups as its authors publish."""
    rows = draft.observations.to_pylist()
    found = Counter(
        (row["COMMENT_OBS"] or "").removeprefix("class ") if row["OBS_STATUS"] != "M" else ""
        for row in rows
        if row["INDEX"] == "ILO_2025" and row["INDICATOR"] == "EXPOSURE_SCORE"
    )
    return Finding(N_("unit groups by class as published"), dict(found) == PUBLISHED_CLASS_COUNTS, str(dict(found)))


def shares_sum_to_one(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that the class shares of each employment input, area, sex and year sum to 100 %."""
    sums: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in draft.observations.to_pylist():
        if row["INDICATOR"] == "EMPLOYMENT_SHARE":
            key = (row["EMPLOYMENT_INPUT"], row["REF_AREA"], row["SEX"], row["TIME_PERIOD"])
            sums[key].append(row["OBS_VALUE"])
    wrong = [" ".join(key) for key, shares in sums.items() if abs(math.fsum(shares) - 100) > 1e-6]
    return Finding(N_("shares of classes sum to 100 %"), not wrong, "; ".join(wrong[:5]) or f"{len(sums)} sums")


def values_within(low: float, high: float, *indicators: str) -> Check:
    """Returns a check that the values of these indicators (default: all) lie between `low` and `high`."""

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        outside = [
            row["OBS_VALUE"]
            for row in draft.observations.to_pylist()
            if row["OBS_VALUE"] is not None
            and (not indicators or row["INDICATOR"] in indicators)
            and not low <= row["OBS_VALUE"] <= high
        ]
        detail = f"{len(outside)} outside {low:g} to {high:g}"
        return Finding(N_("values are in their range"), not outside, detail)

    return check


def few_areas_lost(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that at most 5 % of the areas of the previous release are missing."""
    now = _areas(draft.observations)
    earlier = _areas(before) if before is not None else set()
    lost = sorted(earlier - now)
    detail = f"{len(now)} areas, {len(lost)} lost: {', '.join(lost) or 'none'}"
    return Finding(N_("areas since the last release"), len(lost) <= MAX_AREAS_LOST * len(earlier), detail)


def _areas(observations: pa.Table) -> set[str]:
    return {str(area) for area in observations.column("REF_AREA").unique().to_pylist()}
