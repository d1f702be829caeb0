"""The recipe of METERED_ENERGY: one observation per row of the organisations' snapshots. A pure function."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Method
from bongsu.core.release import Draft
from bongsu.energy.intake.node_reports import SNAPSHOT_FAMILY
from bongsu.store.releases.observations import to_table

METHODS_PAGE = "docs/methods/energy-intake.md"


def metered_energy(build_inputs: BuildInputs) -> Draft:
    """Returns the draft: each organisation's kWh by meter, component, boundary and kind, by hour (FREQ H) and day (D)."""
    observations = to_table(build_inputs.flow, _rows(build_inputs))
    name, version = build_inputs.flow.method.rsplit(" ", 1)
    return Draft(
        build_inputs.structure(observations), observations, build_inputs.inputs, Method(name, version, METHODS_PAGE), ()
    )


def _rows(build_inputs: BuildInputs) -> Iterator[dict[str, Any]]:
    for name, taken in sorted(build_inputs.taken.items()):
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
