"""Builds DATACENTRE_EMISSIONS: greenhouse-gas emissions of the electricity of data centres.

The node's own figures have the publisher NODE and name whose electricity they were computed from; what institutions published
themselves stands beside them under their own names. A year after the last one of the grid's series uses a stated path, that
of the scenario's lever; an area without a path has no such year.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.observation_status import NORMAL, REVISED
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft, Note
from bongsu.core.units import Quantity
from bongsu.energy import methods
from bongsu.energy.dataflows.published_figures import read_figures
from bongsu.energy.grid.grid_years import CARBON_UNIT
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft

PUBLISHED = Source(
    name="datacentre-emissions-figures",
    package="bongsu.energy",
    resource="tables/datacentre_emissions.csv",
    origin=Origin(
        publisher="IEA; Lawrence Berkeley National Laboratory",
        title="Published figures on the emissions of the electricity of data centres, each row with its source",
        address="https://www.iea.org/reports/energy-and-ai",
        licence="CC-BY-4.0",
        attribution="IEA (CC BY 4.0), Lawrence Berkeley National Laboratory; figures as quoted in public pages",
    ),
    vintage="2026-11",
)
PATHS = Source(
    name="grid-paths",
    package="bongsu.energy.scenario",
    resource="levers.toml",
    origin=Origin(
        publisher="Bongsu",
        title="Paths of the grid's emission intensity: the lever grid_intensity of the scenario, each with its source",
        address="https://www.iea.org/reports/electricity-2025",
        licence="CC-BY-4.0",
        attribution="Bongsu, from IEA, Electricity 2025 and Energy and AI (2025), and LBNL (2024)",
    ),
    vintage="2026-11",
)
NODE = "NODE"  # the publisher of what the node computed
_ESTIMATED, _FORECAST = "E", "F"


@dataclass(frozen=True)
class AreaGrid:
    """An area's grid: g CO2e/kWh by year, and the path of later years relative to one another (empty: none is stated)."""

    by_year: Mapping[int, float]
    path: Mapping[int, float]

    def find(self, year: int) -> tuple[float, str] | None:
        """Returns the intensity of a year and how it was found; None if neither the series nor the path has it."""
        if year in self.by_year:
            return self.by_year[year], f"{self.by_year[year]:g} {CARBON_UNIT} in {year}"
        last = max(self.by_year)
        if year < last or not self.path or year > max(self.path):
            return None
        grams = methods.intensity_on_path(self.by_year[last], self.path, last, year)
        now, then = (methods.path_value(self.path, one) for one in (last, year))
        return (
            grams,
            f"{grams:g} {CARBON_UNIT}: {self.by_year[last]:g} in {last} x {then:g} / {now:g}, path of the scenario",
        )


def datacentre_emissions(inputs: BuildInputs) -> Draft:
    """Builds emissions (electricity times the intensity of the same area and year), the share of the electricity that they
    cover, and what institutions published.
    """
    electricity = inputs.usable_rows("DATACENTRE_ELECTRICITY").rows
    grids = _read_grids(inputs)
    emitted = list(_emission_rows(electricity, grids, inputs.flow.method))
    made = {_series_of(row) for row in emitted}
    left_out = [" ".join(_series_of(row)) for row in electricity if _series_of(row) not in made]
    notes = (Note(N_("No grid intensity, so no emissions"), ", ".join(left_out)),) if left_out else ()
    published = read_figures(inputs[PUBLISHED.name].data.decode(), "mt", "datacentre_emissions.csv")
    own = [{**row, "PUBLISHER": NODE} for row in (*emitted, *_coverage_rows(electricity, made))]
    return make_draft(inputs, [*own, *(_published_row(row) for row in published)], notes)


def _read_grids(inputs: BuildInputs) -> Mapping[str, AreaGrid]:
    by_area: dict[str, dict[int, float]] = defaultdict(dict)
    for row in inputs.usable_rows("GRID_INTENSITY").rows:
        if row["INDICATOR"] == "CO2E_INTENSITY":
            by_area[row["REF_AREA"]][int(row["TIME_PERIOD"])] = row["OBS_VALUE"]
    table = tomllib.loads(inputs[PATHS.name].data.decode())
    paths = {**table["area"], "WORLD": table["levers"]}
    stated = {
        area: {int(year): float(grams) for year, grams in levers["grid_intensity"]["default"].items()}
        for area, levers in paths.items()
        if "grid_intensity" in levers
    }
    return {area: AreaGrid(years, stated.get(area, {})) for area, years in by_area.items()}


def _series_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns whose electricity it is, its vintage, area, scenario and year."""
    publisher = row.get("ELECTRICITY_PUBLISHER") or row["PUBLISHER"]
    return (publisher, *(str(row[key]) for key in ("VINTAGE", "REF_AREA", "SCENARIO", "TIME_PERIOD")))


def _emission_rows(
    electricity: Sequence[Mapping[str, Any]], grids: Mapping[str, AreaGrid], method: str
) -> Iterator[dict[str, Any]]:
    for row in electricity:
        grid = grids.get(row["REF_AREA"])
        found = grid.find(int(row["TIME_PERIOD"])) if grid else None
        if grid is None or found is None:
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
        emitted = methods.emissions(used, Quantity.of(found[0], CARBON_UNIT), method)
        on_path = int(row["TIME_PERIOD"]) not in grid.by_year
        yield {
            **_key_of(row),
            "INDICATOR": "EMISSIONS",
            "OBS_VALUE": emitted.value,
            "LOWER_BOUND": emitted.low,
            "UPPER_BOUND": emitted.high,
            "INTERVAL_TYPE": row["INTERVAL_TYPE"],
            "UNIT_MEASURE": str(emitted.unit),
            "KIND": emitted.kind,
            "OBS_STATUS": _derived_status(row, on_path),
            "SOURCE": f"electricity: {row['SOURCE']}; grid: GRID_INTENSITY" + ("; path: grid-paths" if on_path else ""),
            "COMMENT_OBS": found[1],
        }


def _key_of(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("VINTAGE", "REF_AREA", "SCENARIO", "TIME_PERIOD")}
    return {"ELECTRICITY_PUBLISHER": row["PUBLISHER"], **kept}


def _published_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the observation of a figure that an institution published itself."""
    return {**row, "ELECTRICITY_PUBLISHER": row["PUBLISHER"], "INDICATOR": "EMISSIONS", "UNIT_MEASURE": "Mt CO2e"}


def _derived_status(row: Mapping[str, Any], on_path: bool = False) -> str:
    """Returns the status of what is computed from a value: a forecast stays one, a value by a path of the grid is estimated,
    a corrected value is a normal one.
    """
    status = NORMAL if row["OBS_STATUS"] == REVISED else str(row["OBS_STATUS"])
    return _ESTIMATED if on_path and status != _FORECAST else status


def _coverage_rows(electricity: Sequence[Mapping[str, Any]], made: set[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """Yields the share of covered areas in each world figure that its publisher also gives by area."""
    by_series: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in electricity:
        if row["OBS_VALUE"] is not None:
            key = (row["PUBLISHER"], row["VINTAGE"], row["SCENARIO"], row["TIME_PERIOD"])
            by_series[key][row["REF_AREA"]] = row
    for areas in by_series.values():
        world = areas.get("WORLD")
        parts = {area: row for area, row in areas.items() if area != "WORLD"}
        if world is None or not parts:
            continue
        covered = sorted(area for area, row in parts.items() if _series_of(row) in made)
        total = sum((Quantity.of(parts[a]["OBS_VALUE"], "TWh") for a in covered), start=Quantity.of(0, "TWh"))
        yield {
            **_key_of(world),
            "SOURCE": world["SOURCE"],
            "INDICATOR": "COVERAGE",
            "OBS_VALUE": methods.coverage(total, Quantity.of(world["OBS_VALUE"], "TWh")),
            "UNIT_MEASURE": "%",
            "KIND": Kind.MODELLED,
            "OBS_STATUS": _derived_status(world),
            "COMMENT_OBS": f"areas with an intensity of that year: {', '.join(covered) or 'none'}",
        }


RECIPE = Recipe(
    "DATACENTRE_EMISSIONS",
    ("DATACENTRE_ELECTRICITY", "GRID_INTENSITY", PUBLISHED, PATHS),
    datacentre_emissions,
    (values_within(low=0),),
)
