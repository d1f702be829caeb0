"""Builds EXPOSURE_BY_GROUP: the ILO 2025 scores of every ISCO-08 code of any level."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from bongsu.core.estimate import Z90, Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.dataflows.employment_inputs import summarise_groups, value_columns
from bongsu.work.dataflows.index_scores import INDEX_SOURCES
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.exposure.indices import ILO_INDEX
from bongsu.work.exposure.profile import GroupScores, ValueInterval


def exposure_by_group(inputs: BuildInputs) -> Draft:
    """Builds the ILO 2025 scores of every ISCO-08 code of any level, which questions about microdata refer to."""
    groups, _ = summarise_groups(inputs)
    source = inputs[INDEX_SOURCES[ILO_INDEX].name].record
    base = {"VINTAGE": source.vintage, "SOURCE": source.origin.attribution, "UNIT_MEASURE": "1"}
    return make_draft(inputs, ({**base, **row} for code, one in groups.items() for row in _group_rows(code, one)))


def _group_rows(code: str, one: GroupScores | None) -> Iterator[dict[str, Any]]:
    single = len(code) == 4
    base = {"OCCUPATION": code, "KIND": Kind.REPORTED if single else Kind.MODELLED}
    yield {**base, "INDICATOR": "SCORED", "EXPOSURE_CLASS": "_T", "OBS_VALUE": float(one is not None)}
    if one is None:
        return
    spread = _with_interval(one.mean, one.variance)
    yield {**base, "INDICATOR": "EXPOSURE_SCORE", "EXPOSURE_CLASS": "_T", **value_columns(spread, 1, single)}
    for label in CLASSES:
        share = one.shares[label]
        spread = _with_interval(share, share * (1 - share) * one.mean_variance_share)
        yield {**base, "INDICATOR": "UNIT_GROUP_SHARE", "EXPOSURE_CLASS": label, **value_columns(spread, 1, single)}


def _with_interval(value: float, variance: float) -> ValueInterval:
    width = Z90 * math.sqrt(variance)
    return ValueInterval(value, max(0.0, value - width), min(1.0, value + width))


RECIPE = Recipe("EXPOSURE_BY_GROUP", (INDEX_SOURCES[ILO_INDEX],), exposure_by_group, (values_within(0, 1),))
