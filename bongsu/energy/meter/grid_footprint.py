"""CO2e and water of metered energy in a country, and what an amount of energy is like.

The grid's figures are means of a year, carried from EcoLogits (tables/grid.csv). They hold for the electricity that the
parts drew: cooling and power distribution (PUE) are not in them, nor the making of the machine. The interval is the
energy's own; the grid's spread over hours and regions is not known here.
"""

from __future__ import annotations

import csv
from pathlib import Path

from bongsu.core.estimate import Estimate, Kind
from bongsu.core.text import Text
from bongsu.core.units import Quantity
from bongsu.energy.meter.grid import Grid

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


def find_familiar(joules: float) -> tuple[float, Text]:
    """How many of the largest thing in tables/familiar.csv that fits into `joules`, and its sentence with {n} to fill."""
    with (_TABLES / "familiar.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["joules"]))
    chosen = next((row for row in reversed(rows) if joules >= float(row["joules"])), rows[0])
    return joules / float(chosen["joules"]), Text.of(chosen, where=f"familiar.csv, {chosen['id']}")
