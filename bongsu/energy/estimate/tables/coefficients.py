"""The fitted tables: coefficients by model, factors of the measured chips, half-widths of the 80 % intervals."""

from __future__ import annotations

from functools import cache

from bongsu.energy.estimate.tables import chips, table_files

UNMEASURED_CHIP = "other"  # a chip that was not measured: scaled from design data


@cache
def get_coefficients(model: str) -> dict[str, float]:
    """The coefficients of `model` ("text" or "diffusion") by name, as its terms want them."""
    return {
        row["name"]: float(row["value"]) for row in table_files.read_rows("coefficients.csv") if row["model"] == model
    }


@cache
def chip_factors(name: str, model: str) -> dict[str, float]:
    """The chip's energy against an H100 by what it is spent on; fitted where measured, else scaled from design data."""
    entry = chips.get_chip(name)
    factors = chips.design_factors(entry.name)
    if chips.MEASURED_CHIPS.get(entry.name) == "B200":
        k = get_coefficients(model)
        factors |= {part: k[f"b200_{part}"] for part in ("step", "memory", "compute") if f"b200_{part}" in k}
    return factors


@cache
def get_half_width(kind: str, name: str) -> float:
    """Half the 80 % interval in ln for `kind` ("text", "image", "video") on the chip called `name`."""
    measured = chips.MEASURED_CHIPS.get(chips.get_chip(name).name, UNMEASURED_CHIP)
    widths = {(row["kind"], row["chip"]): float(row["half_width"]) for row in table_files.read_rows("spreads.csv")}
    return widths[kind, measured]
