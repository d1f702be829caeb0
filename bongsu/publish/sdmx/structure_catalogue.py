"""The SDMX artefacts of a node's releases, and the references between them.

pysdmx supports names in one language and no parents of codes. Names are therefore marks, which `structure_message` replaces
by the text in every language, and for codes also by the parent.

A code list is the complete list of the definitions plus the codes of every release; partial lists are cut on request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pysdmx.model import (
    Agency,
    AgencyScheme,
    Categorisation,
    Category,
    CategoryScheme,
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Role,
)
from pysdmx.model.__base import MaintainableArtefact

from bongsu.core.codes import CodeList
from bongsu.core.release import Release
from bongsu.core.structure import NUMERIC_COLUMNS, OPTIONAL_COLUMNS, TIME, VALUE, Structure
from bongsu.core.structure import Concept as HouseConcept
from bongsu.core.text import Text
from bongsu.publish.sdmx.affected import served_structure
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists, concepts

CONCEPT_SCHEME_ID, PROGRAMME_SCHEME_ID = "CONCEPTS", "PROGRAMMES"
_URN = "urn:sdmx:org.sdmx.infomodel"
# kind -> class name in the URN
URN_CLASSES = {
    "agencyscheme": "base.AgencyScheme",
    "categorisation": "categoryscheme.Categorisation",
    "categoryscheme": "categoryscheme.CategoryScheme",
    "codelist": "codelist.Codelist",
    "conceptscheme": "conceptscheme.ConceptScheme",
    "dataflow": "datastructure.Dataflow",
    "datastructure": "datastructure.DataStructure",
}
_PROGRAMMES = Text(en="Programmes", ko="프로그램", fr="Programmes")
_CONCEPT_SCHEME = Text(en="Concepts", ko="개념", fr="Concepts")
_AGENCIES = Text(en="Agencies", ko="기관", fr="Organismes")


@dataclass(frozen=True)
class ArtefactEntry:
    """An artefact, its kind, and the URNs of the artefacts that it references."""

    kind: str
    artefact: MaintainableArtefact
    children: tuple[str, ...]

    @property
    def urn(self) -> str:
        """Returns the artefact's URN."""
        return make_urn(self.kind, str(self.artefact.agency), self.artefact.id, self.artefact.version)


@dataclass(frozen=True)
class StructureCatalogue:
    """The artefacts by URN, the texts by mark, and the structures by the URN of their dataflow."""

    entries: dict[str, ArtefactEntry] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)  # mark of a code's name -> parent code
    structures: dict[str, Structure] = field(default_factory=dict)

    def mark(self, text: Text) -> str:
        """Returns the mark that represents a text."""
        self.texts.append(text)
        return f"⟦{len(self.texts) - 1}⟧"

    def add(self, kind: str, artefact: MaintainableArtefact, children: Sequence[str] = ()) -> None:
        """Adds an artefact unless it is already present."""
        entry = ArtefactEntry(kind, artefact, tuple(dict.fromkeys(children)))
        self.entries.setdefault(entry.urn, entry)

    def code_list(self, codes: CodeList, agency: str, *, partial: bool = False) -> Codelist:
        """Converts a code list to an artefact."""
        items = [Code(id=code.id, name=self.mark(code.name)) for code in codes]
        self.parents.update(
            {str(item.name): code.parent for item, code in zip(items, codes, strict=True) if code.parent}
        )
        return Codelist(
            id=codes.id,
            name=self.mark(codes.name),
            agency=agency,
            version=codes.version,
            items=items,
            is_partial=partial,
        )


def make_urn(kind: str, agency: str, id_: str, version: str) -> str:
    """Returns the URN of an artefact."""
    return f"{_URN}.{URN_CLASSES[kind]}={agency}:{id_}({version})"


@lru_cache(maxsize=16)
def build_catalogue(node: Node, releases: tuple[Release, ...]) -> StructureCatalogue:
    """Builds the catalogue of these releases, one per agency, dataflow and version.

    Releases keep the agency that sealed them, so a node that changed its agency has the artefacts of several.
    """
    catalogue = StructureCatalogue()
    agencies = make_urn("agencyscheme", "SDMX", "AGENCIES", "1.0")
    sealed = dict.fromkeys(release.agency for release in releases) or {node.identity.agency: None}
    for agency in sealed:
        structures = [served_structure(node, release) for release in releases if release.agency == agency]
        for codes in _code_lists(structures):
            catalogue.add("codelist", catalogue.code_list(codes, agency), [agencies])
        _add_concepts(catalogue, structures, agency, agencies)
        for structure in structures:
            _add_dataflow(catalogue, structure, agency, agencies)
        _add_programmes(catalogue, structures, agency, agencies)
    members = [Agency(id=agency, name=_name_agency(node, releases, agency)) for agency in sealed]
    catalogue.add("agencyscheme", AgencyScheme(agency="SDMX", name=catalogue.mark(_AGENCIES), items=members))
    return catalogue


def _name_agency(node: Node, releases: Sequence[Release], agency: str) -> str:
    """Returns the name of an agency: the node's own, or that of who sealed its newest release."""
    if agency != node.identity.agency:
        for release in reversed(releases):
            sealer = node.releases.manifest(release, verified=False).sealed_by
            if release.agency == agency and sealer:
                return sealer.name["en"]
    return node.identity.name


def _code_lists(structures: Sequence[Structure]) -> list[CodeList]:
    """Returns each code list that a dataflow uses, with codes that only older releases have."""
    merged: dict[tuple[str, str], CodeList] = {}
    for structure in structures:
        for codes in structure.code_lists:
            key = codes.id, codes.version
            current = code_lists().get(codes.id)
            whole = merged.get(key) or (current if current and current.version == codes.version else codes)
            older_codes = tuple(code for code in codes if code.id not in whole)
            merged[key] = CodeList(whole.id, whole.version, whole.name, (*whole.codes, *older_codes), whole.source)
    return list(merged.values())


def _add_concepts(catalogue: StructureCatalogue, structures: Sequence[Structure], agency: str, agencies: str) -> None:
    concepts_by_id: dict[str, HouseConcept] = {VALUE: concepts()[VALUE]}
    lists: dict[str, str] = {}
    for structure in structures:
        lists |= {codes.id: make_urn("codelist", agency, codes.id, codes.version) for codes in structure.code_lists}
        concepts_by_id |= {
            concept.id: concept for concept in (*structure.dataflow.dimensions, *structure.dataflow.attributes)
        }
    items = [
        Concept(
            id=concept.id,
            name=catalogue.mark(concept.name),
            description=catalogue.mark(concept.definition),
            dtype=None if concept.code_list in lists else data_type(concept.id),
            enum_ref=lists.get(concept.code_list),
        )
        for concept in sorted(concepts_by_id.values(), key=lambda concept: concept.id)
    ]
    scheme = ConceptScheme(
        id=CONCEPT_SCHEME_ID, name=catalogue.mark(_CONCEPT_SCHEME), agency=agency, version="1.0", items=items
    )
    catalogue.add("conceptscheme", scheme, [*sorted(lists.values()), agencies])


def _add_dataflow(catalogue: StructureCatalogue, structure: Structure, agency: str, agencies: str) -> None:
    flow = structure.dataflow
    lists = {codes.id: make_urn("codelist", agency, codes.id, codes.version) for codes in structure.code_lists}
    definition = make_urn("datastructure", agency, flow.id, flow.version)
    name = catalogue.mark(flow.name)
    parts = [
        *(_component(concept, Role.DIMENSION, agency, lists) for concept in flow.dimensions),
        _component(concepts()[VALUE], Role.MEASURE, agency, lists),
        *(_component(concept, Role.ATTRIBUTE, agency, lists) for concept in flow.attributes),
    ]
    components = Components(parts)
    catalogue.add(
        "datastructure",
        DataStructureDefinition(id=flow.id, agency=agency, version=flow.version, name=name, components=components),
        [make_urn("conceptscheme", agency, CONCEPT_SCHEME_ID, "1.0"), *lists.values(), agencies],
    )
    catalogue.add(
        "dataflow",
        Dataflow(
            id=flow.id,
            agency=agency,
            version=flow.version,
            name=name,
            description=catalogue.mark(flow.description),
            structure=definition,
        ),
        [definition, agencies],
    )
    catalogue.structures[make_urn("dataflow", agency, flow.id, flow.version)] = structure


def _component(concept: HouseConcept, role: Role, agency: str, lists: dict[str, str]) -> Component:
    enumeration = lists.get(concept.code_list)
    return Component(
        id=concept.id,
        required=concept.id not in OPTIONAL_COLUMNS,
        role=role,
        concept=ItemReference("Concept", agency, CONCEPT_SCHEME_ID, "1.0", concept.id),
        local_dtype=None if enumeration else data_type(concept.id),
        local_enum_ref=enumeration,
        attachment_level="O" if role is Role.ATTRIBUTE else None,
    )


def data_type(column: str) -> DataType:
    """Returns the data type of a column without a code list."""
    return DataType.PERIOD if column == TIME else DataType.DOUBLE if column in NUMERIC_COLUMNS else DataType.STRING


def _add_programmes(catalogue: StructureCatalogue, structures: Sequence[Structure], agency: str, agencies: str) -> None:
    """Adds the programmes as categories, so that a client can browse dataflows by subject."""
    names = sorted({structure.dataflow.programme for structure in structures})
    scheme = make_urn("categoryscheme", agency, PROGRAMME_SCHEME_ID, "1.0")
    items = [Category(id=name, name=name.capitalize()) for name in names]
    catalogue.add(
        "categoryscheme",
        CategoryScheme(
            id=PROGRAMME_SCHEME_ID, name=catalogue.mark(_PROGRAMMES), agency=agency, version="1.0", items=items
        ),
        [agencies],
    )
    for structure in structures:
        flow = structure.dataflow
        source = make_urn("dataflow", agency, flow.id, flow.version)
        catalogue.add(
            "categorisation",
            Categorisation(
                id=f"{flow.programme}_{flow.id}",
                name=catalogue.mark(flow.name),
                agency=agency,
                version="1.0",
                source=source,
                target=f"{scheme.replace('CategoryScheme=', 'Category=')}.{flow.programme}",
            ),
            [source, scheme, agencies],
        )
