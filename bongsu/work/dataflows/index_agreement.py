"""Builds INDEX_AGREEMENT: the rank correlation of every pair of exposure indices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.exposure.agreement import spearman
from bongsu.work.exposure.indices import indices


def index_agreement(inputs: BuildInputs) -> Draft:
    """Builds the rank correlation of every pair of indices over the unit groups that both score."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for row in inputs.usable_rows("EXPOSURE_INDEX").rows:
        if row["INDICATOR"] == "EXPOSURE_SCORE" and row["OBS_VALUE"] is not None:
            scores[row["INDEX"]][row["OCCUPATION"]] = row["OBS_VALUE"]
    return make_draft(inputs, _agreement_rows(scores))


def _agreement_rows(scores: Mapping[str, dict[str, float]]) -> Iterator[dict[str, Any]]:
    vintages = {id_: index.source.vintage for id_, index in indices().items()}
    for one, two in combinations(indices(), 2):
        found = spearman(scores[one], scores[two])
        for first, second in ((one, two), (two, one)):
            base = {
                "INDEX": first,
                "INDEX_COMPARED": second,
                "KIND": Kind.MODELLED,
                "VINTAGE": f"{vintages[first]}; {vintages[second]}",
                "SOURCE": "EXPOSURE_INDEX",
            }
            yield {
                **base,
                "INDICATOR": "RANK_CORRELATION",
                "OBS_VALUE": found.rho,
                "LOWER_BOUND": found.low,
                "UPPER_BOUND": found.high,
                "INTERVAL_TYPE": "P80",
            }
            yield {**base, "INDICATOR": "OCCUPATIONS_COMPARED", "OBS_VALUE": float(found.occupations)}


RECIPE = Recipe(
    "INDEX_AGREEMENT",
    ("EXPOSURE_INDEX",),
    index_agreement,
    (values_within(-1, 1, INDICATOR=["RANK_CORRELATION"]),),
)
