"""Builds COMMONS_OPENNESS: counts of open, closed and unknown entries by breakdown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bongsu.commons import methods
from bongsu.commons.breakdown_codes import build_breakdown_list
from bongsu.commons.entries.bundle import newest_evidence_day, read_bundles
from bongsu.commons.sources import ADDED_FAMILY, STARTER_ENTRIES
from bongsu.core.errors import N_
from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft, Finding
from bongsu.store.releases.checks import describe_sums
from bongsu.store.releases.observations import make_draft

if TYPE_CHECKING:
    import pyarrow as pa


def commons_openness(inputs: BuildInputs) -> Draft:
    """Builds the counts by breakdown. An unknown value counts under _U."""
    contents = read_bundles(*(entry.data for entry in inputs.by_name.values()))
    counts = methods.count_entries(contents.entries.values())
    values = build_breakdown_list(value for _, value, _ in counts)
    day = newest_evidence_day(contents)
    rows = (
        {
            "BREAKDOWN": breakdown,
            "BREAKDOWN_VALUE": value,
            "INDICATOR": indicator,
            "OBS_VALUE": float(count),
            "KIND": Kind.MODELLED,
            "VINTAGE": day[:7],
            "SOURCE": "COMMONS_CATALOGUE",
        }
        for (breakdown, value, indicator), count in sorted(counts.items())
    )
    return make_draft(replace(inputs, code_lists={**inputs.code_lists, values.id: values}), rows)


def parts_sum_to_whole(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that open, closed and unknown entries sum to all entries, in every breakdown."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in draft.observations.to_pylist():
        groups[row["BREAKDOWN"], row["BREAKDOWN_VALUE"]].append(row)
    wrong, rows = [], []
    for key, group in groups.items():
        whole = sum(row["OBS_VALUE"] for row in group if row["INDICATOR"] == "ENTRIES")
        parts = sum(row["OBS_VALUE"] for row in group if row["INDICATOR"] != "ENTRIES")
        if whole != parts:
            wrong.append(f"{'/'.join(key)}: {parts:g} / {whole:g}")
            rows += group
    return describe_sums(N_("open, closed and unknown sum to all"), len(groups), wrong, rows)


RECIPE = Recipe("COMMONS_OPENNESS", (STARTER_ENTRIES,), commons_openness, (parts_sum_to_whole,), family=ADDED_FAMILY)
