"""Builds AI_POSTINGS: the share of job postings that mention AI, by country and month."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.store.releases.checks import few_lost, values_within
from bongsu.store.releases.observations import make_draft

POSTINGS = Source(
    name="ai-postings",
    package="bongsu.work",
    resource="tables/ai_postings.csv",
    origin=Origin(
        publisher="Indeed Hiring Lab",
        title="AI tracker: share of job postings that mention AI, monthly mean of daily values",
        address="https://github.com/hiring-lab/ai-tracker",
        licence="CC-BY-4.0",
        attribution="Indeed Hiring Lab",
    ),
    vintage="2026-06-30",
)


def ai_postings(inputs: BuildInputs) -> Draft:
    """Builds the monthly mean of the daily share of job postings that mention AI."""
    taken = inputs[POSTINGS.name]
    return make_draft(inputs, _posting_rows(taken.data.decode(), taken.record.vintage, taken.record.origin.attribution))


def _posting_rows(text: str, vintage: str, source: str) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield {
            "REF_AREA": row["area"],
            "TIME_PERIOD": row["month"],
            "OBS_VALUE": float(row["percent"]),
            "KIND": Kind.REPORTED,
            "VINTAGE": vintage,
            "SOURCE": source,
            "COMMENT_OBS": f"mean of {row['days']} days",
        }


RECIPE = Recipe("AI_POSTINGS", (POSTINGS,), ai_postings, (values_within(0, 100), few_lost("REF_AREA")))
