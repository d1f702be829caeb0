"""The recipes of the energy programme's series, read top to bottom: take, tidy, methods, release. Pure functions."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Method
from bongsu.core.release import Draft, Note
from bongsu.core.units import Quantity
from bongsu.energy import methods, sources
from bongsu.store.releases.observations import to_table

_AREAS = {"WOR": "WORLD"}  # ecologits' name for the world
_METHODS_PAGE = "docs/methods/energy.md"


def _build_draft(shelf: BuildInputs, rows: Iterator[dict[str, Any]], notes: tuple[Note, ...] = ()) -> Draft:
    observations = to_table(shelf.flow, rows)
    name, version = shelf.flow.method.rsplit(" ", 1)
    return Draft(shelf.structure(observations), observations, shelf.inputs, Method(name, version, _METHODS_PAGE), notes)


# --- DATACENTRE_ELECTRICITY


def datacentre_electricity(shelf: BuildInputs) -> Draft:
    """Figures as published, one observation a row of the table."""
    taken = shelf[sources.DATACENTRE_FIGURES.name]
    return _build_draft(shelf, _electricity_rows(taken.data.decode()))


def _electricity_rows(text: str) -> Iterator[dict[str, Any]]:
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            value, low, high = (float(row[name]) if row[name] else None for name in ("twh", "low", "high"))
        except ValueError as wrong:
            raise BadInput(
                N_("A figure is not a number: {reason}."),
                where=f"datacentre_electricity.csv, line {line}",
                reason=wrong,
            ) from None
        yield {
            "PUBLISHER": row["publisher"],
            "VINTAGE": row["vintage"],
            "REF_AREA": row["area"],
            "SCENARIO": row["scenario"],
            "TIME_PERIOD": row["year"],
            "OBS_VALUE": value,
            "LOWER_BOUND": low,
            "UPPER_BOUND": high,
            "INTERVAL_TYPE": "NONE" if low is high is None else "RANGE",
            "KIND": row["kind"],
            "OBS_STATUS": row["status"],
            "SOURCE": row["source"],
            "COMMENT_OBS": row["note"] or None,
        }


# --- GRID_INTENSITY


def grid_intensity(shelf: BuildInputs) -> Draft:
    """Carbon and water per kWh by country; implausible carbon flagged, the source's world defaults for water named so."""
    taken = shelf[sources.ELECTRICITY_MIXES.name]
    rows = list(_intensity_rows(taken.data, taken.record.vintage))
    flagged = [
        f"{row['REF_AREA']} {row['OBS_VALUE']:g} {row['UNIT_MEASURE']}" for row in rows if row["OBS_STATUS"] == "V"
    ]
    notes = (Note(N_("Flagged for review"), ", ".join(flagged)),) if flagged else ()
    return _build_draft(shelf, iter(rows), notes)


def _intensity_rows(data: bytes, vintage: str) -> Iterator[dict[str, Any]]:
    for mix in json.loads(data, parse_float=Decimal)["electricity_mixes"]:
        warnings = mix.get("warnings") or ()
        base = {"REF_AREA": _AREAS.get(mix["name"], mix["name"]), "VINTAGE": vintage, "SOURCE": vintage}
        grams = methods.intensity_in_grams(Decimal(mix["gwp"]))
        plausible = methods.is_plausible_intensity(grams)
        world_carbon = "electricity-mix-gwp-world" in warnings
        world_water = "electricity-mix-wue-world" in warnings
        low, high = methods.PLAUSIBLE_INTENSITY
        yield {
            **base,
            "INDICATOR": "CO2E_INTENSITY",
            "OBS_VALUE": grams,
            "UNIT_MEASURE": "g CO2e/kWh",
            "KIND": Kind.DEFAULT if world_carbon else Kind.REPORTED,
            "OBS_STATUS": "A" if plausible else "V",
            "COMMENT_OBS": None if plausible else f"outside {low:g} to {high:g} g CO2e/kWh: flagged for review",
        }
        yield {
            **base,
            "INDICATOR": "WATER_INTENSITY",
            "OBS_VALUE": float(mix["wue"]),
            "UNIT_MEASURE": "L/kWh",
            "KIND": Kind.DEFAULT if world_water else Kind.REPORTED,
            "OBS_STATUS": "A",
            "COMMENT_OBS": "the source's world default, not a value of this area" if world_water else None,
        }


# --- DATACENTRE_EMISSIONS


def datacentre_emissions(shelf: BuildInputs) -> Draft:
    """Electricity x the same area's intensity, and how much of the electricity that covers."""
    electricity = shelf["DATACENTRE_ELECTRICITY"].observations.to_pylist()  # type: ignore[union-attr]
    intensities = {
        row["REF_AREA"]: row
        for row in shelf["GRID_INTENSITY"].observations.to_pylist()  # type: ignore[union-attr]
        if row["INDICATOR"] == "CO2E_INTENSITY" and row["OBS_STATUS"] == "A"
    }
    left_out = sorted({row["REF_AREA"] for row in electricity} - intensities.keys())
    notes = (Note(N_("No grid intensity, so no emissions"), ", ".join(left_out)),) if left_out else ()
    emitted = _emission_rows(electricity, intensities, shelf.flow.method)
    return _build_draft(shelf, iter([*emitted, *_coverage_rows(electricity, intensities)]), notes)


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
            "OBS_STATUS": row["OBS_STATUS"],
            "SOURCE": f"{row['SOURCE']}; grid intensity {grid['VINTAGE']}",
            "COMMENT_OBS": f"{grid['OBS_VALUE']:g} {grid['UNIT_MEASURE']}",
        }


def _coverage_rows(
    electricity: list[dict[str, Any]], intensities: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One row for each world figure that its publisher also splits by area: what share of it lies in covered areas."""
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
            "OBS_STATUS": world["OBS_STATUS"],
            "COMMENT_OBS": f"areas with an intensity of their own: {', '.join(covered) or 'none'}",
        }
