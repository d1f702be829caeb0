"""The units that the ledger can count, from units.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.credits.ledger.units import Unit
from bongsu.store.tables.definitions import read_rows


@lru_cache(maxsize=1)
def known_units() -> Mapping[str, Unit]:
    """Returns the units that units.csv names, by code."""
    rows = read_rows(files("bongsu.credits") / "tables" / "units.csv")
    return MappingProxyType({row["code"]: Unit(row["code"], row["kind"], int(row["steps"])) for row in rows})
