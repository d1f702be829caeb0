"""Builds DATACENTRE_ELECTRICITY: what institutions have published about the electricity use of data centres."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.store.releases.checks import parts_sum_to_total, values_within
from bongsu.store.releases.observations import make_draft

FIGURES = Source(
    name="datacentre-electricity-figures",
    package="bongsu.energy",
    resource="tables/datacentre_electricity.csv",
    origin=Origin(
        publisher="IEA; Lawrence Berkeley National Laboratory",
        title="Published figures on the electricity use of data centres, each row with its source",
        address="https://www.iea.org/reports/energy-and-ai",
        licence="CC-BY-4.0",
        attribution="IEA (CC BY 4.0), Lawrence Berkeley National Laboratory; figures as quoted in public pages",
    ),
    vintage="2026-06",
)
REGIONS = ("USA", "CHN", "EUR", "APAC_X_CHN", "ROW")
TOLERANCE_TWH = 1.0  # published figures are rounded to 1 TWh


def datacentre_electricity(inputs: BuildInputs) -> Draft:
    """Builds an observation of each row of the table, as published."""
    taken = inputs[FIGURES.name]
    return make_draft(inputs, _electricity_rows(taken.data.decode()))


def _electricity_rows(text: str) -> Iterator[dict[str, Any]]:
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            value, low, high = (float(row[name]) if row[name] else None for name in ("twh", "low", "high"))
        except ValueError as wrong:
            raise BadInput(
                N_("A figure is not a number: {reason}."),
                where=f"datacentre_electricity.csv, line {line}",
                reason=wrong,
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


RECIPE = Recipe(
    "DATACENTRE_ELECTRICITY",
    (FIGURES,),
    datacentre_electricity,
    (parts_sum_to_total("REF_AREA", "WORLD", REGIONS, TOLERANCE_TWH), values_within(low=0)),
)
