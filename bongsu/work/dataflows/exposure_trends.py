"""Builds EXPOSURE_TRENDS: employment, its index and mean wage by class of exposure and year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work import employment, methods
from bongsu.work.dataflows.employment_inputs import (
    EMPLOYMENT_BY_YEAR,
    base_row,
    read_employment,
    summarise_groups,
    value_columns,
)
from bongsu.work.dataflows.index_scores import INDEX_SOURCES
from bongsu.work.employment import Employment
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.exposure.indices import ILO_INDEX
from bongsu.work.exposure.profile import GroupScores, build_profile


def exposure_trends(inputs: BuildInputs) -> Draft:
    """Builds employment, its index (first year = 100) and mean wage by class and year, for inputs with several years."""
    groups, labels = summarise_groups(inputs)
    rows: list[dict[str, Any]] = []
    for name, amounts in read_employment(inputs).items():
        by_area: dict[str, list[Employment]] = defaultdict(list)
        for one in amounts:
            by_area[one.area].append(one)
        for series in by_area.values():
            rows += _trend_rows(inputs, name, sorted(series, key=lambda one: one.year), groups, labels)
    return make_draft(inputs, rows)


def _trend_rows(
    inputs: BuildInputs,
    name: str,
    series: list[Employment],
    groups: Mapping[str, GroupScores | None],
    labels: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    persons: dict[str, dict[str, float]] = {label: {} for label in CLASSES}
    profiles = {}
    for one in series:
        found = build_profile(one.amounts | ({"": one.unconverted} if one.unconverted else {}), groups)
        assert found is not None  # these inputs have scored occupations in every year
        covered = sum(amount for code, amount in one.amounts.items() if groups.get(code))
        profiles[one.year] = found, covered
        for label in CLASSES:
            persons[label][one.year] = covered * found.shares[label].value
    broken = len({employment.SOC_OF_YEAR[one.year] for one in series}) > 1 if series[0].input == "SOC" else False
    for one in series:
        status = {"OBS_STATUS": "B"} if broken and one.year != series[0].year else {}
        found, covered = profiles[one.year]
        certain = all(len(code) == 4 for code in one.amounts)
        yield {
            **base_row(inputs, name, one),
            "EXPOSURE_CLASS": "_T",
            **status,
            "INDICATOR": "EMPLOYMENT_COVERAGE",
            "UNIT_MEASURE": "%",
            "OBS_VALUE": min(100.0, 100 * found.coverage),
        }
        for label in CLASSES:
            base = {**base_row(inputs, name, one), "EXPOSURE_CLASS": label, **status}
            index = methods.percent_of_first(persons[label])
            yield {
                **base,
                "INDICATOR": "EMPLOYMENT",
                "UNIT_MEASURE": "person",
                **value_columns(found.shares[label], covered, certain),
            }
            if one.year in index:  # a class without employment in the first year has none
                yield {**base, "INDICATOR": "EMPLOYMENT_INDEX", "UNIT_MEASURE": "%", "OBS_VALUE": index[one.year]}
            units = {unit for unit, its in labels.items() if its == label}
            if (wage := methods.mean_wage(one.amounts, one.wages, units)) is not None:
                yield {**base, "INDICATOR": "MEAN_WAGE", "UNIT_MEASURE": "USD/yr", "OBS_VALUE": wage}


RECIPE = Recipe(
    "EXPOSURE_TRENDS",
    (INDEX_SOURCES[ILO_INDEX], *EMPLOYMENT_BY_YEAR),
    exposure_trends,
    (values_within(low=0),),
)
