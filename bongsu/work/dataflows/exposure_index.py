"""Builds EXPOSURE_INDEX: every published index by ISCO-08 unit group, as published or converted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft, Finding, Note
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.dataflows.index_scores import INDEX_SOURCES, ilo_classes, read_index_scores
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.exposure.indices import ILO_INDEX, convert_scores, indices
from bongsu.work.occupations.correspondences import ISCO08

if TYPE_CHECKING:
    import pyarrow as pa

# Gmyrek et al. (2025), table of results: unit groups by class, least exposed first, and those without a score.
PUBLISHED_CLASS_COUNTS = dict(zip((*CLASSES, ""), (231, 84, 17, 44, 38, 13, 9), strict=True))


def exposure_index(inputs: BuildInputs) -> Draft:
    """Builds every index by ISCO-08 unit group, as published or converted, with coverage; a missing score has status M."""
    units = [code.id for code in inputs.code_lists[ISCO08] if len(code.id) == 4]
    rows = [row for id_ in indices() for row in _index_rows(inputs, id_, units)]
    missing = [f"{row['INDEX']} {row['OCCUPATION']}" for row in rows if row["OBS_STATUS"] == "M"]
    return make_draft(inputs, rows, (Note(N_("Unit groups without a score"), ", ".join(missing)),))


def _index_rows(inputs: BuildInputs, id_: str, units: list[str]) -> Iterator[dict[str, Any]]:
    index = indices()[id_]
    scores = convert_scores(read_index_scores(inputs, id_), index.code_list)
    labels = ilo_classes(scores) if id_ == ILO_INDEX else {}
    native = index.code_list == ISCO08
    base = {"INDEX": id_, "VINTAGE": index.source.vintage, "SOURCE": index.source.origin.title}
    for unit in units:
        score = scores.get(unit)
        comment = f"class {labels[unit]}" if unit in labels else None
        if not native and score is not None:
            comment = f"converted from {index.code_list.removeprefix('CL_')}"
        row = {**base, "OCCUPATION": unit, "KIND": Kind.REPORTED if native else Kind.MODELLED, "OBS_STATUS": "A"}
        yield {
            **row,
            "INDICATOR": "EXPOSURE_SCORE",
            "OBS_VALUE": score.value if score else None,
            "UNIT_MEASURE": "1",
            "OBS_STATUS": "A" if score else "M",
            "COMMENT_OBS": comment,
        }
        if score and score.sd is not None:
            yield {**row, "INDICATOR": "EXPOSURE_SCORE_SD", "OBS_VALUE": score.sd, "UNIT_MEASURE": "1"}
        if score and not native:
            yield {**row, "INDICATOR": "SCORE_COVERAGE", "OBS_VALUE": 100 * score.coverage, "UNIT_MEASURE": "%"}


def classes_as_published(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that each class of the ILO's 2025 index has as many unit groups as its authors publish."""
    rows: dict[str, list[dict[str, Any]]] = {label: [] for label in PUBLISHED_CLASS_COUNTS}
    for row in draft.observations.to_pylist():
        if row["INDEX"] == ILO_INDEX and row["INDICATOR"] == "EXPOSURE_SCORE":
            label = (row["COMMENT_OBS"] or "").removeprefix("class ") if row["OBS_STATUS"] != "M" else ""
            rows.setdefault(label, []).append(row)
    differ = [label for label in rows if len(rows[label]) != PUBLISHED_CLASS_COUNTS.get(label)]
    return Finding(
        N_("unit groups by class as published"),
        not differ,
        N_("{units} unit groups, {wrong} classes differ"),
        {"units": sum(map(len, rows.values())), "wrong": len(differ)},
        tuple(f"{label or '_Z'}: {len(rows[label])} / {PUBLISHED_CLASS_COUNTS.get(label, 0)}" for label in differ),
        tuple(row for label in differ for row in rows[label]),
    )


RECIPE = Recipe(
    "EXPOSURE_INDEX",
    tuple(INDEX_SOURCES.values()),
    exposure_index,
    (classes_as_published, values_within(0, 100, INDICATOR=["SCORE_COVERAGE"])),
)
