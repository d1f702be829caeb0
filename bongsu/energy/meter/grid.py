"""A country's electricity: grid intensity and the water of its generation, by year means carried from EcoLogits.

tables/grid.csv is written by tools/write_grid_table.py. Loaded at a meter's start, to refuse a wrong country at once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bongsu.core.errors import N_, unknown_name

_TABLE = Path(__file__).with_name("tables") / "grid.csv"


@dataclass(frozen=True)
class Grid:
    """A country's electricity: g CO2e/kWh and litres of water consumed for a kWh; `stand_ins` names what is only the
    world's mean ("co2e", "water")."""

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
