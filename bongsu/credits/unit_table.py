"""The units that the ledger can count, from units.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.text import Text
from bongsu.credits.units import Unit
from bongsu.store.tables.definitions import read_rows


@lru_cache(maxsize=1)
def known_units() -> Mapping[str, Unit]:
    """Returns the units that units.csv names, by code."""
    rows = read_rows(files("bongsu.credits") / "tables" / "units.csv")
    return MappingProxyType({row["code"]: Unit(row["code"], row["kind"], int(row["steps"])) for row in rows})


@lru_cache(maxsize=1)
def amount_patterns() -> Mapping[str, Text]:
    """Returns how an amount of each unit is written: “{} won”, or for one and for more “{} euro|{} euros”."""
    rows = read_rows(files("bongsu.credits") / "tables" / "units.csv")
    return MappingProxyType({row["code"]: Text.from_row(row, "amount_", where=row["code"]) for row in rows})
