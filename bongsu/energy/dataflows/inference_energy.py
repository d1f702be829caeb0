"""Builds INFERENCE_ENERGY: the energy of text generation for every model of the `ecologits` registry.

One observation per model and boundary, in Wh per 1,000 output tokens of a request with INPUT_TOKENS and OUTPUT_TOKENS. Only the
model and its provider are known; batch, GPUs, precision and chip are integrated over their priors and widen the interval. The
size of a closed model is the registry's range. Left out: CO2e and water, which need a place (`bongsu estimate --country`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.core.units import Quantity
from bongsu.energy.checks import intervals_contain_values
from bongsu.energy.dataflows.cited_tables import COEFFICIENTS, check_cited_table
from bongsu.energy.estimate.model import configuration_sheet
from bongsu.energy.estimate.model.boundary_factors import compute_levels
from bongsu.energy.estimate.model.predict import predict_lognormals
from bongsu.energy.estimate.tables import model_registry
from bongsu.energy.estimate.tables.computing_places import get_place, providers
from bongsu.energy.estimate.tables.model_registry import ModelEntry
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.steps import Step
from bongsu.energy.grid.grid_table import WORLD
from bongsu.store.releases.checks import few_lost, values_within
from bongsu.store.releases.observations import make_draft

MODELS = Source(
    name="ecologits-models",
    package="ecologits",
    resource="data/models.json",
    origin=Origin(
        publisher="GenAI Impact",
        title="EcoLogits: models by provider, with their parameters",
        address="https://ecologits.ai",
        licence="MPL-2.0",
        attribution="EcoLogits contributors; each model with its sources",
    ),
    distribution="ecologits",
)
INPUT_TOKENS = 1000
OUTPUT_TOKENS = 500
RELEASE_UNIT = "Wh/1000 token"
_FITTED = "ML.ENERGY leaderboard v3"


def inference_energy(inputs: BuildInputs) -> Draft:
    """Builds the observations of every model in the registry's snapshot at the chip and at the facility.

    Raises BadInput if the snapshot of the coefficients is of another version.
    """
    check_cited_table(inputs, COEFFICIENTS)
    taken = inputs[MODELS.name]
    models = [model for model, _ in model_registry.parse_registry(json.loads(taken.data), taken.record.vintage)]
    return make_draft(inputs, _rows(models, taken.record.vintage))


def model_energies(models: Sequence[ModelEntry]) -> Iterator[Mapping[Boundary, Estimate]]:
    """Yields for each model its energy in Wh per 1,000 output tokens, by boundary from the chip to the facility."""
    names = [f"{model.provider}/{model.name}" for model in models]
    request = {"avg_input_len": str(INPUT_TOKENS), "avg_output_len": str(OUTPUT_TOKENS)}
    columns = {"model_id": names, **{name: [cell] * len(names) for name, cell in request.items()}}
    asked = replace(
        configuration_sheet.make_sheet(pa.table(columns), ""), find_model=dict(zip(names, models, strict=True)).get
    )
    for model, token in zip(models, predict_lognormals(asked, "text"), strict=True):
        known = model.provider if model.provider in providers() else None
        yield {
            boundary: _energy_per_thousand(level.joule, boundary)
            for boundary, level in compute_levels(
                token, Boundary.CHIP, get_place(WORLD, known), Step("", Quantity.of(1, "token")), "Wh"
            ).items()
        }


def _rows(models: Sequence[ModelEntry], vintage: str) -> Iterator[dict[str, Any]]:
    for model, found in zip(models, model_energies(models), strict=True):
        for boundary in (Boundary.CHIP, Boundary.FACILITY):
            energy = found[boundary]
            yield {
                "PROVIDER": model.provider,
                "MODEL": model.name,
                "BOUNDARY": boundary,
                "OBS_VALUE": energy.value,
                "LOWER_BOUND": energy.low,
                "UPPER_BOUND": energy.high,
                "INTERVAL_TYPE": "P80",
                "KIND": energy.kind,
                "VINTAGE": vintage,
                "SOURCE": f"{_FITTED}; {vintage}",
                "COMMENT_OBS": _size_comment(model, vintage),
            }


def _energy_per_thousand(joule: LogNormal, boundary: Boundary) -> Estimate:
    return joule.estimate("J/token", RELEASE_UNIT, Kind.MODELLED, boundary, "inference-energy 1")


def _size_comment(model: ModelEntry, vintage: str) -> str:
    """Returns a comment on the model's size in the registry and its sources."""
    ends = [f"{low:g}" if low == high else f"{low:g} to {high:g}" for low, high in (model.total, model.active)]
    known = model.total[0] == model.total[1] and model.active[0] == model.active[1]
    said = "size by the registry" if known else "size not published, the registry's range"
    sources = model.source.removeprefix(vintage).strip("; ")
    return f"{said}: {ends[0]} billion parameters, {ends[1]} active" + (f"; {sources}" if sources else "")


RECIPE = Recipe(
    "INFERENCE_ENERGY",
    (MODELS, COEFFICIENTS),
    inference_energy,
    (values_within(low=0), intervals_contain_values, few_lost("MODEL")),
)
