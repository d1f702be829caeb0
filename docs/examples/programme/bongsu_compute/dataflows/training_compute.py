"""Builds TRAINING_COMPUTE: operations of training runs, as a percentage of the threshold of the AI Act."""

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

TRAINING_RUNS = Source(
    name="training-runs",
    package="bongsu_compute",
    resource="training_compute.csv",
    origin=Origin(
        publisher="Epoch AI",
        title="Data on AI models: training compute of six models",
        address="https://epoch.ai/data/ai-models",
        licence="CC-BY-4.0",
        attribution="Epoch AI, Data on AI models (CC BY 4.0); each row with its source",
    ),
    vintage="2026-11",
)
THRESHOLD_FLOP = 1e25  # Regulation (EU) 2024/1689, Article 51(2)


def training_compute(inputs: BuildInputs) -> Draft:
    """Builds an observation of each row of the table."""
    taken = inputs[TRAINING_RUNS.name]
    return make_draft(inputs, _rows(taken.data.decode(), taken.record.vintage))


def _rows(text: str, vintage: str) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield {
            "TRAINED_MODEL": row["model"],
            "TIME_PERIOD": row["year"],
            "OBS_VALUE": 100 * float(row["flop"]) / THRESHOLD_FLOP,
            "KIND": Kind.REPORTED if row["confidence"] == "Confident" else Kind.MODELLED,
            "VINTAGE": vintage,
            "SOURCE": row["source"],
        }


RECIPE = Recipe(
    "TRAINING_COMPUTE",
    (TRAINING_RUNS,),
    training_compute,
    (values_within(low=0), few_lost("TRAINED_MODEL")),
)
