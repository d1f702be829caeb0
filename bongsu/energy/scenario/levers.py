"""The table of levers: the inputs of a scenario that a person may set, with their limits and defaults.

The page's sliders, the options of `bongsu scenario` and the manual are made from levers.toml. Left out: the effect of the
levers (`projection`).
"""

from __future__ import annotations

import enum
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import Text

# Values by year, in order of years; linear between two years, constant before the first and after the last.
LeverPath = tuple[tuple[int, float], ...]

# outcome -> unit; all at the boundary facility
OUTCOMES = {
    "electricity": "TWh",
    "co2e": "Mt CO2e",
    "water_on_site": "GL",
    "water_off_site": "GL",  # in power plants
    "water_off_site_reservoirs": "GL",  # the same with the evaporation from the reservoirs of hydropower
}


class IntervalScale(enum.StrEnum):
    """How the interval around a value is scaled, so that every draw is possible (no PUE below 1, no share above 1)."""

    RATIO = "ratio"  # the value is multiplied
    ABOVE_ONE = "above-1"  # its part above 1 is multiplied
    SHARE = "share"  # its odds v / (1 - v) are multiplied
    SHIFT = "shift"  # an amount is added


@dataclass(frozen=True)
class Lever:
    """A row of the table. `default`, `low` and `high` (80 % interval) are paths in `unit`.

    An `optional` lever has an effect only if shipments are set. `minimum` and `maximum` limit the accepted values.
    """

    id: str
    option: str
    name: Text
    help: Text
    unit: str
    scale: IntervalScale
    minimum: float
    maximum: float
    step: float
    default: LeverPath
    low: LeverPath
    high: LeverPath
    source: str
    optional: bool = False

    def parse(self, text: str) -> LeverPath:
        """Parses a path written as "1.29" or "2024=1.41,2030=1.29". Raises BadInput that names the option."""
        parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
        pairs = [part.split("=", 1) for part in parts]
        try:
            if len(pairs) == 1 and len(pairs[0]) == 1:
                return self.path({base_year(): float(pairs[0][0])})
            path = {int(year): float(value) for year, value in pairs}
        except ValueError:
            raise self._wrong(
                N_("“{text}” is neither a number nor values by year."),
                fix=N_("Write {option} {example} or {option} {year}={example}."),
                text=text,
                option=self.option,
                example=f"{self.default[0][1]:g}",
                year=base_year(),
            ) from None
        if len(path) != len(pairs):
            raise self._wrong(N_("A year is given twice in “{text}”."), text=text)
        return self.path(path)

    def path(self, values: float | Mapping[int, float]) -> LeverPath:
        """Returns the path of a number for all years, or of values by year. Raises BadInput for values out of range."""
        by_year = dict(values) if isinstance(values, Mapping) else {base_year(): float(values)}
        if not by_year:
            raise self._wrong(N_("A lever needs at least one value."))
        for year, value in by_year.items():
            if not base_year() <= year <= end_year():
                raise self._wrong(
                    N_("The year {year} lies outside {first} to {last}."),
                    year=year,
                    first=base_year(),
                    last=end_year(),
                )
            if not math.isfinite(value) or not self.minimum <= value <= self.maximum:
                raise self._wrong(
                    N_("{value} lies outside {minimum} to {maximum}."),
                    value=f"{value:g}" if self.unit == "1" else f"{value:g} {self.unit}",
                    minimum=f"{self.minimum:g}",
                    maximum=f"{self.maximum:g}",
                )
        return tuple(sorted((int(year), float(value)) for year, value in by_year.items()))

    def _wrong(self, message: str, *, fix: str = "", **values: object) -> BadInput:
        return BadInput(message, where=self.option, fix=fix, **values)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("bongsu.energy.scenario") / "levers.toml").read_text(encoding="utf-8"))


def base_year() -> int:
    """Returns the first year of every scenario, which is the last observed year."""
    return int(_table()["base_year"])


def end_year() -> int:
    """Returns the last year of every scenario."""
    return int(_table()["end_year"])


def years() -> tuple[int, ...]:
    """Returns every year of a scenario."""
    return tuple(range(base_year(), end_year() + 1))


def areas() -> tuple[str, ...]:
    """Returns the areas that have their own defaults."""
    return tuple(_table()["area"])


@lru_cache(maxsize=8)
def levers(area: str = "WORLD") -> Mapping[str, Lever]:
    """Returns every lever by id, with the defaults of `area`. Raises UnknownName for an area without defaults."""
    if area not in areas():
        raise unknown_name(N_("area with scenario defaults"), area, areas(), where="--area")
    rows = {id_: _parse_lever(id_, row) for id_, row in _table()["levers"].items()}
    for id_, row in _table()["area"][area].items():
        rows[id_] = replace(
            rows[id_],
            default=_parse_path(row["default"]),
            low=_parse_path(row["low"]),
            high=_parse_path(row["high"]),
            source=row["source"],
        )
    return MappingProxyType(rows)


def _parse_lever(id_: str, row: Mapping[str, Any]) -> Lever:
    where = f"levers.toml, {id_}"
    return Lever(
        id=id_,
        option=row["option"],
        name=Text.of(row["name"], where),
        help=Text.of(row["help"], where),
        unit=row["unit"],
        scale=IntervalScale(row["scale"]),
        minimum=float(row["minimum"]),
        maximum=float(row["maximum"]),
        step=float(row["step"]),
        default=_parse_path(row["default"]),
        low=_parse_path(row["low"]),
        high=_parse_path(row["high"]),
        source=row["source"],
        optional=row.get("optional", False),
    )


def _parse_path(cell: float | Mapping[str, float]) -> LeverPath:
    if isinstance(cell, Mapping):
        return tuple(sorted((int(year), float(value)) for year, value in cell.items()))
    return ((base_year(), float(cell)),)
