"""Builds AI_USAGE: observed use of AI by occupation, in the publishers' own classification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.dataflows.index_scores import INDEX_SOURCES, read_index_scores

# The indices that measure observed use, and the indicator of each.
_USAGE_INDICATORS = {"ANTHROPIC": "OBSERVED_EXPOSURE", "MICROSOFT": "AI_APPLICABILITY"}


def ai_usage(inputs: BuildInputs) -> Draft:
    """Builds observed use of AI by occupation, as published and in the publisher's own classification."""
    return make_draft(
        inputs, (row for id_, indicator in _USAGE_INDICATORS.items() for row in _usage_rows(inputs, id_, indicator))
    )


def _usage_rows(inputs: BuildInputs, id_: str, indicator: str) -> Iterator[dict[str, Any]]:
    source = INDEX_SOURCES[id_]
    for code, score in read_index_scores(inputs, id_).items():
        yield {
            "INDEX": id_,
            "OCCUPATION_SOC": code,
            "INDICATOR": indicator,
            "OBS_VALUE": score.value,
            "KIND": Kind.REPORTED,
            "VINTAGE": source.vintage,
            "SOURCE": source.origin.attribution,
        }


RECIPE = Recipe("AI_USAGE", tuple(INDEX_SOURCES[id_] for id_ in _USAGE_INDICATORS), ai_usage, (values_within(0, 1),))
