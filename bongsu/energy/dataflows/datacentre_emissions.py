"""Builds DATACENTRE_EMISSIONS: greenhouse-gas emissions of the electricity of data centres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.observation_status import NORMAL, REVISED
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft, Note
from bongsu.core.units import Quantity
from bongsu.energy import methods
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft


def datacentre_emissions(inputs: BuildInputs) -> Draft:
    """Builds emissions (electricity times the intensity of the same area) and the share of the electricity that they cover."""
    electricity = list(inputs.usable_rows("DATACENTRE_ELECTRICITY").rows)
    intensities = {
        row["REF_AREA"]: row
        for row in inputs.usable_rows("GRID_INTENSITY").rows
        if row["INDICATOR"] == "CO2E_INTENSITY"
    }
    left_out = sorted({row["REF_AREA"] for row in electricity} - intensities.keys())
    notes = (Note(N_("No grid intensity, so no emissions"), ", ".join(left_out)),) if left_out else ()
    emitted = _emission_rows(electricity, intensities, inputs.flow.method)
    return make_draft(inputs, [*emitted, *_coverage_rows(electricity, intensities)], notes)


def _emission_rows(
    electricity: list[dict[str, Any]], intensities: Mapping[str, dict[str, Any]], method: str
) -> Iterator[dict[str, Any]]:
    for row in electricity:
        grid = intensities.get(row["REF_AREA"])
        if grid is None:
            continue
        used = Estimate.of(
            row["OBS_VALUE"],
            row["UNIT_MEASURE"],
            low=row["LOWER_BOUND"],
            high=row["UPPER_BOUND"],
            kind=Kind(row["KIND"]),
            boundary=Boundary(row["BOUNDARY"]),
            method=row["METHOD"],
        )
        emitted = methods.emissions(used, Quantity.of(grid["OBS_VALUE"], grid["UNIT_MEASURE"]), method)
        yield {
            **{key: row[key] for key in ("PUBLISHER", "VINTAGE", "REF_AREA", "SCENARIO", "TIME_PERIOD")},
            "INDICATOR": "EMISSIONS",
            "OBS_VALUE": emitted.value,
            "LOWER_BOUND": emitted.low,
            "UPPER_BOUND": emitted.high,
            "INTERVAL_TYPE": row["INTERVAL_TYPE"],
            "UNIT_MEASURE": str(emitted.unit),
            "KIND": emitted.kind,
            "OBS_STATUS": _derived_status(row),
            "SOURCE": f"{row['SOURCE']}; grid intensity {grid['VINTAGE']}",
            "COMMENT_OBS": f"{grid['OBS_VALUE']:g} {grid['UNIT_MEASURE']}",
        }


def _derived_status(row: Mapping[str, Any]) -> str:
    """Returns the status of what is computed from a value: a corrected value is a normal one, a forecast stays a forecast."""
    return NORMAL if row["OBS_STATUS"] == REVISED else str(row["OBS_STATUS"])


def _coverage_rows(
    electricity: list[dict[str, Any]], intensities: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yields the share of covered areas in each world figure that its publisher also gives by area."""
    by_series: dict[tuple[str, ...], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in electricity:
        if row["OBS_VALUE"] is not None:
            key = (row["PUBLISHER"], row["VINTAGE"], row["SCENARIO"], row["TIME_PERIOD"])
            by_series[key][row["REF_AREA"]] = row
    for areas in by_series.values():
        world = areas.get("WORLD")
        parts = {area: row for area, row in areas.items() if area != "WORLD"}
        if world is None or not parts:
            continue
        covered = sorted(parts.keys() & intensities.keys())
        total = sum((Quantity.of(parts[a]["OBS_VALUE"], "TWh") for a in covered), start=Quantity.of(0, "TWh"))
        yield {
            **{key: world[key] for key in ("PUBLISHER", "VINTAGE", "REF_AREA", "SCENARIO", "TIME_PERIOD", "SOURCE")},
            "INDICATOR": "COVERAGE",
            "OBS_VALUE": methods.coverage(total, Quantity.of(world["OBS_VALUE"], "TWh")),
            "UNIT_MEASURE": "%",
            "KIND": Kind.MODELLED,
            "OBS_STATUS": _derived_status(world),
            "COMMENT_OBS": f"areas with an intensity of their own: {', '.join(covered) or 'none'}",
        }


RECIPE = Recipe(
    "DATACENTRE_EMISSIONS",
    ("DATACENTRE_ELECTRICITY", "GRID_INTENSITY"),
    datacentre_emissions,
    (values_within(low=0),),
)
