"""The result of a sensor: gauges and notes. Also reads the accuracy of each instrument."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bongsu.energy.meter.gauge import Bounds, Gauge, relative_bounds

TABLES_FOLDER = Path(__file__).parents[1] / "tables"


class MeterNote(NamedTuple):
    """A message for the user: an English template and its values, as in core.errors. Without values it is not a template."""

    message: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.message.format(**dict(self.values)) if self.values else self.message


@dataclass(frozen=True)
class SensorResult:
    """The gauges of one sensor, each of which was readable when found, and the notes for the user."""

    gauges: tuple[Gauge, ...] = ()
    notes: tuple[MeterNote, ...] = ()


def accuracy_bounds(sensor: str) -> Bounds:
    """The interval of an instrument, from its accuracy in tables/accuracy.csv."""
    return relative_bounds(_read_accuracies()[sensor])


@lru_cache(maxsize=1)
def _read_accuracies() -> dict[str, float]:
    with (TABLES_FOLDER / "accuracy.csv").open(encoding="utf-8", newline="") as file:
        return {row["sensor"]: float(row["within"]) for row in csv.DictReader(file)}
