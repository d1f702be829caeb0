"""What a sensor hands in: gauges, and notes. And the table of how accurate each instrument is."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bongsu.energy.meter.gauge import Bounds, Gauge, relative_bounds

TABLES_FOLDER = Path(__file__).parents[1] / "tables"


class MeterNote(NamedTuple):
    """A sentence for the person: English template and values, as in core.errors; without values it is taken as it stands."""

    message: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.message.format(**dict(self.values)) if self.values else self.message


@dataclass(frozen=True)
class SensorResult:
    """The gauges of one sensor, each readable when it was found, and what a person should know."""

    gauges: tuple[Gauge, ...] = ()
    notes: tuple[MeterNote, ...] = ()


def accuracy_bounds(sensor: str) -> Bounds:
    """The interval that tables/accuracy.csv states for an instrument."""
    return relative_bounds(_read_accuracies()[sensor])


@lru_cache(maxsize=1)
def _read_accuracies() -> dict[str, float]:
    with (TABLES_FOLDER / "accuracy.csv").open(encoding="utf-8", newline="") as file:
        return {row["sensor"]: float(row["within"]) for row in csv.DictReader(file)}
