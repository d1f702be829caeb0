"""The Open Source AI Definition 1.0: data information, code and parameters, and the four freedoms that they carry.

It looks at the same components as the Model Openness Framework, as the Open Source Initiative's own checklist does. Two
things it cannot see in a list of components and says so: whether data information is detailed enough for a skilled
person to build an equivalent system, and whether training data that are left out could have been shared.

Source: opensource.org/ai/open-source-ai-definition (1.0, 2024-10-28) and its checklist of required components.
"""

from __future__ import annotations

from collections.abc import Iterable

from bongsu.commons.openness import mof
from bongsu.commons.openness.assessment import Assessment, Cell, Reason, State
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
_ABOUT_DATA = ("Data card", "Technical report", "Research paper")
PARTS = ("data-information", "code", "parameters")
_PART_NAMES = {"data-information": N_("data information"), "code": N_("code"), "parameters": N_("parameters")}
# What each freedom needs: to use and to share, licences; to study and to modify, the preferred form as well.
FREEDOMS = {
    "use": ("code", "parameters"),
    "study": PARTS,
    "modify": PARTS,
    "share": ("code", "parameters"),
}


def assess(release: mof.Release) -> Assessment:
    """The definition's answer for a release: `open-source-ai`, `not-open-source-ai`, or `unknown`."""
    judged = {cell.criterion: cell for cell in mof.assess(release, "normalised").cells}
    parts = (
        _data_information(judged),
        _all("code", _CODE, judged, release),
        _all("parameters", _PARAMETERS, judged, release),
    )
    states = {cell.criterion: cell.state for cell in parts}
    freedoms = tuple(_freedom(name, needs, states) for name, needs in FREEDOMS.items())
    every = set(states.values())
    closed = State.NO in every
    result = "not-open-source-ai" if closed else "unknown" if State.UNKNOWN in every else "open-source-ai"
    return Assessment("osaid", VERSION, release.name, result, (*parts, *freedoms), warnings=(_SUFFICIENT,))


_SUFFICIENT = Reason(
    N_("Whether the data information is detailed enough to build an equivalent system needs a person to judge.")
)


def _data_information(judged: dict[str, Cell]) -> Cell:
    """Open datasets carry it; else a data card together with a report or paper, all under open terms."""
    data, card, report, paper = (judged[name] for name in (*_DATA, *_ABOUT_DATA))
    if data.state is State.YES:
        return Cell("data-information", State.YES, Reason(N_("The datasets themselves are open.")), data.licence)
    told = next((cell for cell in (report, paper) if cell.state is State.YES), None)
    if card.state is State.YES and told is not None:
        reason = Reason(
            N_("An open data card and {document} describe the data."), {"document": _TITLES[told.criterion]}
        )
        return Cell("data-information", State.YES, reason, card.licence)
    if any(cell.state is State.UNKNOWN for cell in (data, card, report, paper)):
        return Cell(
            "data-information", State.UNKNOWN, Reason(N_("Under which terms the data are described is not known."))
        )
    return Cell("data-information", State.NO, Reason(N_("Neither the datasets nor their description are open.")))


def _all(part: str, names: tuple[str, ...], judged: dict[str, Cell], release: mof.Release) -> Cell:
    """All of the named components are needed under open terms; the first that fails names the reason."""
    cells = [judged[name] for name in names]
    absent = [
        cell for cell in cells if cell.state is State.NOT_NEEDED
    ]  # optional to that framework, needed by this one
    refused = [cell for cell in cells if cell.state is State.NO]
    if refused:
        cell = refused[0]
        values = {"component": _TITLES[cell.criterion], "why": cell.reason}
        return Cell(part, State.NO, Reason(N_("{component}: {why}"), values), cell.licence)
    if absent:
        return Cell(
            part,
            State.NO,
            Reason(N_("{component}: the release does not include it."), {"component": _TITLES[absent[0].criterion]}),
        )
    undecided = [cell for cell in cells if cell.state is State.UNKNOWN]
    if undecided:
        reason = Reason(N_("{component}: its licence is not known."), {"component": _TITLES[undecided[0].criterion]})
        return Cell(part, State.UNKNOWN, reason)
    return Cell(part, State.YES, Reason(N_("Every component is available under open terms.")), cells[0].licence)


def _freedom(name: str, needs: tuple[str, ...], states: dict[str, State]) -> Cell:
    def named(parts: Iterable[str]) -> dict[str, object]:
        return {"parts": tuple(_PART_NAMES[part] for part in parts)}

    missing = [part for part in needs if states[part] is State.NO]
    if missing:
        return Cell(name, State.NO, Reason(N_("Not granted: not open: {parts}."), named(missing)))
    unsure = [part for part in needs if states[part] is State.UNKNOWN]
    if unsure:
        return Cell(name, State.UNKNOWN, Reason(N_("Not known: {parts}."), named(unsure)))
    return Cell(name, State.YES, Reason(N_("Granted by open {parts}."), named(needs)))
