"""Answers structure queries from the catalogue: matching artefacts, their references, and the requested detail."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec.structs import replace
from pysdmx.model import Codelist, ConceptScheme, DataStructureDefinition
from pysdmx.model.__base import ItemScheme, MaintainableArtefact
from pysdmx.model.dataflow import Components

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.release import Release
from bongsu.publish.sdmx.errors import ARTEFACTS_NOT_OFFERED, not_offered
from bongsu.publish.sdmx.queries import Reference, StructureQuery
from bongsu.publish.sdmx.release_matching import match_releases
from bongsu.publish.sdmx.structure_catalogue import URN_CLASSES, ArtefactEntry, StructureCatalogue, build_catalogue
from bongsu.publish.sdmx.versions import match_versions
from bongsu.store.node import Node

ARTEFACT_TYPES = (
    *URN_CLASSES,
    "valuelist",
)  # the node has no value lists: a request for one raises Missing
_RELATIONS = ("none", "all", "parents", "parentsandsiblings", "ancestors", "children", "descendants")


def query_catalogue(node: Node, query: StructureQuery) -> StructureCatalogue:
    """Returns the catalogue of the releases current now or at `as_of`; with older versions only if the query asks for them."""
    every = not set(query.reference.versions) <= {"~", "+"}
    versions = ("*",) if every else ("~",)
    releases: list[Release] = []
    absent: Missing | None = None
    for agency in dict.fromkeys(release.agency for release in _valid_releases(node)):
        try:
            releases += match_releases(node, Reference((agency,), versions=versions), query.as_of)
        except Missing as error:  # nothing of this agency at that time
            absent = error
    if absent and not releases:
        raise absent
    return build_catalogue(node, tuple(releases))


def _valid_releases(node: Node) -> list[Release]:
    return [release for release in node.releases.all() if not release.withdrawal]


def select_artefacts(catalogue: StructureCatalogue, query: StructureQuery) -> list[MaintainableArtefact]:
    """Selects the artefacts of the response, the requested ones first. Raises Missing if none matches."""
    _check_types(query)
    matching = _match_entries(catalogue, query)
    if not matching:
        raise Missing(
            N_("Artefact not found: {kind} {agency}:{id}({version})."),
            kind="structure" if query.kind == "*" else query.kind,
            agency=",".join(query.reference.agencies)[:80],
            id=",".join(query.reference.ids)[:80],
            version=",".join(query.reference.versions)[:80],
        )
    requested = {entry.urn for entry in matching}
    others = [
        catalogue.entries[urn] for urn in _referenced(catalogue, requested, query.references) if urn not in requested
    ]
    used = _used_items(catalogue, [*matching, *others]) if query.detail == "referencepartial" else None
    answer = [_apply_detail(_select_items(entry.artefact, query.items), query.detail, "all") for entry in matching]
    for entry in others:
        artefact = _partial_scheme(entry.artefact, used) if used is not None else entry.artefact
        answer.append(_apply_detail(artefact, query.detail, "reference"))
    return answer


def _check_types(query: StructureQuery) -> None:
    for kind in (query.kind, *query.references):
        if kind in ("*", *ARTEFACT_TYPES, *_RELATIONS):
            continue
        if kind in ARTEFACTS_NOT_OFFERED:
            if kind == query.kind:
                raise not_offered(kind)
            continue  # the node has no artefacts of this type, so the reference adds nothing
        near = unknown_name("artefact type", kind[:80], [*ARTEFACT_TYPES, *ARTEFACTS_NOT_OFFERED])
        raise BadInput(near.message, where=near.where, fix=near.fix, **near.values)


def _match_entries(catalogue: StructureCatalogue, query: StructureQuery) -> list[ArtefactEntry]:
    reference = query.reference
    named: dict[tuple[str, str, str], dict[str, ArtefactEntry]] = {}
    for entry in catalogue.entries.values():
        agency, id_ = str(entry.artefact.agency), entry.artefact.id
        if (
            query.kind in ("*", entry.kind)
            and ("*" in reference.agencies or agency in reference.agencies)
            and ("*" in reference.ids or id_ in reference.ids)
        ):
            named.setdefault((entry.kind, agency, id_), {})[entry.artefact.version] = entry
    return [group[version] for group in named.values() for version in match_versions(reference.versions, list(group))]


def _referenced(catalogue: StructureCatalogue, requested: set[str], references: tuple[str, ...]) -> list[str]:
    referenced: dict[str, None] = {}
    for relation in references:
        if relation == "none":
            continue
        if relation in _RELATIONS:
            referenced |= dict.fromkeys(_related(catalogue, requested, relation))
        else:
            around = {*_related(catalogue, requested, "all"), *_related(catalogue, requested, "ancestors")}
            referenced |= dict.fromkeys(
                urn for urn in catalogue.entries if urn in around and catalogue.entries[urn].kind == relation
            )
    return [urn for urn in catalogue.entries if urn in referenced]


def _related(catalogue: StructureCatalogue, requested: set[str], relation: str) -> set[str]:
    if relation == "children":
        return _children(catalogue, requested)
    if relation == "parents":
        return _parents(catalogue, requested)
    if relation in ("descendants", "ancestors"):
        step, urns, edge = _children if relation == "descendants" else _parents, set[str](), requested
        while edge := step(catalogue, edge) - urns:
            urns |= edge
        return urns
    parents = _parents(catalogue, requested)
    siblings = parents | _children(catalogue, parents)
    return siblings if relation == "parentsandsiblings" else siblings | _related(catalogue, requested, "descendants")


def _children(catalogue: StructureCatalogue, urns: Iterable[str]) -> set[str]:
    return {child for urn in urns for child in catalogue.entries[urn].children if child in catalogue.entries}


def _parents(catalogue: StructureCatalogue, urns: Iterable[str]) -> set[str]:
    children = set(urns)
    return {urn for urn, entry in catalogue.entries.items() if children & set(entry.children)}


# --- detail


def _select_items(artefact: MaintainableArtefact, items: tuple[str, ...]) -> MaintainableArtefact:
    if "*" in items:
        return artefact
    if not isinstance(artefact, ItemScheme):
        raise BadInput(N_("{id} has no items."), where="item", id=artefact.id)
    selected = [item for item in artefact.items if item.id in items]
    if not selected:
        raise Missing(N_("{id} has no item {items}."), id=artefact.id, items=",".join(items)[:80])
    return replace(artefact, items=selected, is_partial=True)


def _used_items(catalogue: StructureCatalogue, entries: list[ArtefactEntry]) -> dict[str, set[str]]:
    """Returns scheme id -> ids of the items that the dataflows and structures of the response use."""
    used: dict[str, set[str]] = {}
    ids = {entry.artefact.id for entry in entries if entry.kind in ("dataflow", "datastructure")}
    for structure in catalogue.structures.values():
        if structure.dataflow.id in ids:
            for codes in structure.code_lists:
                used.setdefault(codes.id, set()).update(code.id for code in codes)
            used.setdefault("CONCEPTS", {"OBS_VALUE"}).update(
                concept.id for concept in (*structure.dataflow.dimensions, *structure.dataflow.attributes)
            )
    return used


def _partial_scheme(artefact: MaintainableArtefact, used: dict[str, set[str]]) -> MaintainableArtefact:
    if not isinstance(artefact, (Codelist, ConceptScheme)) or artefact.id not in used:
        return artefact
    used_items = [item for item in artefact.items if item.id in used[artefact.id]]
    return replace(artefact, items=used_items, is_partial=len(used_items) < len(artefact.items))


def _apply_detail(artefact: MaintainableArtefact, detail: str, prefix: str) -> MaintainableArtefact:
    """Returns a stub if the detail asks for stubs of all artefacts, or of referenced ones and this is one."""
    stubs = ("allstubs", "allcompletestubs", *(() if prefix == "all" else ("referencestubs", "referencecompletestubs")))
    if detail not in stubs:
        return artefact
    if isinstance(artefact, ItemScheme):
        artefact = replace(artefact, items=[], is_partial=False)
    if isinstance(artefact, DataStructureDefinition):
        artefact = replace(artefact, components=Components([]))
    description = artefact.description if "complete" in detail else None
    stub: MaintainableArtefact = replace(artefact, is_external_reference=True, description=description)
    return stub


@lru_cache(maxsize=64)
def schema_artefacts(
    node: Node, releases: tuple[Release, ...]
) -> tuple[StructureCatalogue, list[MaintainableArtefact]]:
    """Returns the artefacts of a schema query: structures, and the codes and concepts that the releases use."""
    catalogue = build_catalogue(node, releases)
    query = StructureQuery(
        "datastructure", Reference(versions=("*",)), detail="referencepartial", references=("descendants",)
    )
    return catalogue, select_artefacts(catalogue, query)
