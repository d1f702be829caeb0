"""Builds HOLDING_EXPOSURE from saved answers of the desk. A value that the desk hides becomes an observation of status Q."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.estimate import Z90, Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.desk.answer import SUPPRESSED, UNDEFINED
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.holding_exposure import DIMENSIONS, EXPOSURE_FAMILY


def holding_exposure(inputs: BuildInputs) -> Draft:
    """Builds HOLDING_EXPOSURE: the cells of every saved answer as observations."""
    return make_draft(
        inputs, (row for taken in inputs.by_name.values() for row in _answer_rows(json.loads(taken.data), taken.record))
    )


def _answer_rows(data: Mapping[str, Any], record: Any) -> Iterator[dict[str, Any]]:
    base = {
        "HOLDING": data["holding"],
        "REF_AREA": data["area"],
        "TIME_PERIOD": data["period"],
        "KIND": Kind.MODELLED,
        "VINTAGE": record.vintage,
        "SOURCE": record.origin.attribution,
    }
    for answer in data["answers"]:
        for cell in answer["cells"]:
            yield {**base, **{name: _sdmx_code(cell.get(name, "_T")) for name in DIMENSIONS}, **_value_columns(cell)}


def _sdmx_code(code: str) -> str:
    """Converts an age band to its SDMX code: Y_LT25, Y25T44, Y_GE65. Returns any other code as it is."""
    if code[:1] == "<":
        return f"Y_LT{code[1:]}"
    if code[:2] == ">=":
        return f"Y_GE{code[2:]}"
    first, dash, last = code.partition("-")
    return f"Y{first}T{last}" if dash and first.isdecimal() and last.isdecimal() else code


def _value_columns(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, name = cell["statistic"].partition(" ")
    indicator, label, scale, most = {
        "": ("EMPLOYMENT", "_T", 1.0, float("inf")),
        "EXPOSURE": ("MEAN_EXPOSURE", "_T", 1.0, 1.0),
        "SCORED": ("EMPLOYMENT_COVERAGE", "_T", 100.0, 100.0),
    }.get(name if kind == "mean" else "", ("EMPLOYMENT_SHARE", name, 100.0, 100.0))
    unit = "person" if indicator == "EMPLOYMENT" else "%" if scale == 100.0 else "1"
    row = {"INDICATOR": indicator, "EXPOSURE_CLASS": label, "UNIT_MEASURE": unit}
    if cell["value"] is None:
        return {**row, "OBS_STATUS": {SUPPRESSED: "Q", UNDEFINED: "M"}[cell["status"]]}
    value = cell["value"] * scale
    row["OBS_VALUE"] = value
    if cell["standard_error"] is not None:
        half = Z90 * cell["standard_error"] * scale
        bounds = {"LOWER_BOUND": max(0.0, min(value, value - half)), "UPPER_BOUND": max(value, min(most, value + half))}
        row |= {**bounds, "INTERVAL_TYPE": "P80"}
    return row


RECIPE = Recipe(
    "HOLDING_EXPOSURE",
    (),
    holding_exposure,
    (
        values_within(0, 1, INDICATOR=["MEAN_EXPOSURE"]),
        values_within(0, 100, INDICATOR=["EMPLOYMENT_COVERAGE", "EMPLOYMENT_SHARE"]),
    ),
    family=EXPOSURE_FAMILY,
)
