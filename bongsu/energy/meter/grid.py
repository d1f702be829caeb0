"""A country's electricity: grid intensity and water of generation, annual means from EcoLogits.

tools/write_grid_table.py writes tables/grid.csv. A meter reads it when it is created, to reject an unknown country at once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bongsu.core.errors import N_, unknown_name

_TABLE = Path(__file__).with_name("tables") / "grid.csv"


@dataclass(frozen=True)
class Grid:
    """A country's electricity: g CO2e/kWh and litres of water consumed per kWh. `stand_ins` names the values that are the
    world mean because the country's own is unknown ("co2e", "water")."""

    country: str
    g_co2e_per_kwh: float
    l_water_per_kwh: float
    stand_ins: tuple[str, ...]
    source: str


def get_grid(country: str) -> Grid:
    """The grid of a country by its three-letter code (ISO 3166-1 alpha-3; WOR is the world). Raises UnknownName."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = {row["country"]: row for row in csv.DictReader(file)}
    row = rows.get(country.upper())
    if row is None:
        raise unknown_name(N_("country with a grid value"), country, rows)
    values = float(row["g_co2e_per_kwh"]), float(row["l_water_per_kwh"])
    return Grid(row["country"], *values, tuple(row["stand_ins"].split()), row["source"])
