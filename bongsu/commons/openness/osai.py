"""The European Open Source AI index: 14 criteria; open counts 1, partial 0.5, closed 0.

A criterion that the file does not judge is unknown and adds no points; the assessment counts the unknown criteria. A record
with the field `answered_by` has the answers of people who proposed the entry; its reasons say so.
Source: opening-up-chatgpt / European Open Source AI index, projects/*.yaml (CC BY 4.0), tables/osai_criteria.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.core.errors import N_, BadInput
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

VERSION = "2024"
ANSWERED_BY = "answered_by"  # the field of a record whose answers are not the index's own
POINTS = {CriterionState.YES: 1.0, CriterionState.PARTIAL: 0.5, CriterionState.NO: 0.0}
_STATES = {"open": CriterionState.YES, "partial": CriterionState.PARTIAL, "closed": CriterionState.NO}
_JUDGED = {
    CriterionState.YES: N_("Judged open by the index"),
    CriterionState.PARTIAL: N_("Judged partly open by the index"),
    CriterionState.NO: N_("Judged closed by the index"),
}
_PROPOSED = {
    CriterionState.YES: N_("Answered “open” by who proposed the entry"),
    CriterionState.PARTIAL: N_("Answered “partly open” by who proposed the entry"),
    CriterionState.NO: N_("Answered “closed” by who proposed the entry"),
}
_NOT_JUDGED = Reason(N_("The file does not judge this criterion."))


class Criterion(NamedTuple):
    """One of the 14 criteria: its id in the index, its name, and its group (availability, documentation, access)."""

    id: str
    title: Text
    group: str


CRITERIA = tuple(
    Criterion(row["id"], Text.from_row(row), row["group"]) for row in read_rows(COMMONS_TABLES / "osai_criteria.csv")
)


def assess(document: object, where: str = "") -> Assessment:
    """Returns the index's score for one of its files. Raises BadInput for any other file or an unknown class."""
    if not isinstance(document, Mapping) or not any(criterion.id in document for criterion in CRITERIA):
        raise BadInput(
            N_("The file is not from the European Open Source AI index: it judges none of its 14 criteria."),
            where=where,
        )
    project = document.get("project")
    name = str(project.get("name") or "") if isinstance(project, Mapping) else ""
    sentences = _PROPOSED if ANSWERED_BY in document else _JUDGED
    cells = tuple(_criterion_cell(criterion, document.get(criterion.id), sentences, where) for criterion in CRITERIA)
    known = sum(1 for cell in cells if cell.state in POINTS)
    return Assessment(
        framework="osai",
        version=VERSION,
        subject=name,
        result="scored" if known == len(CRITERIA) else "partly-known",
        cells=cells,
        score=sum(POINTS.get(cell.state, 0.0) for cell in cells),
        out_of=float(len(CRITERIA)),
    )


def _criterion_cell(
    criterion: Criterion, given: object, sentences: Mapping[CriterionState, str], where: str
) -> CriterionCell:
    if not isinstance(given, Mapping) or given.get("class") in (None, ""):
        return CriterionCell(criterion.id, CriterionState.UNKNOWN, _NOT_JUDGED)
    state = _STATES.get(str(given["class"]).strip().casefold())
    if state is None:
        raise BadInput(
            N_("The index has no class “{given}”."),
            where=f"{where}, {criterion.id}.class",
            fix=N_("Write open, partial or closed."),
            given=given["class"],
        )
    note = " ".join(str(given.get("notes") or "").split())
    judged = {"judged": Reason(sentences[state])}
    reason = Reason(N_("{judged}: {note}"), judged | {"note": note}) if note else Reason(N_("{judged}."), judged)
    return CriterionCell(criterion.id, state, reason, evidence=str(given.get("link") or ""))
