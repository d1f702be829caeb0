"""Explains why frameworks differ about one entry: what each asks, how it counts, and the sum or missing criterion that decided.

The arithmetic is written out with the entry's own cells, such as 11 × 1 + 2 × 0.5 + 1 × 0 = 12.0 in one framework, and the one
licence that leaves the model unclassified in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bongsu.commons.display_names import NAMED_CRITERIA
from bongsu.commons.openness import mof
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES
from bongsu.core.errors import N_


def explain_results(found: Sequence[Assessment]) -> list[tuple[str, list[Reason], list[tuple[str, Reason]]]]:
    """Returns for each framework its id, sentences on how it reaches its result, and the criteria that are not met."""
    return [(one.framework, list(_EXPLANATIONS[one.framework](one)), _list_lacking(one)) for one in found]


def _explain_mof(found: Assessment) -> Iterator[Reason]:
    yield Reason(
        N_(
            "It asks whether each required component is released under an open licence. A class is reached only when"
            " every component that it requires is included and all lower classes are reached: one missing"
            " component prevents it."
        )
    )
    needed = sum(1 for part in mof.COMPONENTS if part.required and part.class_ == 3)
    percent = found.progress["3"]  # includes a research paper that replaces the technical report
    values = {"there": round(percent * needed / 100), "needed": needed, "percent": f"{percent:.0f}"}
    yield Reason(
        N_("The lowest class requires {needed} components, of which {there} are included: {percent} %."), values
    )


def _explain_osai(found: Assessment) -> Iterator[Reason]:
    yield Reason(
        N_(
            "It judges 14 criteria one by one and adds points: 1 for open, 0.5 for partly open, 0 for closed. A closed"
            " criterion loses only its own point, and a restricted licence can count as partly open."
        )
    )
    values = {
        "yes": found.count(CriterionState.YES),
        "partial": found.count(CriterionState.PARTIAL),
        "no": found.count(CriterionState.NO),
        "score": f"{found.score:.1f}",
    }
    yield Reason(N_("{yes} × 1 + {partial} × 0.5 + {no} × 0 = {score} of 14."), values)
    if unknown := found.count(CriterionState.UNKNOWN):
        yield Reason(N_("{unknown} criteria are not judged; they add no points."), {"unknown": unknown})


def _explain_osaid(found: Assessment) -> Iterator[Reason]:
    yield Reason(
        N_(
            "It asks whether data information, code and parameters are all available under terms that grant the freedoms"
            " to use, study, modify and share. It counts no points: one part that is not open decides the result."
        )
    )


def _explain_dpg(found: Assessment) -> Iterator[Reason]:
    yield Reason(
        N_("It requires all nine indicators, under the version in force on {day}: version {version}."),
        {"version": found.version, "day": found.as_of},
    )
    values = {"passed": f"{found.score:g}", "unknown": found.count(CriterionState.UNKNOWN)}
    yield Reason(N_("{passed} of 9 pass or do not apply; {unknown} are not answered."), values)


def _explain_current_ai(found: Assessment) -> Iterator[Reason]:
    yield Reason(
        N_("Its authors score openness from 0 to 5 and cite a source. This page repeats their score unchanged.")
    )


_EXPLANATIONS = {
    "mof": _explain_mof,
    "osai": _explain_osai,
    "osaid": _explain_osaid,
    "dpg": _explain_dpg,
    "current-ai": _explain_current_ai,
}
assert _EXPLANATIONS.keys() == FRAMEWORK_NAMES.keys()


def _list_lacking(found: Assessment) -> list[tuple[str, Reason]]:
    """Lists the criteria that are not met, with reasons: for a framework with classes, those of the lowest class."""
    if found.framework == "current-ai":
        return []
    lowest = {part.name for part in mof.COMPONENTS if part.required and part.class_ == 3}
    cells = [
        cell
        for cell in found.cells
        if cell.state in (CriterionState.NO, CriterionState.PARTIAL, CriterionState.UNKNOWN)
    ]
    if found.framework == "mof":
        if found.result == "class-1":
            return []
        wanted = lowest if found.result == "unclassified" else {part.name for part in mof.COMPONENTS if part.required}
        cells = [cell for cell in cells if cell.criterion in wanted]
    return [(cell.criterion, cell.reason) for cell in cells if _is_own_criterion(found, cell)]


def _is_own_criterion(found: Assessment, cell: CriterionCell) -> bool:
    """Returns whether a criterion is judged by itself; the four freedoms follow from other criteria and are left out."""
    return not (found.framework == "osaid" and NAMED_CRITERIA["osaid", cell.criterion].subject == "licence")
