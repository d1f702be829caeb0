"""Accelerators side by side: peak FLOP per joule from design data, tokens per joule of one model by the measured models.

The recipe of ACCELERATOR_EFFICIENCY. FLOP/J is an upper bound that no work reaches; tokens/J serves one stated model with
one stated batch, so that memory counts as it does in serving. A chip without a published power, or whose memory is so
small that more than MOST_CHIPS hold the model, gets no tokens/J. Left out: price, and software that a chip may lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Method
from bongsu.core.release import Draft
from bongsu.core.units import convert
from bongsu.energy import sources
from bongsu.energy.estimate.model import configuration_sheet
from bongsu.energy.estimate.model.predict import predict_lognormals
from bongsu.energy.estimate.output.inference_release import check_cited_table
from bongsu.energy.estimate.tables import chips, model_registry, table_files
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.store.releases.observations import to_table

COMPARED_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
BATCH = 64
INPUT_TOKENS, OUTPUT_TOKENS = 1000, 500
PRECISION = "bf16"
MAX_CHIPS = 8
METHODS_PAGE = "docs/methods/energy-estimate.md"
METHOD = "accelerator-efficiency 1"


class ChipComparison(NamedTuple):
    """A chip, its peak FLOP/J, and tokens/J of the model (None where it cannot serve it)."""

    chip: chips.Chip
    flop_per_joule: float
    tokens_per_joule: Estimate | None


def compare_chips(
    model: str = COMPARED_MODEL, batch: float = BATCH, precision: str = PRECISION
) -> list[ChipComparison]:
    """Every chip with a published power and peak at `precision`, by year and then by FLOP/J. Raises UnknownName, BadInput."""
    precision = chips.parse_precision(precision)
    rows = [chip for chip in chips.chips().values() if chip.power_w and precision in chip.peak]
    rows.sort(key=lambda chip: (chip.year, chip.flop_per_joule(precision)))
    tokens = _tokens_per_joule(model, batch, [chip for chip in rows if _is_comparable(chip)])
    return [ChipComparison(chip, chip.flop_per_joule(precision), tokens.get(chip.name)) for chip in rows]


def accelerator_efficiency(shelf: BuildInputs) -> Draft:
    """One observation a chip and indicator. Raises BadInput where a snapshot is of another version of the tables."""
    for source in (sources.CHIPS, sources.COEFFICIENTS):
        check_cited_table(shelf, source)
    observations = to_table(shelf.flow, _rows(shelf[sources.CHIPS.name].record.vintage))
    name, version = METHOD.rsplit(" ", 1)
    return Draft(shelf.structure(observations), observations, shelf.inputs, Method(name, version, METHODS_PAGE), ())


def _rows(vintage: str) -> Iterator[dict[str, Any]]:
    for one in compare_chips():
        base = {"MAKER": one.chip.maker, "ACCELERATOR": one.chip.name, "TIME_PERIOD": str(one.chip.year)}
        source = re.split(r"; | \((?!CC)", one.chip.source)[0]
        more = one.chip.source.removeprefix(source).strip("; ")
        said = {"VINTAGE": vintage, "SOURCE": source}
        yield {
            **base,
            "INDICATOR": "FLOP_PER_JOULE",
            "OBS_VALUE": convert(one.flop_per_joule, "FLOP/J", "GFLOP/J"),
            "UNIT_MEASURE": "GFLOP/J",
            "KIND": Kind.REPORTED,
            **said,
            "COMMENT_OBS": "; ".join(filter(None, ("dense 16-bit peak over design power: an upper bound", more))),
        }
        if (tokens := one.tokens_per_joule) is not None:
            yield {
                **base,
                "INDICATOR": "TOKENS_PER_JOULE",
                "OBS_VALUE": tokens.value,
                "LOWER_BOUND": tokens.low,
                "UPPER_BOUND": tokens.high,
                "INTERVAL_TYPE": "P80",
                "UNIT_MEASURE": "token/J",
                "KIND": tokens.kind,
                **said,
                "COMMENT_OBS": f"{COMPARED_MODEL}, {BATCH} requests at once, {INPUT_TOKENS} tokens in, {OUTPUT_TOKENS} out",
            }


def _is_comparable(chip: chips.Chip) -> bool:
    return None not in (chip.memory_gb, chip.bandwidth_gb_s) and "bf16" in chip.peak


def _tokens_per_joule(model: str, batch: float, served: Sequence[chips.Chip]) -> dict[str, Estimate]:
    """Tokens/J by the name of the chip, on the least power of two of chips whose memory holds the weights."""
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
