"""Builds OCCUPATION_DISSIMILARITY: Duncan's index between women and men, and between years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.store.releases.checks import few_lost, values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work import employment
from bongsu.work.dataflows.employment_inputs import ALL_EMPLOYMENT, base_row, read_employment
from bongsu.work.employment import Employment
from bongsu.work.exposure.dissimilarity import duncan


def occupation_dissimilarity(inputs: BuildInputs) -> Draft:
    """Builds Duncan's index between women and men (ILOSTAT), and, for inputs with several years, each year and the first."""
    rows: list[dict[str, Any]] = []
    for name, amounts in read_employment(inputs).items():
        by_area: dict[str, list[Employment]] = defaultdict(list)
        for one in amounts:
            if one.area in inputs.code_lists["CL_AREA"]:
                by_area[one.area].append(one)
        for series in by_area.values():
            rows += _dissimilarity_rows(inputs, name, sorted(series, key=lambda one: one.year))
    return make_draft(inputs, rows)


def _dissimilarity_rows(inputs: BuildInputs, name: str, series: list[Employment]) -> Iterator[dict[str, Any]]:
    sexes = {one.sex: one for one in series}
    if {"F", "M"} <= sexes.keys():
        women, men = (
            {code: amount for code, amount in sexes[sex].amounts.items() if code != "X"} for sex in ("F", "M")
        )
        if sum(women.values()) > 0 and sum(men.values()) > 0:
            base = base_row(inputs, name, sexes["F"])
            yield {**base, "INDICATOR": "DISSIMILARITY_SEX", "OBS_VALUE": 100 * duncan(women, men)}
    first = series[0]
    for one in series:
        if one.year != first.year:
            base = base_row(inputs, name, one)
            comment = f"against {first.year}" + (f"; {one.comment}" if one.comment else "")
            broken = one.input == "SOC" and employment.SOC_OF_YEAR[one.year] != employment.SOC_OF_YEAR[first.year]
            yield {
                **base,
                "INDICATOR": "DISSIMILARITY_TIME",
                "OBS_VALUE": 100 * duncan(first.amounts, one.amounts),
                "OBS_STATUS": "B" if broken else "A",
                "COMMENT_OBS": comment,
            }


RECIPE = Recipe(
    "OCCUPATION_DISSIMILARITY",
    ALL_EMPLOYMENT,
    occupation_dissimilarity,
    (values_within(0, 100), few_lost("REF_AREA")),
)
