"""The grid of a country: intensity and water of generation, of a year if one is asked for, with notes.

Without a year, both come from EcoLogits (grid.csv, written by tools/write_grid_table.py), which states none; the newest year of
the series is named beside it. With a year, the intensity is that of the year in the series, or of the nearest year that there
is. This is the only reader of grid values outside releases: a value that is flagged (core/observation_status) is never
returned. The mean of the world stands in for it, as a default, and a note says so.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from bongsu.core.errors import N_, unknown_name
from bongsu.core.observation_status import PLAUSIBLE_RANGES, is_plausible
from bongsu.core.report import Report
from bongsu.energy.grid.grid_years import CARBON_UNIT, find_intensity

WORLD = "WOR"
WATER_UNIT = "L/kWh"
_COLUMNS = {"co2e": ("g_co2e_per_kwh", CARBON_UNIT), "water": ("l_water_per_kwh", WATER_UNIT)}
_TABLE = Path(__file__).with_name("grid.csv")


@dataclass(frozen=True)
class Grid:
    """A country's electricity: g CO2e/kWh and litres of water consumed per kWh, evaporation from reservoirs included.

    `year` is that of the intensity, None if its source states none. `unknown` and `flagged` name values ("co2e", "water") of
    which the source says that they are the world mean, or which are not to be relied on; `notes` says what a reader must know
    of a value that is not the one asked for. `source` is that of the intensity, `water_source` that of the water.
    """

    country: str
    g_co2e_per_kwh: float
    l_water_per_kwh: float
    unknown: tuple[str, ...]
    source: str
    water_source: str
    year: int | None = None
    flagged: tuple[str, ...] = ()
    notes: tuple[Report, ...] = ()

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """The values that are the world mean because the country's own is unknown or flagged."""
        return (*self.unknown, *self.flagged)


def grid_countries() -> tuple[str, ...]:
    """Returns the codes of the countries with a grid value, and of the world, in the order of the table."""
    return tuple(_rows())


def get_grid(country: str, year: int | None = None) -> Grid:
    """Returns the grid of a country by its three-letter code (ISO 3166-1 alpha-3; WOR is the world), in `year` if given.

    Raises UnknownName.
    """
    rows = _rows()
    row = rows.get(country.upper())
    if row is None:
        raise unknown_name(N_("country with a grid value"), country, rows)
    code = row["country"]
    mix = _read_mix(row, rows[WORLD])
    found = find_intensity("WORLD" if code == WORLD else code, year)
    if year is None:
        beside = f"; beside it: {found.source}, {found.grams:.1f} {CARBON_UNIT}" if found else ""
        return replace(mix, source=f"{mix.source}, no year stated{beside}")
    if found is None:
        return replace(mix, notes=(*mix.notes, _describe_no_series(code, year)))
    return replace(
        mix,
        g_co2e_per_kwh=found.grams,
        unknown=tuple(name for name in mix.unknown if name != "co2e"),
        flagged=tuple(name for name in mix.flagged if name != "co2e"),
        source=found.source,
        year=found.year,
        notes=found.notes,
    )


def _read_mix(row: Mapping[str, str], world: Mapping[str, str]) -> Grid:
    """Returns the grid in a row of the table; the world's values stand in for flagged ones."""
    values: dict[str, float] = {}
    flagged, notes = [], []
    for name, (column, unit) in _COLUMNS.items():
        values[name] = float(row[column])
        if not is_plausible(values[name], unit):
            notes.append(_describe_flagged(row["country"], values[name], unit, f"{float(world[column]):g} {unit}"))
            values[name] = float(world[column])
            flagged.append(name)
    return Grid(
        country=row["country"],
        g_co2e_per_kwh=values["co2e"],
        l_water_per_kwh=values["water"],
        unknown=tuple(row["stand_ins"].split()),
        source=row["source"],
        water_source=row["source"],
        flagged=tuple(flagged),
        notes=tuple(notes),
    )


def _describe_flagged(place: str, value: float, unit: str, instead: str) -> Report:
    limits = PLAUSIBLE_RANGES[unit]
    return Report(
        N_(
            "{place}: the source gives {value:g} {unit}, outside the plausible range of {low:g} to {high:g}. This value is"
            " flagged and not used; {instead} is used instead, the mean of the world."
        ),
        {"place": place, "value": value, "unit": unit, "low": limits.low, "high": limits.high, "instead": instead},
    )


def _describe_no_series(country: str, year: int) -> Report:
    return Report(
        N_("{country}: no grid intensity by year is known. The one that is used for {year} is of no stated year."),
        {"country": country, "year": year},
    )


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, str]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["country"]: row for row in csv.DictReader(file)})
