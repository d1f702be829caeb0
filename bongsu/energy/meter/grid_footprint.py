"""CO2e and water of metered energy in a country, and a familiar comparison for an amount of energy.

The grid values are those of energy/grid. The results cover the electricity drawn by the metered
parts; they leave out cooling and power distribution (PUE) and the manufacture of the machine. The interval is that of the
energy only; the variation of the grid over hours and regions is not included.
"""

from __future__ import annotations

import csv
from pathlib import Path

from bongsu.core.estimate import Estimate, Kind
from bongsu.core.text import Text
from bongsu.core.units import Quantity
from bongsu.energy.grid.grid_table import Grid

_TABLES = Path(__file__).with_name("tables")


def compute_co2e(energy: Estimate, grid: Grid) -> Estimate:
    """The greenhouse gases of generating `energy` (g CO2e)."""
    return _multiply_by_grid(energy, grid, Quantity.of(grid.g_co2e_per_kwh, "g CO2e/kWh"), "co2e").to("g CO2e")


def compute_water(energy: Estimate, grid: Grid) -> Estimate:
    """The water consumed in generating `energy` (L): off site, in power stations and their fuels."""
    return _multiply_by_grid(energy, grid, Quantity.of(grid.l_water_per_kwh, "L/kWh"), "water").to("L")


def _multiply_by_grid(energy: Estimate, grid: Grid, factor: Quantity, what: str) -> Estimate:
    kind = Kind.DEFAULT if what in grid.stand_ins else Kind.REPORTED
    return energy.times(factor, method=f"{energy.method} x {factor} ({grid.country}, {grid.source})", kind=kind)


def find_comparison(joules: float) -> tuple[float, Text]:
    """Returns (number of times, sentence with {n}) for the largest item of tables/familiar.csv that needs at most `joules`."""
    with (_TABLES / "familiar.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["joules"]))
    chosen = next((row for row in reversed(rows) if joules >= float(row["joules"])), rows[0])
    return joules / float(chosen["joules"]), Text.from_row(chosen, where=f"familiar.csv, {chosen['id']}")
