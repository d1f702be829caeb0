"""The node's catalogue as DCAT-AP 3.0.1, split into pages that are linked by Hydra.

A dataflow is a dcat:DatasetSeries, a release a dcat:Dataset in it, with its files as distributions and their checksums. An
entry is a dcat:Dataset with its kind as dct:type, because harvesters of DCAT-AP read datasets only. The classes of referenced
resources are included, so that a validator needs no other document. Source: SEMIC DCAT-AP 3.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node as Term

from bongsu.core.languages import LANGUAGES
from bongsu.core.structure import Structure
from bongsu.core.text import Text
from bongsu.publish.bulk_files import BulkFile
from bongsu.publish.catalogue import vocabularies
from bongsu.publish.catalogue.items import ENTRY, FLOW, Item
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.site_table import in_language

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")  # version 3, which rdflib does not list yet
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
_PREFIXES = {"adms": ADMS, "dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "hydra": HYDRA, "skos": SKOS, "spdx": SPDX}
_WITHDRAWN = f"{vocabularies.AUTHORITY}distribution-status/WITHDRAWN"
_WITHDRAWN_NAME = Text(en="Withdrawn", ko="철회됨", fr="Retiré")
_PROVISIONAL = f"{vocabularies.AUTHORITY}dataset-status/OP_DATPRO"  # "Provisional data"
_PROVISIONAL_NAME = Text(en="Provisional data", ko="잠정 자료", fr="Données provisoires")
_PROFILE = "http://data.europa.eu/r5r/"
SERVICES = (
    ("sdmx", "sdmx/", "https://sdmx.org/sdmx-rest/2.2.0", "SDMX REST 2.2"),
    ("sdmx-1.5", "sdmx/", "https://sdmx.org/sdmx-rest/1.5.0", "SDMX REST 1.5"),
    ("oai", "oai", "http://www.openarchives.org/OAI/2.0/", "OAI-PMH 2.0"),
)
_CATALOGUE_TITLE = Text(en="Catalogue of {node}", ko="{node} 목록", fr="Catalogue de {node}")
CATALOGUE_DESCRIPTION = Text(
    en="Releases of official statistics on AI's energy, AI and work, and the commons of public-interest AI.",
    ko="인공지능의 에너지, 인공지능과 일, 공익 인공지능 공유재에 관한 공식 통계의 공표.",
    fr="Statistiques officielles sur l’énergie de l’IA, l’IA et le travail, et les communs de l’IA d’intérêt public.",
)


@dataclass(frozen=True)
class CataloguePage:
    """A page of the catalogue: its number (from 1), the number of pages, the number of items, and the suffix of its format."""

    number: int
    page_count: int
    total: int
    suffix: str


class Publisher(NamedTuple):
    """The node's institution: its name by language ("" if the node has one name for all), and whether it has a contact page."""

    names: tuple[tuple[str, str], ...]
    has_contact_page: bool = False

    def name_in(self, language: str) -> str:
        """Returns the name in a language, or in another one."""
        return in_language(dict(self.names), language)


def describe_publisher(node: Node) -> Publisher:
    """Describes the node's institution."""
    names = node.site.name or {"": node.identity.name}
    return Publisher(tuple(names.items()), bool(node.site.contact))


def build_graph(
    publisher: Publisher, base: str, items: Sequence[Item], page: CataloguePage | None, changed: str
) -> Graph:
    """Builds the graph of these items, and of the catalogue if `page` is given. `base` ends with a slash."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    builder = _GraphBuilder(graph, base, publisher)
    if page:
        builder.add_catalogue(items, page, changed)
    for item in items:
        builder.add_item(item)
    return graph


def build_kind_graph(base: str, name: str) -> Graph:
    """Builds the graph of a kind of entries as a SKOS concept. Raises UnknownName."""
    graph = Graph(bind_namespaces="none")
    graph.bind("skos", SKOS)
    _GraphBuilder(graph, base, Publisher((("", ""),))).add_kind(name)
    graph.remove((URIRef(f"{base}#node"), None, None))
    return graph


class _GraphBuilder:
    """Adds items and the catalogue to a graph."""

    def __init__(self, graph: Graph, base: str, publisher: Publisher) -> None:
        self.graph, self.base, self.publisher = graph, base, publisher
        self.node = URIRef(f"{base}#node")
        self.add_agent(self.node, dict(publisher.names))

    def add(self, subject: Term, predicate: URIRef, value: Term | str) -> None:
        self.graph.add((subject, predicate, value if isinstance(value, URIRef | BNode | Literal) else Literal(value)))

    def add_texts(self, subject: Term, predicate: URIRef, texts: Mapping[str, str]) -> None:
        for language, text in texts.items():
            self.add(subject, predicate, Literal(text, lang=language))

    def add_reference(self, subject: Term, predicate: URIRef, address: str, kind: URIRef) -> None:
        """Adds a reference to a resource outside the document, with its class."""
        if address:
            self.add(subject, predicate, URIRef(address))
            self.add(URIRef(address), RDF.type, kind)

    def add_agent(self, subject: Term, names: Mapping[str, str]) -> None:
        self.add(subject, RDF.type, FOAF.Agent)
        for language, name in names.items():
            self.add(subject, FOAF.name, Literal(name, lang=language or None))

    def add_time(self, subject: Term, predicate: URIRef, moment: str) -> None:
        self.add(subject, predicate, Literal(moment, datatype=XSD.dateTime))

    def add_catalogue(self, items: Sequence[Item], page: CataloguePage, changed: str) -> None:
        """Adds the catalogue itself, its services, and links to the other pages."""
        catalogue = URIRef(f"{self.base}catalogue")
        self.add(catalogue, RDF.type, DCAT.Catalog)
        self.add_texts(catalogue, DCTERMS.title, _catalogue_title(self.publisher))
        self.add_texts(catalogue, DCTERMS.description, CATALOGUE_DESCRIPTION.translations())
        self.add(catalogue, DCTERMS.publisher, self.node)
        self.add_time(catalogue, DCTERMS.modified, changed)
        self.add_reference(catalogue, FOAF.homepage, self.base, FOAF.Document)
        self.add_reference(catalogue, DCTERMS.conformsTo, _PROFILE, DCTERMS.Standard)
        for language in LANGUAGES:
            self.add_reference(
                catalogue, DCTERMS.language, vocabularies.language_uri(language), DCTERMS.LinguisticSystem
            )
        scheme = URIRef(f"{vocabularies.AUTHORITY}data-theme")
        self.add_reference(catalogue, DCAT.themeTaxonomy, str(scheme), SKOS.ConceptScheme)
        self.add(scheme, DCTERMS.title, Literal("Data theme", lang="en"))
        for item in items:
            self.add(catalogue, DCAT.dataset, URIRef(self.base + item.path))
        for name, path, standard, title in SERVICES:
            service = URIRef(f"{self.base}catalogue#service-{name}")
            self.add(catalogue, DCAT.service, service)
            self.add(service, RDF.type, DCAT.DataService)
            self.add(service, DCTERMS.title, Literal(title, lang="en"))
            self.add(service, DCAT.endpointURL, URIRef(self.base + path))
            self.add(service, DCAT.endpointDescription, URIRef(_endpoint_description(name, self.base)))
            self.add_reference(service, DCTERMS.conformsTo, standard, DCTERMS.Standard)
            self.add(service, DCTERMS.publisher, self.node)
            for item in items if name.startswith("sdmx") else ():
                if item.kind == FLOW:
                    self.add(service, DCAT.servesDataset, URIRef(self.base + item.path))
        self._hydra(catalogue, page)

    def _hydra(self, catalogue: URIRef, page: CataloguePage) -> None:
        self.add(catalogue, HYDRA.totalItems, Literal(page.total))
        view = URIRef(f"{self.base}catalogue/{page.number}.{page.suffix}")
        self.add(catalogue, HYDRA.view, view)
        self.add(view, RDF.type, HYDRA.PartialCollectionView)
        for name, number in (
            ("first", 1),
            ("previous", page.number - 1),
            ("next", page.number + 1),
            ("last", page.page_count),
        ):
            if 1 <= number <= page.page_count:
                self.add(view, HYDRA[name], URIRef(f"{self.base}catalogue/{number}.{page.suffix}"))

    def add_item(self, item: Item) -> None:
        """Adds one item: a series, a release with its files, or an entry."""
        subject = URIRef(self.base + item.path)
        self.add(subject, RDF.type, DCAT.DatasetSeries if item.kind == FLOW else DCAT.Dataset)
        if item.kind == FLOW:
            self.add(subject, RDF.type, DCAT.Dataset)
        self.add(subject, DCTERMS.identifier, str(subject))
        self.add_texts(subject, DCTERMS.title, item.title)
        self.add_texts(subject, DCTERMS.description, item.description)
        self._publisher(subject, item)
        for area in item.areas:
            self._area(subject, area, item.structure)
        self._period(subject, item.period)
        for tag in item.languages:
            self.add_reference(subject, DCTERMS.language, vocabularies.language_uri(tag), DCTERMS.LinguisticSystem)
        for theme in sorted({vocabularies.theme_uri(one) for one in item.subjects} - {""}):
            self.add_reference(subject, DCAT.theme, theme, SKOS.Concept)
            self.add(URIRef(theme), SKOS.prefLabel, theme.rpartition("/")[2])
        for one in item.subjects:
            self.add(subject, DCAT.keyword, Literal(one, lang="en"))
        home = item.page if item.kind == ENTRY else f"{self.base}en/{item.page}"
        self.add_reference(subject, DCAT.landingPage, home, FOAF.Document)
        if item.kind == ENTRY:
            self._entry(subject, item)
        else:
            self._release(subject, item)

    def add_kind(self, name: str) -> URIRef:
        """Adds a kind of entries as a SKOS concept with its names. Raises UnknownName."""
        kind = URIRef(f"{self.base}catalogue/kinds/{name}")
        self.add(kind, RDF.type, SKOS.Concept)
        self.add_texts(kind, SKOS.prefLabel, code_lists()["CL_ENTRY_KIND"].get(name).name.translations())
        return kind

    def _publisher(self, subject: URIRef, item: Item) -> None:
        if item.kind != ENTRY:
            if item.publisher == self.publisher.name_in("en") and not item.source:
                self.add(subject, DCTERMS.publisher, self.node)
            else:  # sealed under another name, or by a peer
                self.add_named_publisher(subject, item)
            if settings.BONGSU_CONTACT or self.publisher.has_contact_page:
                contact = URIRef(f"{self.base}#contact")
                self.add_reference(subject, DCAT.contactPoint, str(contact), VCARD.Kind)
                self.add(contact, VCARD.fn, self.publisher.name_in("en"))
                if settings.BONGSU_CONTACT:
                    self.add(contact, VCARD.hasEmail, URIRef(f"mailto:{settings.BONGSU_CONTACT}"))
                if self.publisher.has_contact_page:
                    self.add(contact, VCARD.hasURL, URIRef(f"{self.base}en/contact/"))
        elif item.publisher:
            self.add_named_publisher(subject, item)

    def add_named_publisher(self, subject: URIRef, item: Item) -> None:
        """Adds a publisher of whom only the name is known."""
        agent = BNode()
        self.add(subject, DCTERMS.publisher, agent)
        self.add_agent(agent, {"": item.publisher})

    def _entry(self, subject: URIRef, item: Item) -> None:
        self.add(subject, DCTERMS.type, self.add_kind(item.type))
        if _YEAR.fullmatch(item.year):
            self.add(subject, DCTERMS.issued, Literal(item.year, datatype=XSD.gYear))
        self.add_time(subject, DCTERMS.modified, item.modified)
        for rel, href in item.links:
            if rel in ("repository", "download", "huggingface"):
                place = URIRef(f"{subject}#{rel}")
                self.add(subject, DCAT.distribution, place)
                self.add(place, RDF.type, DCAT.Distribution)
                self.add(place, DCAT.accessURL, URIRef(href))
                self.add_licence(place, item)
            elif rel in ("documentation", "paper"):
                self.add_reference(subject, FOAF.page, href, FOAF.Document)
        if not any(rel in ("repository", "download", "huggingface") for rel, _ in item.links):
            self.add_licence(subject, item)

    def _release(self, subject: URIRef, item: Item) -> None:
        self.add_time(subject, DCTERMS.issued, item.issued)
        self.add_time(subject, DCTERMS.modified, item.modified)
        for credit in item.credits:
            statement = BNode()
            self.add(subject, DCTERMS.provenance, statement)
            self.add(statement, RDF.type, DCTERMS.ProvenanceStatement)
            self.add(statement, RDFS.label, credit)
        if item.kind == FLOW:
            for number in item.members:
                self.add(subject, DCAT.seriesMember, URIRef(f"{self.base}catalogue/releases/{item.id}/{number}"))
            return
        if item.source:
            self.add(subject, DCTERMS.source, URIRef(item.source))
        else:
            self.add(subject, DCAT.inSeries, URIRef(f"{self.base}catalogue/flows/{item.series}"))
            self.add(URIRef(f"{self.base}catalogue/flows/{item.series}"), RDF.type, DCAT.DatasetSeries)
        self.add(subject, DCAT.version, item.version)
        for number in item.members:
            self.add(subject, DCAT.previousVersion, URIRef(f"{self.base}catalogue/releases/{item.series}/{number}"))
        for note in item.notes:
            self.add(subject, ADMS.versionNotes, Literal(note, lang="en"))
        if item.withdrawn:
            self._withdrawn(subject)
        elif item.status:
            self.add_reference(subject, ADMS.status, _PROVISIONAL, SKOS.Concept)
            self.add_texts(URIRef(_PROVISIONAL), SKOS.prefLabel, _PROVISIONAL_NAME.translations())
        self.add_texts(subject, ADMS.versionNotes, dict(item.status))
        for file in item.files:
            self._file(subject, item, file)

    def _withdrawn(self, subject: URIRef) -> None:
        self.add_reference(subject, ADMS.status, _WITHDRAWN, SKOS.Concept)
        self.add_texts(URIRef(_WITHDRAWN), SKOS.prefLabel, _WITHDRAWN_NAME.translations())

    def _file(self, subject: URIRef, item: Item, file: BulkFile) -> None:
        place = URIRef(f"{subject}#{file.format.suffix}")
        address = URIRef(f"{self.base.rstrip('/')}{file.address}")
        self.add(subject, DCAT.distribution, place)
        self.add(place, RDF.type, DCAT.Distribution)
        self.add(place, DCTERMS.title, Literal(file.format.title, lang="en"))
        self.add(place, DCAT.accessURL, address)
        self.add(place, DCAT.downloadURL, address)
        self.add(place, DCAT.byteSize, Literal(file.size, datatype=XSD.nonNegativeInteger))
        self.add_reference(
            place, DCAT.mediaType, vocabularies.media_type_uri(file.format.media_type), DCTERMS.MediaType
        )
        self.add_reference(
            place, DCTERMS["format"], vocabularies.file_type_uri(file.format.suffix), DCTERMS.MediaTypeOrExtent
        )
        self.add_reference(place, DCTERMS.conformsTo, file.format.standard, DCTERMS.Standard)
        self.add_time(place, DCTERMS.issued, item.issued)
        checksum = URIRef(f"{place}-sha256")
        self.add(place, SPDX.checksum, checksum)
        self.add(checksum, RDF.type, SPDX.Checksum)
        self.add_reference(checksum, SPDX.algorithm, str(SPDX.checksumAlgorithm_sha256), SPDX.ChecksumAlgorithm)
        self.add(checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
        if item.withdrawn:
            self._withdrawn(place)
        self.add_licence(place, item)

    def add_licence(self, subject: Term, item: Item) -> None:
        """Adds the licence: the SPDX URI of a single id, else a document with its text; nothing if none is declared."""
        address = vocabularies.licence_uri(item.licence)
        if address:
            self.add_reference(subject, DCTERMS.license, address, DCTERMS.LicenseDocument)
        elif item.licence:
            document = BNode()
            self.add(subject, DCTERMS.license, document)
            self.add(document, RDF.type, DCTERMS.LicenseDocument)
            self.add(document, DCTERMS.title, item.licence)

    def _area(self, subject: URIRef, area: str, structure: Structure | None) -> None:
        country = vocabularies.country_uri(area)
        if country:
            self.add_reference(subject, DCTERMS.spatial, country, DCTERMS.Location)
            return
        place = BNode()
        self.add(subject, DCTERMS.spatial, place)
        self.add(place, RDF.type, DCTERMS.Location)
        names = code_lists()["CL_AREA"]
        self.add_texts(place, SKOS.prefLabel, names.get(area).name.translations() if area in names else {"en": area})

    def _period(self, subject: URIRef, period: tuple[str, str]) -> None:
        first, last = (_date(one) for one in period)
        if first and last:
            time = BNode()
            self.add(subject, DCTERMS.temporal, time)
            self.add(time, RDF.type, DCTERMS.PeriodOfTime)
            self.add(time, DCAT.startDate, first)
            self.add(time, DCAT.endDate, last)


def _catalogue_title(publisher: Publisher) -> dict[str, str]:
    texts = _CATALOGUE_TITLE.translations()
    return {language: text.format(node=publisher.name_in(language)) for language, text in texts.items()}


def _endpoint_description(name: str, base: str) -> str:
    return f"{base}oai?verb=Identify" if name == "oai" else f"{base}sdmx/structure/dataflow/*/*/+"


_YEAR = re.compile("[0-9]{4}")
_MONTH = re.compile("[0-9]{4}-[0-9]{2}")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(period: str) -> Literal | None:
    """Returns an SDMX period as a year, month or day of XML Schema; any other period as its year."""
    for pattern, kind in ((_YEAR, XSD.gYear), (_MONTH, XSD.gYearMonth), (_DAY, XSD.date)):
        if pattern.fullmatch(period):
            return Literal(period, datatype=kind)
    year = _YEAR.match(period)
    return Literal(year.group(), datatype=XSD.gYear) if year else None


# Suffix of the address -> (media type, rdflib's name of the syntax).
SYNTAXES: dict[str, tuple[str, str]] = {
    "ttl": ("text/turtle", "turtle"),
    "rdf": ("application/rdf+xml", "xml"),
    "jsonld": ("application/ld+json", "json-ld"),
}


def serialize_graph(graph: Graph, end: str) -> bytes:
    """Serializes the graph in the syntax with this suffix in SYNTAXES."""
    options: dict[str, Any] = {"auto_compact": True, "sort_keys": True} if end == "jsonld" else {}
    return bytes(graph.serialize(format=SYNTAXES[end][1], encoding="utf-8", **options))
