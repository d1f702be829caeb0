"""Builds METERED_ENERGY: an observation of each row of the organisations' snapshots."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.energy.intake.node_reports import SNAPSHOT_FAMILY
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft


def metered_energy(inputs: BuildInputs) -> Draft:
    """Returns the draft: each organisation's kWh by meter, component, boundary and kind, by hour (FREQ H) and day (D)."""
    return make_draft(inputs, _rows(inputs))


def _rows(inputs: BuildInputs) -> Iterator[dict[str, Any]]:
    for name, taken in sorted(inputs.by_name.items()):
        for row in csv.DictReader(io.StringIO(taken.data.decode())):
            low, high = (float(row[bound]) if row[bound] else None for bound in ("low", "high"))
            yield {
                "ORGANISATION": name.removeprefix(f"{SNAPSHOT_FAMILY}-"),
                "METER": row["meter"],
                "COMPONENT": row["component"],
                "BOUNDARY": row["boundary"],
                "KIND": row["kind"],
                "FREQ": row["frequency"],
                "TIME_PERIOD": row["period"],
                "OBS_VALUE": float(row["kwh"]),
                "LOWER_BOUND": low,
                "UPPER_BOUND": high,
                "INTERVAL_TYPE": "NONE" if low is None else "P80",
                "OBS_STATUS": row["status"],
                "VINTAGE": taken.record.vintage,
                "SOURCE": taken.record.origin.publisher,
            }


RECIPE = Recipe("METERED_ENERGY", (), metered_energy, (values_within(low=0),), family=SNAPSHOT_FAMILY)
