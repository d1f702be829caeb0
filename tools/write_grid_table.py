"""Writes bongsu/energy/grid/grid.csv from the installed `ecologits` (`python tools/write_grid_table.py`).

With this table the light install has every country's grid without that package. tests/energy/meter compares the two.
"""

from __future__ import annotations

import csv
import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

COLUMNS = ("country", "g_co2e_per_kwh", "l_water_per_kwh", "stand_ins", "source")
TABLE = Path(__file__).parents[1] / "bongsu" / "energy" / "grid" / "grid.csv"


def grid_rows() -> list[dict[str, object]]:
    """Returns one row per country: grid intensity (g CO2e/kWh), water use of electricity generation (L/kWh), and which of the
    two are the world mean because the country has no value of its own."""
    mixes = json.loads((files("ecologits") / "data" / "electricity_mixes.json").read_text("utf-8"))["electricity_mixes"]
    source = f"EcoLogits {version('ecologits')} electricity_mixes.json (MPL-2.0)"
    found: list[dict[str, object]] = []
    for mix in sorted(mixes, key=lambda mix: str(mix["name"])):
        warnings = mix["warnings"] or ()
        stand_ins = " ".join(
            n for n, key in (("co2e", "gwp"), ("water", "wue")) if f"electricity-mix-{key}-world" in warnings
        )
        values = (mix["name"], round(mix["gwp"] * 1000, 3), mix["wue"], stand_ins, source)
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found


def write_table(path: Path = TABLE) -> None:
    """Writes the table to `path`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(grid_rows())


if __name__ == "__main__":
    write_table()
