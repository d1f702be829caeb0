"""Reads figures that institutions have published, each with its source, into observations as they were published."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from bongsu.core.errors import N_, BadInput


def read_figures(text: str, column: str, table: str) -> Iterator[dict[str, Any]]:
    """Yields an observation for each row of the CSV `table`, its value from `column`. Raises BadInput with the line."""
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            value, low, high = (float(row[name]) if row[name] else None for name in (column, "low", "high"))
        except ValueError as wrong:
            raise BadInput(
                N_("A figure is not a number: {reason}."), where=f"{table}, line {line}", reason=wrong
            ) from None
        yield {
            "PUBLISHER": row["publisher"],
            "VINTAGE": row["vintage"],
            "REF_AREA": row["area"],
            "SCENARIO": row["scenario"],
            "TIME_PERIOD": row["year"],
            "OBS_VALUE": value,
            "LOWER_BOUND": low,
            "UPPER_BOUND": high,
            "INTERVAL_TYPE": "NONE" if low is high is None else "RANGE",
            "KIND": row["kind"],
            "OBS_STATUS": row["status"],
            "SOURCE": row["source"],
            "COMMENT_OBS": row["note"] or None,
        }
