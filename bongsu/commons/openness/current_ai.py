"""The open-source AI map of Current AI: its scores of openness (0 to 5), adoption and capability (1 to 5), unchanged.

The scores are repeated with the map's sources. Its classes are not converted to those of another framework.
Source: currentai-org/os-ai-map, sources/scores (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.core.errors import N_, BadInput

VERSION = "2026"
MAP_CLASSES = (
    "open_source",
    "open",
    "open_core",
    "open_weights",
    "source_available",
    "restricted",
    "gated",
    "closed",
)
_CLASS_STATES = {"open_source": CriterionState.YES, "open": CriterionState.YES, "closed": CriterionState.NO}


def assess(document: object, where: str = "") -> Assessment:
    """Returns the map's scores for one product. Raises BadInput if the document is not a score of the map."""
    openness = document.get("openness") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(openness, Mapping) or "class" not in openness:
        raise BadInput(
            N_("The document is not a score of the open-source AI map: it has no class of openness."), where=where
        )
    named = str(openness["class"])
    score = openness.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 5):
        raise BadInput(
            N_("“{score}” is not a valid score: the map scores from 0 to 5."),
            where=f"{where}, openness.score",
            score=score,
        )
    cells = [_openness_cell(openness, named)]
    for part in ("adoption", "capability"):
        given = document.get(part)
        if isinstance(given, Mapping):
            cells.append(_score_cell(part, given))
    return Assessment(
        framework="current-ai",
        version=VERSION,
        subject=str(document.get("product", "")),
        result=named,
        cells=tuple(cells),
        score=None if score is None else float(score),
        out_of=5.0,
    )


def _openness_cell(given: Mapping[str, object], named: str) -> CriterionCell:
    state = _CLASS_STATES.get(named, CriterionState.PARTIAL if named in MAP_CLASSES else CriterionState.UNKNOWN)
    return CriterionCell(
        "openness", state, _reason(given), evidence=_source_address(given), licence=str(given.get("components") or "")
    )


def _score_cell(part: str, given: Mapping[str, object]) -> CriterionCell:
    known = given.get("score", given.get("level")) is not None
    return CriterionCell(
        part,
        CriterionState.PARTIAL if known else CriterionState.UNKNOWN,
        _reason(given),
        evidence=_source_address(given),
    )


def _reason(given: Mapping[str, object]) -> Reason:
    score = given.get("score", given.get("level"))
    values = {"score": "?" if score is None else score, "note": " ".join(str(given.get("note") or "").split())}
    return Reason(N_("The map gives {score} of 5: {note}"), values)


def _source_address(given: Mapping[str, object]) -> str:
    sources = given.get("sources")
    if isinstance(sources, list) and sources and isinstance(sources[0], Mapping):
        return str(sources[0].get("url") or "")
    return ""
