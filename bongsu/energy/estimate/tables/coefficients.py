"""Reads the fitted tables: coefficients by model, factors of the measured chips, half-widths of the 80 % intervals."""

from __future__ import annotations

from functools import cache

from bongsu.energy.estimate.tables import chips, table_files

UNMEASURED_CHIP = "other"  # row of spreads.csv for chips that were not measured and are scaled from design data


@cache
def get_coefficients(model: str) -> dict[str, float]:
    """Returns the coefficients of `model` ("text" or "diffusion") by name."""
    return {
        row["name"]: float(row["value"]) for row in table_files.read_rows("coefficients.csv") if row["model"] == model
    }


@cache
def chip_factors(name: str, model: str) -> dict[str, float]:
    """Returns the factors of the chip's energy relative to an H100 by term; fitted if measured, else from design data."""
    entry = chips.get_chip(name)
    factors = chips.design_factors(entry.name)
    if chips.MEASURED_CHIPS.get(entry.name) == "B200":
        k = get_coefficients(model)
        factors |= {part: k[f"b200_{part}"] for part in ("step", "memory", "compute") if f"b200_{part}" in k}
    return factors


@cache
def get_half_width(kind: str, name: str) -> float:
    """Returns half the width of the 80 % interval in ln for `kind` ("text", "image", "video") on the chip `name`."""
    measured = chips.MEASURED_CHIPS.get(chips.get_chip(name).name, UNMEASURED_CHIP)
    widths = {(row["kind"], row["chip"]): float(row["half_width"]) for row in table_files.read_rows("spreads.csv")}
    return widths[kind, measured]
