"""The rows of the release INFERENCE_ENERGY: the energy of text generation for every model of the `ecologits` registry.

One row a model and boundary, per 1,000 output tokens of a stated request, where nothing but the model and its provider is
known: batch, GPUs, precision and chip are integrated over their priors, and the interval says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bongsu.core.estimate import Boundary, Estimate
from bongsu.energy.estimate import registry
from bongsu.energy.estimate.inference import inference

INPUT_TOKENS = 1000
OUTPUT_TOKENS = 500
UNIT = "Wh/1000 token"


class Row(NamedTuple):
    """A model of a provider, and its energy in Wh per 1,000 output tokens at one boundary."""

    provider: str
    model: str
    energy: Estimate
    source: str


def inference_energy() -> Iterator[Row]:
    """The rows, in the registry's order, at the chip and at the facility."""
    for model in registry.registry():
        result = inference(
            f"{model.provider}/{model.name}", input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS, country="WOR"
        )
        for boundary in (Boundary.CHIP, Boundary.FACILITY):
            energy = result.boundaries[boundary].to("Wh")
            per_thousand = [
                None if n is None else n * 1000 / OUTPUT_TOKENS for n in (energy.value, energy.low, energy.high)
            ]
            value, low, high = per_thousand
            yield Row(
                model.provider,
                model.name,
                Estimate.of(value, UNIT, low=low, high=high, kind=energy.kind, boundary=boundary, method=energy.method),
                model.source,
            )
