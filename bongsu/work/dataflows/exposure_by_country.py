"""Builds EXPOSURE_BY_COUNTRY: exposure of employment by country, sex and employment input."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft, Finding, Note
from bongsu.store.releases.checks import describe_sums, few_lost, values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.dataflows.employment_inputs import (
    ALL_EMPLOYMENT,
    EMPLOYMENT_ISCO1,
    EMPLOYMENT_ISCO2,
    base_row,
    read_employment,
    summarise_groups,
    value_columns,
)
from bongsu.work.dataflows.index_scores import INDEX_SOURCES
from bongsu.work.employment import Employment
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.exposure.indices import ILO_INDEX
from bongsu.work.exposure.profile import GroupScores, build_profile, split_major_groups

if TYPE_CHECKING:
    import pyarrow as pa


def exposure_by_country(inputs: BuildInputs) -> Draft:
    """Builds mean exposure, share of employment by class and coverage, by country, sex and employment input."""
    groups, _ = summarise_groups(inputs)
    rows: list[dict[str, Any]] = []
    unknown: list[str] = []
    without: list[str] = []
    employment = read_employment(inputs)
    detail = {one.area: one.amounts for one in employment.get(EMPLOYMENT_ISCO2.name, ())}
    both = {one.area: one.amounts for one in employment.get(EMPLOYMENT_ISCO1.name, ()) if one.sex == "_T"}
    for name, series in employment.items():
        for one in series:
            if one.area not in inputs.code_lists["CL_AREA"]:
                unknown.append(one.area)
                continue
            base, scores = base_row(inputs, name, one), groups
            if name == EMPLOYMENT_ISCO1.name and one.area in detail:
                scores = split_major_groups(one.amounts, both[one.area], detail[one.area], groups)
                split = "inside major groups as the country’s employment by sub-major group"
                base["COMMENT_OBS"] = "; ".join(filter(None, [one.comment, split]))
                base["SOURCE"] = f"{base['SOURCE']}; {inputs[EMPLOYMENT_ISCO2.name].record.origin.attribution}"
            made = list(_profile_rows(base, one, scores))
            rows += made
            if not made:
                without.append(f"{one.area} {one.sex}")
    left_out = ((N_("No such area today"), unknown), (N_("No exposure could be computed"), without))
    return make_draft(inputs, rows, tuple(Note(message, ", ".join(names)) for message, names in left_out if names))


def _profile_rows(
    base: dict[str, Any], one: Employment, groups: Mapping[str, GroupScores | None]
) -> Iterator[dict[str, Any]]:
    amounts = {**one.amounts, **({"": one.unconverted} if one.unconverted else {})}
    found = build_profile(amounts, groups)
    if found is None:
        return
    certain = all(len(code) == 4 for code in one.amounts)
    base = {**base, "SEX": one.sex}
    whole = {**base, "EXPOSURE_CLASS": "_T"}
    yield {**whole, "INDICATOR": "MEAN_EXPOSURE", "UNIT_MEASURE": "1", **value_columns(found.mean, 1, certain)}
    for label in CLASSES:
        share = value_columns(found.shares[label], 100, certain)
        yield {**base, "INDICATOR": "EMPLOYMENT_SHARE", "EXPOSURE_CLASS": label, "UNIT_MEASURE": "%", **share}
    coverage = {"OBS_STATUS": "M"} if one.normalised else {"OBS_VALUE": min(100.0, 100 * found.coverage)}
    yield {**whole, "INDICATOR": "EMPLOYMENT_COVERAGE", "UNIT_MEASURE": "%", **coverage}


def shares_sum_to_one(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that the class shares of each employment input, area, sex and year sum to 100 %."""
    sums: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in draft.observations.to_pylist():
        if row["INDICATOR"] == "EMPLOYMENT_SHARE":
            key = (row["EMPLOYMENT_INPUT"], row["REF_AREA"], row["SEX"], row["TIME_PERIOD"])
            sums[key].append(row)
    wrong = {key: rows for key, rows in sums.items() if abs(math.fsum(row["OBS_VALUE"] for row in rows) - 100) > 1e-6}
    keys = [" ".join(key) for key in wrong]
    return describe_sums(N_("shares of classes sum to 100 %"), len(sums), keys, list(chain(*wrong.values())))


RECIPE = Recipe(
    "EXPOSURE_BY_COUNTRY",
    (INDEX_SOURCES[ILO_INDEX], *ALL_EMPLOYMENT),
    exposure_by_country,
    (shares_sum_to_one, values_within(0, 1, INDICATOR=["MEAN_EXPOSURE"]), few_lost("REF_AREA")),
)
