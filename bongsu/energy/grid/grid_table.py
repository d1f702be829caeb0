"""The grid intensity and the water of generation of a country, from EcoLogits (grid.csv).

tools/write_grid_table.py writes grid.csv. This is the only reader of grid values outside releases: a value that is flagged
(core/observation_status) is never returned. The mean of the world stands in for it, as a default, and a note says so.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from bongsu.core.errors import N_, unknown_name
from bongsu.core.observation_status import NORMAL, PLAUSIBLE_RANGES, STATUS, is_flagged
from bongsu.core.report import Report

WORLD = "WOR"
CARBON_UNIT, WATER_UNIT = "g CO2e/kWh", "L/kWh"
_COLUMNS = {"co2e": ("g_co2e_per_kwh", CARBON_UNIT), "water": ("l_water_per_kwh", WATER_UNIT)}
_TABLE = Path(__file__).with_name("grid.csv")


@dataclass(frozen=True)
class Grid:
    """A country's electricity: g CO2e/kWh and litres of water consumed per kWh, evaporation from reservoirs included.

    `unknown` and `flagged` name values ("co2e", "water") of which the source says that they are the world mean, or which are
    not to be relied on; `notes` says what a reader must know of a value that is not the one asked for.
    """

    country: str
    g_co2e_per_kwh: float
    l_water_per_kwh: float
    unknown: tuple[str, ...]
    source: str
    flagged: tuple[str, ...] = ()
    notes: tuple[Report, ...] = ()

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """The values that are the world mean because the country's own is unknown or flagged."""
        return (*self.unknown, *self.flagged)


def grid_countries() -> tuple[str, ...]:
    """Returns the codes of the countries with a grid value, and of the world, in the order of the table."""
    return tuple(_rows())


def get_grid(country: str) -> Grid:
    """Returns the grid of a country by its three-letter code (ISO 3166-1 alpha-3; WOR is the world). Raises UnknownName."""
    rows = _rows()
    row = rows.get(country.upper())
    if row is None:
        raise unknown_name(N_("country with a grid value"), country, rows)
    world = rows[WORLD]
    values: dict[str, float] = {}
    flagged, notes = [], []
    for name, (column, unit) in _COLUMNS.items():
        values[name] = float(row[column])
        if is_flagged({STATUS: NORMAL, "OBS_VALUE": values[name], "UNIT_MEASURE": unit}):
            notes.append(describe_flagged(row["country"], values[name], unit, f"{float(world[column]):g} {unit}"))
            values[name] = float(world[column])
            flagged.append(name)
    return Grid(
        country=row["country"],
        g_co2e_per_kwh=values["co2e"],
        l_water_per_kwh=values["water"],
        unknown=tuple(row["stand_ins"].split()),
        source=row["source"],
        flagged=tuple(flagged),
        notes=tuple(notes),
    )


def describe_flagged(place: str, value: float, unit: str, instead: str) -> Report:
    """Returns the note that a flagged value of a place is not used, and what is used instead of it."""
    limits = PLAUSIBLE_RANGES[unit]
    return Report(
        N_(
            "{place}: the source gives {value:g} {unit}, outside the plausible range of {low:g} to {high:g}. This value is"
            " flagged and not used; {instead} is used instead, the mean of the world."
        ),
        {"place": place, "value": value, "unit": unit, "low": limits.low, "high": limits.high, "instead": instead},
    )


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, str]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["country"]: row for row in csv.DictReader(file)})
