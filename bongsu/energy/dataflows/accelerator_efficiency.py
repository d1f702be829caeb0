"""Builds ACCELERATOR_EFFICIENCY: peak FLOP per joule from design data, and tokens per joule of one model, by accelerator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.core.units import convert
from bongsu.energy.checks import intervals_contain_values
from bongsu.energy.dataflows.cited_tables import CHIPS, COEFFICIENTS, check_cited_table
from bongsu.energy.estimate.output.chip_comparison import (
    BATCH,
    COMPARED_MODEL,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    compare_chips,
)
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft


def accelerator_efficiency(inputs: BuildInputs) -> Draft:
    """Builds one observation per chip and indicator. Raises BadInput if a snapshot is of another version of the tables."""
    for source in (CHIPS, COEFFICIENTS):
        check_cited_table(inputs, source)
    return make_draft(inputs, _rows(inputs[CHIPS.name].record.vintage))


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


RECIPE = Recipe(
    "ACCELERATOR_EFFICIENCY",
    (CHIPS, COEFFICIENTS),
    accelerator_efficiency,
    (values_within(low=0), intervals_contain_values),
)
