"""The methods of the commons programme: the figures of an entry, and counts of the catalogue by breakdown.

Golden numbers, with their arithmetic: tests/golden/test_commons_catalogue.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import CLAIM_KINDS
from bongsu.commons.licences import Licence, Verdict, read_licence
from bongsu.commons.openness.assessment import Assessment, CriterionState
from bongsu.core.estimate import Kind as ValueKind

CLASS_NUMBER = {"unclassified": 0.0, "class-3": 3.0, "class-2": 2.0, "class-1": 1.0}
OSAID_NUMBER = {"open-source-ai": 1.0, "not-open-source-ai": 0.0, "unknown": None}
BREAKDOWNS = {"YEAR": "year", "AREA": "country", "LANGUAGE": "languages", "SECTOR": "sectors"}
_VERDICTS = {
    Verdict.OPEN: "ENTRIES_OPEN",
    Verdict.CLOSED: "ENTRIES_CLOSED",
    Verdict.UNKNOWN: "ENTRIES_UNKNOWN",
    Verdict.UNDECLARED: "ENTRIES_UNKNOWN",
}


def licence_figure(licence: Licence) -> float | None:
    """Returns 1 for an open licence, 0 for a closed one, None for an unknown or undeclared one."""
    return {Verdict.OPEN: 1.0, Verdict.CLOSED: 0.0}.get(licence.verdict)


def count_claims(entry: Entry) -> tuple[int, int]:
    """Returns (number of known claims, number of claims that an entry of this kind can have)."""
    possible = [claim.id for claim in CLAIM_KINDS.values() if not claim.kinds or str(entry.kind) in claim.kinds]
    return sum(1 for name in possible if name in entry.claims), len(possible)


def entry_figures(entry: Entry, found: Iterable[Assessment]) -> Iterator[dict[str, Any]]:
    """Yields the observations of one entry, without the dimensions ENTRY and ENTRY_KIND."""
    licence = read_licence(entry.value("licence"))
    yield {
        "INDICATOR": "LICENCE_OPEN",
        "OBS_VALUE": licence_figure(licence),
        "UNIT_MEASURE": "1",
        "KIND": ValueKind.MODELLED,
        "COMMENT_OBS": f"{licence.text or 'no licence declared'}: {licence.decided_by.reason}",
    }
    known, possible = count_claims(entry)
    yield {"INDICATOR": "CLAIMS_KNOWN", "OBS_VALUE": float(known), "UNIT_MEASURE": "1", "KIND": ValueKind.MODELLED}
    yield {
        "INDICATOR": "CLAIMS_UNKNOWN",
        "OBS_VALUE": float(possible - known),
        "UNIT_MEASURE": "1",
        "KIND": ValueKind.MODELLED,
    }
    for assessment in found:
        yield from _framework_figures(assessment)


def _framework_figures(found: Assessment) -> Iterator[dict[str, Any]]:
    modelled = {"KIND": ValueKind.MODELLED, "UNIT_MEASURE": "1"}
    if found.framework == "mof":
        yield {
            **modelled,
            "INDICATOR": "MOF_CLASS",
            "OBS_VALUE": CLASS_NUMBER[found.result],
            "COMMENT_OBS": found.result,
        }
        for class_, percent in found.progress.items():
            yield {**modelled, "INDICATOR": f"MOF_PROGRESS_{class_}", "OBS_VALUE": percent, "UNIT_MEASURE": "%"}
    elif found.framework == "osaid":
        value = OSAID_NUMBER[found.result]
        yield {**modelled, "INDICATOR": "OSAID", "OBS_VALUE": value, "COMMENT_OBS": found.result}
    elif found.framework == "osai":
        comment = f"of {found.out_of:g}; {found.count(CriterionState.UNKNOWN)} criteria unknown"
        yield {**modelled, "INDICATOR": "OSAI_SCORE", "OBS_VALUE": found.score, "COMMENT_OBS": comment}
    elif found.framework == "dpg":
        comment = f"of {found.out_of:g}, version {found.version}: {found.result}"
        yield {**modelled, "INDICATOR": "DPG_INDICATORS", "OBS_VALUE": found.score, "COMMENT_OBS": comment}
    else:
        reported = {"KIND": ValueKind.REPORTED, "UNIT_MEASURE": "1"}
        yield {**reported, "INDICATOR": "CURRENT_AI_OPENNESS", "OBS_VALUE": found.score, "COMMENT_OBS": found.result}


def count_entries(entries: Iterable[Entry]) -> Counter[tuple[str, str, str]]:
    """Counts all, open, closed and unknown entries by (breakdown, value, indicator).

    SECTOR_KIND counts by sector and kind together, as “health-dataset”, to show which kinds a sector lacks.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        verdict = _VERDICTS[read_licence(entry.value("licence")).verdict]
        groups = [("TOTAL", "_T"), ("KIND", str(entry.kind))]
        for breakdown, claim in BREAKDOWNS.items():
            groups += [(breakdown, str(value)) for value in dict.fromkeys(entry.values(claim))] or [(breakdown, "_U")]
        groups += [("SECTOR_KIND", f"{sector}-{entry.kind}") for sector in dict.fromkeys(entry.values("sectors"))]
        for breakdown, value in groups:
            found[breakdown, value, "ENTRIES"] += 1
            found[breakdown, value, verdict] += 1
    return found
