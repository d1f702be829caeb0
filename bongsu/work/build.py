"""Builds the series about exposure indices, use of AI and job postings. Pure functions of the recipes' inputs.

Series that weight occupations by employment are in build_employment.py.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Method
from bongsu.core.release import Draft, Note
from bongsu.store.releases.observations import to_table
from bongsu.work import sources
from bongsu.work.exposure.agreement import spearman
from bongsu.work.exposure.classes import ilo_class
from bongsu.work.exposure.indices import OccupationScore, convert_scores, indices, read_scores
from bongsu.work.occupations.correspondences import ISCO08

_PAGE = "docs/methods/work.md"
ILO_INDEX = "ILO_2025"  # the index whose classes are used for employment by class
Rows = Iterator[dict[str, Any]]


def make_draft(shelf: BuildInputs, rows: Iterable[dict[str, Any]], notes: tuple[Note, ...] = ()) -> Draft:
    """Returns the draft of a release of the dataflow of `shelf` with these rows."""
    observations = to_table(shelf.flow, rows)
    name, version = shelf.flow.method.rsplit(" ", 1)
    return Draft(shelf.structure(observations), observations, shelf.inputs, Method(name, version, _PAGE), notes)


def read_index_scores(shelf: BuildInputs, id_: str) -> dict[str, OccupationScore]:
    """Returns the scores of an index from its snapshot, by occupation of the index's own classification."""
    source = indices()[id_].source
    return read_scores(shelf[source.name].data.decode(), source.resource)


def ilo_classes(scores: Mapping[str, OccupationScore]) -> dict[str, str]:
    """Returns the ILO class of every unit group that has an SD."""
    return {unit: ilo_class(score.value, score.sd) for unit, score in scores.items() if score.sd is not None}


# --- EXPOSURE_INDEX


def exposure_index(shelf: BuildInputs) -> Draft:
    """Builds every index by ISCO-08 unit group, as published or converted, with coverage; a missing score has status M."""
    units = [code.id for code in shelf.code_lists[ISCO08] if len(code.id) == 4]
    rows = [row for id_ in indices() for row in _index_rows(shelf, id_, units)]
    missing = [f"{row['INDEX']} {row['OCCUPATION']}" for row in rows if row["OBS_STATUS"] == "M"]
    return make_draft(shelf, rows, (Note(N_("Unit groups without a score"), ", ".join(missing)),))


def _index_rows(shelf: BuildInputs, id_: str, units: list[str]) -> Rows:
    index = indices()[id_]
    scores = convert_scores(read_index_scores(shelf, id_), index.code_list)
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


# --- INDEX_AGREEMENT


def index_agreement(shelf: BuildInputs) -> Draft:
    """Builds the rank correlation of every pair of indices over the unit groups that both score."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for row in shelf["EXPOSURE_INDEX"].observations.to_pylist():  # type: ignore[union-attr]
        if row["INDICATOR"] == "EXPOSURE_SCORE" and row["OBS_VALUE"] is not None:
            scores[row["INDEX"]][row["OCCUPATION"]] = row["OBS_VALUE"]
    return make_draft(shelf, _agreement_rows(scores))


def _agreement_rows(scores: Mapping[str, dict[str, float]]) -> Rows:
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


# --- AI_USAGE

_USAGE_INDICATORS = {
    "ANTHROPIC": "OBSERVED_EXPOSURE",
    "MICROSOFT": "AI_APPLICABILITY",
}  # the indices that measure observed use


def ai_usage(shelf: BuildInputs) -> Draft:
    """Builds observed use of AI by occupation, as published and in the publisher's own classification."""
    return make_draft(
        shelf, (row for id_, indicator in _USAGE_INDICATORS.items() for row in _usage_rows(shelf, id_, indicator))
    )


def _usage_rows(shelf: BuildInputs, id_: str, indicator: str) -> Rows:
    source = indices()[id_].source
    for code, score in read_index_scores(shelf, id_).items():
        yield {
            "INDEX": id_,
            "OCCUPATION_SOC": code,
            "INDICATOR": indicator,
            "OBS_VALUE": score.value,
            "KIND": Kind.REPORTED,
            "VINTAGE": source.vintage,
            "SOURCE": source.origin.attribution,
        }


# --- AI_POSTINGS


def ai_postings(shelf: BuildInputs) -> Draft:
    """Builds the monthly mean of the daily share of job postings that mention AI."""
    taken = shelf[sources.AI_POSTINGS.name]
    return make_draft(shelf, _posting_rows(taken.data.decode(), taken.record.vintage, taken.record.origin.attribution))


def _posting_rows(text: str, vintage: str, source: str) -> Rows:
    for row in csv.DictReader(io.StringIO(text)):
        yield {
            "REF_AREA": row["area"],
            "TIME_PERIOD": row["month"],
            "OBS_VALUE": float(row["percent"]),
            "KIND": Kind.REPORTED,
            "VINTAGE": vintage,
            "SOURCE": source,
            "COMMENT_OBS": f"mean of {row['days']} days",
        }
