"""Compares accelerators: peak FLOP per joule from design data, tokens per joule from the fitted model.

FLOP/J is an upper bound that no workload reaches. Tokens/J is for one model with one batch size (COMPARED_MODEL, BATCH), so it
includes the effect of memory. A chip without a published power, or one that would need more than MAX_CHIPS to hold the model,
has no tokens/J. Left out: price, and software that does not run on a chip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.estimate.model import configuration_sheet
from bongsu.energy.estimate.model.predict import predict_lognormals
from bongsu.energy.estimate.tables import chips, model_registry, table_files
from bongsu.energy.estimate.values.lognormal import LogNormal

COMPARED_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
BATCH = 64
INPUT_TOKENS, OUTPUT_TOKENS = 1000, 500
PRECISION = "bf16"
MAX_CHIPS = 8
METHOD = "accelerator-efficiency 1"


class ChipComparison(NamedTuple):
    """A chip, its peak FLOP/J, and its tokens/J for the model (None if they cannot be computed)."""

    chip: chips.Chip
    flop_per_joule: float
    tokens_per_joule: Estimate | None


def compare_chips(
    model: str = COMPARED_MODEL, batch: float = BATCH, precision: str = PRECISION
) -> list[ChipComparison]:
    """Returns every chip with a published power and peak at `precision`, by year, then FLOP/J. Raises UnknownName, BadInput."""
    precision = chips.parse_precision(precision)
    rows = [chip for chip in chips.chips().values() if chip.power_w and precision in chip.peak]
    rows.sort(key=lambda chip: (chip.year, chip.flop_per_joule(precision)))
    tokens = _tokens_per_joule(model, batch, [chip for chip in rows if _is_comparable(chip)])
    return [ChipComparison(chip, chip.flop_per_joule(precision), tokens.get(chip.name)) for chip in rows]


def _is_comparable(chip: chips.Chip) -> bool:
    return None not in (chip.memory_gb, chip.bandwidth_gb_s) and "bf16" in chip.peak


def _tokens_per_joule(model: str, batch: float, served: Sequence[chips.Chip]) -> dict[str, Estimate]:
    """Returns tokens/J by chip name, on the smallest power of two of chips whose memory holds the weights."""
    share = table_files.read_toml("priors.toml")["gpus"]["memory_share"]
    size = _weights_gb(model)
    counts = [2 ** np.ceil(np.log2(max(size / ((chip.memory_gb or 1) * share), 1))) for chip in served]
    fitting = [(chip, count) for chip, count in zip(served, counts, strict=True) if count <= MAX_CHIPS]
    columns = {
        "model_id": [model] * len(fitting),
        "gpu_model": [chip.name for chip, _ in fitting],
        "num_gpus": [f"{count:g}" for _, count in fitting],
        "weight_precision": ["bfloat16"] * len(fitting),
        "avg_batch_size": [f"{batch:g}"] * len(fitting),
        "avg_input_len": [f"{INPUT_TOKENS}"] * len(fitting),
        "avg_output_len": [f"{OUTPUT_TOKENS}"] * len(fitting),
    }
    joule = predict_lognormals(configuration_sheet.make_sheet(pa.table(columns), ""), "text")
    return {
        chip.name: (LogNormal(1.0) / each).estimate("token/J", "token/J", Kind.MODELLED, Boundary.CHIP, METHOD)
        for (chip, _), each in zip(fitting, joule, strict=True)
    }


def _weights_gb(model: str) -> float:
    return model_registry.get_model(model).total[1] * 2
