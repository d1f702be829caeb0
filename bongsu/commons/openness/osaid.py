"""The Open Source AI Definition 1.0: data information, code and parameters, and the four freedoms that they grant.

It uses the components of the Model Openness Framework, as the Open Source Initiative's checklist does. A list of components
does not show whether the data information is detailed enough for a skilled person to build an equivalent system, nor whether
training data that are not published could have been shared; the assessment has a warning about this.

Source: opensource.org/ai/open-source-ai-definition (1.0, 2024-10-28) and its checklist of required components.
"""

from __future__ import annotations

from collections.abc import Iterable

from bongsu.commons.openness import mof
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.core.errors import N_

VERSION = "1.0"
_CODE = (
    "Data preprocessing code",
    "Training code",
    "Inference code",
    "Supporting libraries and tools",
    "Model architecture",
)
_PARAMETERS = ("Model parameters (Final)",)
_DATA = ("Datasets",)
_TITLES = {part.name: part.title for part in mof.COMPONENTS}
_DATA_DOCUMENTS = ("Data card", "Technical report", "Research paper")
SYSTEM_PARTS = ("data-information", "code", "parameters")
_PART_NAMES = {"data-information": N_("data information"), "code": N_("code"), "parameters": N_("parameters")}
# freedom -> parts required: licences to use and to share; also the preferred form to study and to modify
FREEDOMS = {
    "use": ("code", "parameters"),
    "study": SYSTEM_PARTS,
    "modify": SYSTEM_PARTS,
    "share": ("code", "parameters"),
}


def assess(release: mof.ModelRelease) -> Assessment:
    """Assesses a release: the result is `open-source-ai`, `not-open-source-ai` or `unknown`."""
    judged = {cell.criterion: cell for cell in mof.assess(release, "normalised").cells}
    parts = (
        _data_information_cell(judged),
        _all_open_cell("code", _CODE, judged, release),
        _all_open_cell("parameters", _PARAMETERS, judged, release),
    )
    states = {cell.criterion: cell.state for cell in parts}
    freedoms = tuple(_freedom_cell(name, needs, states) for name, needs in FREEDOMS.items())
    every = set(states.values())
    closed = CriterionState.NO in every
    result = "not-open-source-ai" if closed else "unknown" if CriterionState.UNKNOWN in every else "open-source-ai"
    return Assessment("osaid", VERSION, release.name, result, (*parts, *freedoms), warnings=(_SUFFICIENT,))


_SUFFICIENT = Reason(
    N_("A person must judge whether the data information is detailed enough to build an equivalent system.")
)


def _data_information_cell(judged: dict[str, CriterionCell]) -> CriterionCell:
    """Judges data information: open datasets, or a data card with a report or paper, all under open terms."""
    data, card, report, paper = (judged[name] for name in (*_DATA, *_DATA_DOCUMENTS))
    if data.state is CriterionState.YES:
        return CriterionCell(
            "data-information", CriterionState.YES, Reason(N_("The datasets themselves are open.")), data.licence
        )
    document = next((cell for cell in (report, paper) if cell.state is CriterionState.YES), None)
    if card.state is CriterionState.YES and document is not None:
        reason = Reason(
            N_("An open data card and {document} describe the data."), {"document": _TITLES[document.criterion]}
        )
        return CriterionCell("data-information", CriterionState.YES, reason, card.licence)
    if any(cell.state is CriterionState.UNKNOWN for cell in (data, card, report, paper)):
        return CriterionCell(
            "data-information",
            CriterionState.UNKNOWN,
            Reason(N_("The licence of the data description is not known.")),
        )
    return CriterionCell(
        "data-information", CriterionState.NO, Reason(N_("Neither the datasets nor their description are open."))
    )


def _all_open_cell(
    part: str, names: tuple[str, ...], judged: dict[str, CriterionCell], release: mof.ModelRelease
) -> CriterionCell:
    """Judges a part for which all named components are required under open terms; the first that fails gives the reason."""
    cells = [judged[name] for name in names]
    absent = [
        cell for cell in cells if cell.state is CriterionState.NOT_NEEDED
    ]  # optional in the Model Openness Framework, required here
    refused = [cell for cell in cells if cell.state is CriterionState.NO]
    if refused:
        cell = refused[0]
        values = {"component": _TITLES[cell.criterion], "why": cell.reason}
        return CriterionCell(part, CriterionState.NO, Reason(N_("{component}: {why}"), values), cell.licence)
    if absent:
        return CriterionCell(
            part,
            CriterionState.NO,
            Reason(N_("{component}: the release does not include it."), {"component": _TITLES[absent[0].criterion]}),
        )
    undecided = [cell for cell in cells if cell.state is CriterionState.UNKNOWN]
    if undecided:
        reason = Reason(N_("{component}: its licence is not known."), {"component": _TITLES[undecided[0].criterion]})
        return CriterionCell(part, CriterionState.UNKNOWN, reason)
    return CriterionCell(
        part, CriterionState.YES, Reason(N_("Every component is available under open terms.")), cells[0].licence
    )


def _freedom_cell(name: str, needs: tuple[str, ...], states: dict[str, CriterionState]) -> CriterionCell:
    def named(parts: Iterable[str]) -> dict[str, object]:
        return {"parts": tuple(_PART_NAMES[part] for part in parts)}

    missing = [part for part in needs if states[part] is CriterionState.NO]
    if missing:
        return CriterionCell(
            name, CriterionState.NO, Reason(N_("Not granted. Parts that are not open: {parts}."), named(missing))
        )
    unsure = [part for part in needs if states[part] is CriterionState.UNKNOWN]
    if unsure:
        return CriterionCell(
            name,
            CriterionState.UNKNOWN,
            Reason(N_("Not known. Parts whose licence is not known: {parts}."), named(unsure)),
        )
    return CriterionCell(name, CriterionState.YES, Reason(N_("Granted. Open parts: {parts}."), named(needs)))
