"""The Model Openness Framework 1.0: 17 components and the classes III, II and I; each class requires the lower ones.

There are two modes. `mot-parity` reproduces the Model Openness Tool, including its exact spellings and its list of open
licences. `normalised` interprets licences as people write them (bongsu.commons.licences). Both resolve a component's licence
in the same order: its own, the global one of its type, the distribution's; “unlicensed” stops that search. An open licence of
the wrong type counts, with a warning. The technical report is not required if there is a research paper.

Source: lfai/model_openness_tool, src/ModelEvaluator.php and src/LicenseHandler.php (rules), tables/mof_components.csv.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bongsu.commons.licences import Verdict, read_licence
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState, Reason
from bongsu.core.errors import N_, BadInput
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

Mode = Literal["mot-parity", "normalised"]
VERSION = "1.0"
UNLICENSED = "unlicensed"
_TECHNICAL_REPORT, _RESEARCH_PAPER = 11, 21
_CLASSES = (3, 2, 1)


class Component(NamedTuple):
    """One of the 17 components: its id and name, its content type, the class that it belongs to, whether it is required."""

    id: int
    name: str
    title: Text
    type: str
    class_: int
    required: bool


COMPONENTS = tuple(
    Component(
        int(row["id"]),
        row["en"],
        Text.from_row(row),
        row["type"],
        int(row["class"]),
        row["required"] == "yes",
    )
    for row in read_rows(COMMONS_TABLES / "mof_components.csv")
)
_BY_NAME = {component.name: component for component in COMPONENTS}
_FIRST = COMPONENTS[0]
_TYPES = {"code": N_("code"), "data": N_("data"), "document": N_("a document")}
# class -> required components: its own and those of the lower classes
_REQUIRED_COMPONENTS = {
    class_: tuple(part.id for part in COMPONENTS if part.required and part.class_ >= class_) for class_ in _CLASSES
}
_MOT_OPEN = {row["licence"]: frozenset(row["types"].split()) for row in read_rows(COMMONS_TABLES / "mot_licences.csv")}

_NOT_INCLUDED = Reason(N_("The release does not include it."))
_NOT_NEEDED = Reason(N_("Not needed: the release includes a research paper."))
_NO_LICENCE = Reason(N_("It is included, but no licence is declared for it."))
_UNLICENSED = Reason(N_("It is included without a licence."))
_ON_TOOL_LIST = N_("on the tool’s list of open licences")
_NOT_ON_TOOL_LIST = N_("not on the tool’s list of open licences")
_OPTIONAL = Reason(N_("The framework does not require it."))


@dataclass(frozen=True, slots=True)
class ModelRelease:
    """The input of the framework: global licences by type, and the licences of the included components by id.

    A component's licence is the text as given, "" for “unlicensed”, or None if it has no licence of its own.
    """

    name: str
    licences: Mapping[str, str]
    components: Mapping[int, str | None]
    warnings: tuple[Reason, ...] = ()


class _ResolvedLicence(NamedTuple):
    """A component's resolved licence: status, text, whether its type fits the component, and the reason."""

    status: str  # included, unlicensed, invalid
    licence: str
    fits: bool
    why: Reason


def read_release(document: object, where: str = "", mode: Mode = "normalised") -> ModelRelease:
    """Reads a file of the Model Openness Tool. Raises BadInput, naming the field, if it is not one.

    In `mot-parity` an unknown component counts as the first one, as in the tool; in `normalised` it is left out. Both add a
    warning.
    """
    release = document.get("release", document) if isinstance(document, Mapping) else None
    if not isinstance(release, Mapping) or not isinstance(release.get("components"), Sequence):
        raise BadInput(
            N_("The file is not from the Model Openness Tool: it has no list of components."),
            where=where,
            fix=N_("Give a YAML file with release.components."),
        )
    given = release.get("license") or {}
    if not isinstance(given, Mapping):
        raise BadInput(N_("The licences of the release must be a mapping by type."), where=f"{where}, release.license")
    licences = {
        str(kind): str(entry["name"])
        for kind, entry in given.items()
        if isinstance(entry, Mapping)
        and entry.get("name") not in (None, "", "0")  # “0” is an empty value in the tool (PHP)
    }
    components: dict[int, str | None] = {}
    warnings: list[Reason] = []
    for number, entry in enumerate(release["components"], start=1):
        if not isinstance(entry, Mapping) or "name" not in entry:
            raise BadInput(N_("Component {number} has no name."), where=f"{where}, release.components", number=number)
        component = _BY_NAME.get(str(entry["name"]))
        if component is None:
            warnings.append(Reason(N_("“{name}” is not a component of the framework."), {"name": str(entry["name"])}))
            if mode == "normalised":
                continue
            component = _FIRST
        own = entry.get("license")
        if own is not None:
            components[component.id] = "" if own == UNLICENSED else str(own)
        else:
            components.setdefault(component.id, None)
    return ModelRelease(str(release.get("name", "")), licences, components, tuple(warnings))


def assess(release: ModelRelease, mode: Mode = "normalised") -> Assessment:
    """Assesses a release: its class, the progress (%) in each class, and a criterion for each component."""
    found = {part.id: _resolve_licence(release, part, mode) for part in COMPONENTS if part.id in release.components}
    paper = found.get(_RESEARCH_PAPER)
    report = found.get(_TECHNICAL_REPORT)
    replaced = paper is not None and (report is None or report.status != "included")
    progress = _class_progress(found, replaced)
    reached = min((class_ for class_ in _CLASSES if progress[str(class_)] == 100.0), default=0)
    warnings = [
        Reason(
            N_("{component}: {licence} is open, but not a licence for {type}."),
            {"component": part.title, "licence": found[part.id].licence, "type": _TYPES[part.type]},
        )
        for part in COMPONENTS
        if part.id in found and found[part.id].status == "included" and not found[part.id].fits
    ]
    return Assessment(
        framework="mof",
        version=VERSION,
        subject=release.name,
        result=f"class-{reached}" if reached else "unclassified",
        cells=tuple(_component_cell(part, found.get(part.id), replaced) for part in COMPONENTS),
        progress=progress,
        warnings=(*release.warnings, *warnings),
        mode=mode,
    )


def _resolve_licence(release: ModelRelease, component: Component, mode: Mode) -> _ResolvedLicence:
    own = release.components[component.id]
    text = (
        own if own is not None else release.licences.get(component.type) or release.licences.get("distribution") or ""
    )
    if own == "" or text in ("", "0", UNLICENSED):
        return _ResolvedLicence("unlicensed", "", False, _UNLICENSED if own == "" or text else _NO_LICENCE)
    if mode == "mot-parity":
        types = _MOT_OPEN.get(text)
        if types is None:
            return _ResolvedLicence("invalid", text, False, _closed_reason(text, _NOT_ON_TOOL_LIST))
        return _ResolvedLicence("included", text, component.type in types, _open_reason(text, _ON_TOOL_LIST))
    licence = read_licence(text)
    part = licence.decided_by
    if licence.verdict is Verdict.OPEN:
        return _ResolvedLicence("included", text, component.type in licence.types, _open_reason(part.text, part.reason))
    if licence.verdict is Verdict.UNDECLARED:
        return _ResolvedLicence("unlicensed", text, False, _NO_LICENCE)
    return _ResolvedLicence("invalid", text, False, _closed_reason(part.text, part.reason))


def _open_reason(part: str, why: str) -> Reason:
    return Reason(N_("Open: “{part}”: {why}."), {"part": part, "why": why})


def _closed_reason(part: str, why: str) -> Reason:
    return Reason(N_("Not open: “{part}”: {why}."), {"part": part, "why": why})


def _class_progress(found: Mapping[int, _ResolvedLicence], replaced: bool) -> dict[str, float]:
    """Returns the percentage of required components in each class; 0 for a class above an incomplete one."""
    progress: dict[str, float] = {}
    full = True
    for class_ in _CLASSES:
        needed = _REQUIRED_COMPONENTS[class_]
        included = sum(1 for id_ in needed if id_ in found and found[id_].status == "included")
        wanted = len(needed)
        if replaced and found[_RESEARCH_PAPER].status == "included":
            if class_ == 1:
                wanted -= 1  # the paper is counted, and the report is not required
            else:
                included += 1  # the paper replaces the report
        progress[str(class_)] = min(100.0, 100 * included / wanted) if full else 0.0
        full = full and progress[str(class_)] == 100.0
    return progress


def _component_cell(component: Component, found: _ResolvedLicence | None, replaced: bool) -> CriterionCell:
    if found is None:
        if component.id == _TECHNICAL_REPORT and replaced:
            return CriterionCell(component.name, CriterionState.NOT_NEEDED, _NOT_NEEDED)
        if not component.required:
            return CriterionCell(component.name, CriterionState.NOT_NEEDED, _OPTIONAL)
        return CriterionCell(component.name, CriterionState.NO, _NOT_INCLUDED)
    if found.status == "unlicensed":
        state = CriterionState.NO if found.why is _UNLICENSED else CriterionState.UNKNOWN
    else:
        state = CriterionState.YES if found.status == "included" else CriterionState.NO
    return CriterionCell(component.name, state, found.why, licence=found.licence)


def release_from_claims(name: str, distribution: str | None, components: Mapping[str, Any]) -> ModelRelease:
    """Returns the release of a catalogue entry's claims; `components` is {component name: licence, "unlicensed" or ""}."""
    document = {
        "name": name,
        "license": {"distribution": {"name": distribution}} if distribution else {},
        "components": [
            {"name": part, **({"license": licence} if licence else {})} for part, licence in components.items()
        ],
    }
    return read_release(document, where=name)
