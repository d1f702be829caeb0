"""The Digital Public Goods Standard: 9 indicators, by version and date.

The same record can have different verdicts by version: licences that forbid commercial use were approved until version 1.1.6
and are not from 1.1.7 (2025-06-26). An indicator without an answer is unknown. A “yes” means that the owner answered yes, or
who proposed the entry; only the standard's reviewers can judge whether the answer is good enough (such as the quality of a
policy).

Source: DPGAlliance/DPG-Standard (standard.md, standard-questions.md), tables/dpg_versions.csv, tables/dpg_indicators.csv.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bongsu.commons.licences import Verdict, read_licence
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.core.errors import N_, BadInput
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows


class StandardVersion(NamedTuple):
    """A version of the standard: when it was in force ("" if not known), and whether it approves non-commercial licences."""

    name: str
    begins: str
    ends: str
    non_commercial: bool


class Indicator(NamedTuple):
    """One of the nine indicators."""

    id: str
    title: Text


VERSIONS = tuple(
    StandardVersion(row["version"], row["from"], row["until"], row["non_commercial"] == "yes")
    for row in read_rows(COMMONS_TABLES / "dpg_versions.csv")
)
INDICATORS = tuple(Indicator(row["id"], Text.from_row(row)) for row in read_rows(COMMONS_TABLES / "dpg_indicators.csv"))
_ANSWER_STATES = {"yes": CriterionState.YES, "no": CriterionState.NO}
_UNANSWERED = Reason(N_("The record does not answer this question."))
_ANSWER_REASONS = {
    CriterionState.YES: N_("Answered yes: {answer}"),
    CriterionState.NO: N_("Answered no."),
}
_ANSWERED_YES = Reason(N_("Answered yes."))
_RECORD_FIELDS = (
    "license",
    "SDGs",
    "clearOwnership",
    "doNoHarm",
    "documentation",
    "NonPII",
    "platformIndependence",
    "privacy",
    "standards",
)


def version_in_force(date: str) -> StandardVersion:
    """Returns the version in force on a day (ISO 8601). Raises BadInput for an invalid day or one before the standard."""
    try:
        day = datetime.date.fromisoformat(date).isoformat()
    except ValueError:
        raise BadInput(N_("“{date}” is not a valid date."), fix=N_("Write YYYY-MM-DD."), date=date) from None
    if day < VERSIONS[0].begins:
        raise BadInput(
            N_("The Digital Public Goods Standard did not exist on {date}: version 1.0.0 dates from {first}."),
            date=day,
            first=VERSIONS[0].begins,
        )
    held, begins = VERSIONS[0], ""
    for version in VERSIONS:
        begins = version.begins or begins  # one whose first day is not known followed the version before it
        if begins <= day and (not version.ends or day < version.ends):
            held = version
    return held


def assess(document: object, *, as_of: str, where: str = "", standard: StandardVersion | None = None) -> Assessment:
    """Assesses a registry record (nominee, answers, or both merged) by the version in force on a day, or by `standard`.

    Raises BadInput if the document is not such a record.
    """
    if not isinstance(document, Mapping) or not any(field in document for field in _RECORD_FIELDS):
        raise BadInput(
            N_("The record is not from the Digital Public Goods registry: it has neither a licence nor answers."),
            where=where,
        )
    held = standard or version_in_force(as_of)
    cells = (
        _goals_cell(document),
        _licences_cell(document, held),
        _answer_cell("3", document, ("clearOwnership", "isOwnershipExplicit"), ("clearOwnership", "copyrightURL")),
        _independence_cell(document),
        _answer_cell(
            "5", document, ("documentation", "isDocumentationAvailable"), ("documentation", "documentationURL")
        ),
        _extraction_cell(document),
        _answer_cell("7", document, ("privacy", "isPrivacyCompliant"), ("privacy", "privacyComplianceList")),
        _standards_cell(document),
        _harm_cell(document),
    )
    states = {cell.state for cell in cells}
    result = "not-met" if CriterionState.NO in states else "partly-known" if CriterionState.UNKNOWN in states else "met"
    passed = sum(1 for cell in cells if cell.state in (CriterionState.YES, CriterionState.NOT_NEEDED))
    return Assessment(
        framework="dpg",
        version=held.name,
        subject=str(document.get("name", "")),
        result=result,
        cells=cells,
        score=float(passed),
        out_of=float(len(INDICATORS)),
        as_of=as_of,
        warnings=tuple(_compare_versions(document, held, cells[1].state)),
    )


def _compare_versions(document: Mapping[str, object], held: StandardVersion, state: CriterionState) -> Iterator[Reason]:
    """Yields a warning if the previous or the next version of the standard judges the licence differently."""
    at = VERSIONS.index(held)
    for other in (*VERSIONS[max(at - 1, 0) : at], *VERSIONS[at + 1 : at + 2]):
        said = _licences_cell(document, other).state
        if said is state or CriterionState.UNKNOWN in (said, state):
            continue
        values = {"version": other.name, "day": other.ends or other.begins}
        if said is CriterionState.YES:
            yield Reason(N_("Version {version}, in force until {day}, approved the licence."), values)
        else:
            yield Reason(N_("Version {version}, in force from {day}, does not approve the licence."), values)


def _goals_cell(document: Mapping[str, object]) -> CriterionCell:
    goals = document.get("SDGs")
    if not isinstance(goals, Sequence) or isinstance(goals, str):
        return CriterionCell("1", CriterionState.UNKNOWN, _UNANSWERED)
    numbers = [str(goal.get("SDGNumber")) if isinstance(goal, Mapping) else str(goal) for goal in goals]
    if not numbers:
        return CriterionCell("1", CriterionState.NO, Reason(N_("No goal is named.")))
    evidence = next((str(g.get("evidenceURL")) for g in goals if isinstance(g, Mapping) and g.get("evidenceURL")), "")
    return CriterionCell(
        "1", CriterionState.YES, Reason(N_("Goals named: {goals}."), {"goals": ", ".join(numbers)}), evidence=evidence
    )


def _licences_cell(document: Mapping[str, object], held: StandardVersion) -> CriterionCell:
    """Judges the licences of the record: every one must be approved; the first that is not decides.

    Software needs an OSI-approved licence for its code; it may also have an open one for its texts and images.
    """
    given = document.get("license")
    if given is None:
        return CriterionCell("2", CriterionState.UNKNOWN, _UNANSWERED)
    entries = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    texts = [str(entry.get("spdx") or "") if isinstance(entry, Mapping) else str(entry) for entry in entries]
    evidence = next((str(e.get("licenseURL")) for e in entries if isinstance(e, Mapping) and e.get("licenseURL")), "")
    kinds = document.get("type")
    software_alone = kinds == ["software"] or kinds == "software"
    unknowns = [text for text in texts if read_licence(text).verdict in (Verdict.UNKNOWN, Verdict.UNDECLARED)]
    for text in texts:
        licence = read_licence(text)
        part = licence.decided_by
        if text in unknowns:
            continue
        if part.why == "non-commercial" and "ND" not in part.id and held.non_commercial and not software_alone:
            continue
        if licence.verdict is not Verdict.OPEN:
            values = {"part": part.text, "why": part.reason, "version": held.name}
            reason = Reason(N_("Not approved by version {version}: “{part}”: {why}."), values)
            return CriterionCell("2", CriterionState.NO, reason, licence=text, evidence=evidence)
    known = [text for text in texts if text not in unknowns]
    if software_alone and known and not any(read_licence(text).osi for text in known) and not unknowns:
        values = {"part": ", ".join(known), "version": held.name}
        reason = Reason(
            N_("Version {version} requires an OSI-approved licence for software; “{part}” is not approved by OSI."),
            values,
        )
        return CriterionCell("2", CriterionState.NO, reason, licence=known[0], evidence=evidence)
    if unknowns or not texts:
        return CriterionCell(
            "2",
            CriterionState.UNKNOWN,
            Reason(N_("The licence is not declared or not known.")),
            licence=", ".join(unknowns),
        )
    named = ", ".join(texts)
    reason = Reason(N_("Approved by version {version}: {licences}."), {"version": held.name, "licences": named})
    return CriterionCell("2", CriterionState.YES, reason, licence=named, evidence=evidence)


def _value(document: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _state(document: Mapping[str, object], path: tuple[str, ...]) -> CriterionState:
    return _ANSWER_STATES.get(str(_value(document, path) or "").strip().casefold(), CriterionState.UNKNOWN)


def _text(value: object) -> str:
    parts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return "; ".join(" ".join(str(part).split()) for part in parts if part)


def _answer_cell(
    id_: str, document: Mapping[str, object], question: tuple[str, ...], explanation: tuple[str, ...]
) -> CriterionCell:
    state = _state(document, question)
    if state is CriterionState.UNKNOWN:
        return CriterionCell(id_, state, _UNANSWERED)
    answer = _text(_value(document, explanation))
    evidence = answer if answer.startswith(("http://", "https://")) and " " not in answer else ""
    reason = (
        Reason(_ANSWER_REASONS[state], {"answer": answer}) if answer or state is CriterionState.NO else _ANSWERED_YES
    )
    return CriterionCell(id_, state, reason, evidence=evidence)


def _independence_cell(document: Mapping[str, object]) -> CriterionCell:
    restricting = _state(document, ("platformIndependence", "mandatoryDepsCreateMoreRestrictions"))
    if restricting is CriterionState.NO:
        return CriterionCell(
            "4", CriterionState.YES, Reason(N_("No mandatory dependency is more restricted than the product."))
        )
    return _answer_cell(
        "4",
        document,
        ("platformIndependence", "isSoftwarePltIndependent"),
        ("platformIndependence", "pltIndependenceDesc"),
    )


def _extraction_cell(document: Mapping[str, object]) -> CriterionCell:
    if _state(document, ("NonPII", "collectsNonPII")) is CriterionState.NO:
        return CriterionCell("6", CriterionState.NOT_NEEDED, Reason(N_("It does not collect non-personal data.")))
    return _answer_cell("6", document, ("NonPII", "checkNonPIIAccessMechanism"), ("NonPII", "nonPIIAccessMechanism"))


def _standards_cell(document: Mapping[str, object]) -> CriterionCell:
    cells = (
        _answer_cell("8", document, ("standards", "supportStandards"), ("standards", "standardsList")),
        _answer_cell("8", document, ("standards", "implementBestPractices"), ("standards", "bestPracticesList")),
    )
    return _weakest_cell(cells)


def _harm_cell(document: Mapping[str, object]) -> CriterionCell:
    """Judges indicator 9 by its parts a, b and c; parts that do not apply are left out."""
    harm = "doNoHarm"
    cells = [
        _answer_cell(
            "9",
            document,
            (harm, "preventHarm", "stepsToPreventHarm"),
            (harm, "preventHarm", "additionalInfoMechanismProcessesPolicies"),
        )
    ]
    if _state(document, (harm, "dataPrivacySecurity", "collectsPII")) is not CriterionState.NO:
        asked = (harm, "dataPrivacySecurity", "ensurePrivacySecurity")
        cells.append(_answer_cell("9", document, asked, (harm, "dataPrivacySecurity", "privacySecurityDescription")))
    if _state(document, (harm, "inappropriateIllegalContent", "collectStoreDistribute")) is not CriterionState.NO:
        asked = (harm, "inappropriateIllegalContent", "illegalContentDetection")
        cells.append(
            _answer_cell(
                "9", document, asked, (harm, "inappropriateIllegalContent", "illegalContentDetectionMechanism")
            )
        )
    if _state(document, (harm, "protectionFromHarassment", "userInteraction")) is not CriterionState.NO:
        asked = (harm, "protectionFromHarassment", "griefAbuseHarassmentProtection")
        cells.append(
            _answer_cell("9", document, asked, (harm, "protectionFromHarassment", "harassmentProtectionSteps"))
        )
    return _weakest_cell(tuple(cells))


def _weakest_cell(cells: tuple[CriterionCell, ...]) -> CriterionCell:
    order = (CriterionState.NO, CriterionState.UNKNOWN, CriterionState.YES)
    return min(cells, key=lambda cell: order.index(cell.state))
