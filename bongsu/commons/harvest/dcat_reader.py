"""Reads a page of a DCAT-AP catalogue in RDF/XML, Turtle or JSON-LD.

Nothing is fetched while reading. External XML entities are refused. The external JSON-LD context of DCAT-AP is replaced by the
copy in tables/, any other is refused. Sources: SEMIC DCAT-AP 3.0.1; Hydra for pages.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node as Term

from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.harvest.record import (
    DeletedRecord,
    HarvestRecord,
    RecordOrigin,
    build_entry,
    first_year,
    language_tags,
    local_id,
    match_sectors,
)
from bongsu.core.errors import N_, BadInput

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
DCAT_CONTEXT = json.loads((files("bongsu.commons") / "tables" / "dcat-ap.context.json").read_text(encoding="utf-8"))
# rdflib logs every invalid date and address; the harvest report already lists the records that cannot be read.
logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
# External entities and entities that contain others; plain ones, which ontologies use for prefixes, are allowed.
_EXTERNAL_ENTITY = re.compile(
    rb"<!(?:ENTITY\s+(?:%|\S+\s+(?:SYSTEM|PUBLIC|\"[^\"]*&|'[^']*&))|DOCTYPE[^\[>]*\s(?:SYSTEM|PUBLIC)\s)",
    re.IGNORECASE,
)
_MAX_ENTITIES = 64
_SYNTAXES = {
    "application/rdf+xml": "xml",
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
}
# EU data theme (publications.europa.eu/resource/authority/data-theme) -> sector of the catalogue
_THEME_SECTORS = {
    "AGRI": "agriculture",
    "ECON": "economy",
    "EDUC": "education",
    "ENER": "energy",
    "ENVI": "climate",
    "GOVE": "government",
    "HEAL": "health",
    "JUST": "justice",
    "TECH": "science",
    "TRAN": "transport",
}
# EU language code (publications.europa.eu/resource/authority/language) -> BCP 47 tag; others are only lower-cased.
_AUTHORITY_LANGUAGES = {
    "ENG": "en",
    "FRA": "fr",
    "KOR": "ko",
    "DEU": "de",
    "SPA": "es",
    "ITA": "it",
    "NLD": "nl",
    "POR": "pt",
    "POL": "pl",
}


def rdf_syntax(data: bytes, type_: str) -> str:
    """Returns the RDF syntax of a document by its media type, or else by its first bytes; "" if it is not RDF."""
    named = _SYNTAXES.get(type_.partition(";")[0].strip().lower(), "")
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if named:
        return named
    if head.startswith((b"<?xml", b"<rdf:RDF", b"<!DOCTYPE rdf")) and b"rdf" in head[:4096].lower():
        return "xml"
    if head.startswith((b"@prefix", b"PREFIX", b"@base", b"prefix")):
        return "turtle"
    if head.startswith((b"{", b"[")) and (b"dcat" in data.lower()) and b'"@' in data:
        return "json-ld"
    return ""


def parse_graph(data: bytes, syntax: str, where: str) -> Graph:
    """Parses the triples of a document. Raises BadInput for invalid syntax and for external references."""
    if syntax == "xml" and b"\0" in data:  # UTF-16 would hide entities from the next check
        raise BadInput(N_("The file is not UTF-8 at byte {at}."), where=where, at=data.index(b"\0"))
    if syntax == "xml" and (_EXTERNAL_ENTITY.search(data) or data.count(b"<!ENTITY") > _MAX_ENTITIES):
        raise BadInput(N_("The XML declares external, nested or too many entities, and is not read."), where=where)
    graph = Graph(bind_namespaces="none")
    try:
        if syntax == "json-ld":
            with warnings.catch_warnings():  # rdflib's own parser uses deprecated functions
                warnings.simplefilter("ignore", DeprecationWarning)
                graph.parse(data=json.dumps(_inline_contexts(json.loads(data), where)), format="json-ld")
        else:
            graph.parse(data=data, format=syntax, publicID=where if where.startswith("http") else None)
    except BadInput:
        raise
    except Exception as wrong:  # noqa: BLE001 (rdflib's parsers raise whatever their syntax's library does)
        reason = " ".join(str(wrong).split())[:300]
        raise BadInput(N_("The RDF cannot be read: {reason}."), where=where, reason=reason) from None
    return graph


def _inline_contexts(document: Any, where: str) -> Any:
    """Returns the JSON-LD document with every context inside it."""
    if isinstance(document, list):
        return [_inline_contexts(item, where) for item in document]
    if not isinstance(document, dict):
        return document
    closed = {key: _inline_contexts(value, where) for key, value in document.items() if key != "@context"}
    if "@context" in document:
        given = document["@context"]
        closed["@context"] = [_inline_context(item, where) for item in (given if isinstance(given, list) else [given])]
    return closed


def _inline_context(item: Any, where: str) -> Any:
    if isinstance(item, str):
        if "dcat" in item.lower():
            return DCAT_CONTEXT["@context"]
        raise BadInput(
            N_("The JSON-LD context “{context}” is external and is not fetched."),
            where=where,
            fix=N_("Include the context in the document."),
            context=item,
        )
    if isinstance(item, dict):
        return {
            key: ({k: v for k, v in value.items() if k != "@context"} if isinstance(value, dict) else value)
            for key, value in item.items()
            if key != "@import"
        }
    return item


def list_datasets(graph: Graph, where: str) -> Iterator[tuple[str, tuple[Graph, Term]]]:
    """Yields every dataset of the graph with its place, in a fixed order."""
    for subject in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str):
        yield f"{where}, {subject}", (graph, subject)


def next_page_address(graph: Graph) -> str:
    """Returns the address of the next page (Hydra), or ""."""
    for predicate in (HYDRA.next, HYDRA.nextPage):
        for found in graph.objects(None, predicate):
            return str(found)
    return ""


def announced_records(graph: Graph) -> int | None:
    """Returns the number of datasets in the whole catalogue (Hydra); None if the page does not say it."""
    for predicate in (HYDRA.totalItems, HYDRA.itemsCount):
        for found in graph.objects(None, predicate):
            if str(found).isdecimal():
                return int(str(found))
    return None


def dataset_identifier(found: tuple[Graph, Term]) -> str:
    """Returns a dataset's identifier in its catalogue; "" if it has neither an identifier nor an address."""
    graph, subject = found
    return _text(graph, subject, DCTERMS.identifier) or ("" if isinstance(subject, BNode) else str(subject))


def read_dataset(found: tuple[Graph, Term], origin: RecordOrigin) -> HarvestRecord:
    """Reads a dataset of a graph. Raises BadInput if it has no title."""
    graph, subject = found
    identifier = dataset_identifier(found)
    statuses = {str(value).rpartition("/")[2].upper() for value in graph.objects(subject, ADMS.status)}
    if statuses & {"DEPRECATED", "WITHDRAWN", "DISCONTINUED"}:
        return DeletedRecord(local_id(origin.source, identifier))
    titles = _texts(graph, subject, DCTERMS.title)
    if not titles:
        raise BadInput(N_("The dataset has no title."), where=f"{origin.source}, {subject}")
    homepage = _text(graph, subject, DCAT.landingPage) or (str(subject) if isinstance(subject, URIRef) else "")
    return build_entry(
        origin,
        identifier or next(iter(titles.values())),
        _kind(graph, subject),
        titles,
        shows="its record in the catalogue",
        description=_texts(graph, subject, DCTERMS.description),
        homepage=homepage,
        organisation=_publisher(graph, subject),
        licence=", ".join(_licences(graph, subject)),
        year=first_year(_text(graph, subject, DCTERMS.issued)),
        languages=_languages(graph, subject),
        sectors=_sectors(graph, subject),
    )


def _kind(graph: Graph, subject: Term) -> str:
    """Returns the kind: a dataset, or the kind in the catalogue of another Bongsu node (…/catalogue/kinds/model)."""
    named = {str(type_).rpartition("/catalogue/kinds/")[2] for type_ in graph.objects(subject, DCTERMS.type)}
    return next((str(kind) for kind in EntryKind if str(kind) in named), "dataset")


def _text(graph: Graph, subject: Term, predicate: URIRef) -> str:
    return str(min(graph.objects(subject, predicate), key=str, default=""))


def _texts(graph: Graph, subject: Term, predicate: URIRef) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in sorted(graph.objects(subject, predicate), key=str):
        if isinstance(value, Literal) and str(value).strip():
            tags = language_tags(value.language or "en")
            found.setdefault(tags[0] if tags else "en", " ".join(str(value).split()))
    return found


def _publisher(graph: Graph, subject: Term) -> str:
    for agent in graph.objects(subject, DCTERMS.publisher):
        names = _texts(graph, agent, FOAF.name)
        if names:
            return names.get("en") or next(iter(names.values()))
    return ""


def _licences(graph: Graph, subject: Term) -> list[str]:
    """Returns the licences of the dataset and its distributions; for a licence document without an address, its title."""
    holders = [subject, *graph.objects(subject, DCAT.distribution)]
    found = []
    for holder in holders:
        for licence in graph.objects(holder, DCTERMS.license):
            found.append(_text(graph, licence, DCTERMS.title) if isinstance(licence, BNode) else str(licence))
    return sorted({licence for licence in found if licence})


def _languages(graph: Graph, subject: Term) -> list[str]:
    found = []
    for value in graph.objects(subject, DCTERMS.language):
        code = str(value).rstrip("/").rpartition("/")[2]
        found.append(_AUTHORITY_LANGUAGES.get(code, code.lower() if len(code) in (2, 3) else ""))
    return sorted(language_tags([tag for tag in found if tag]))


def _sectors(graph: Graph, subject: Term) -> list[str]:
    themes = [str(theme).rpartition("/")[2] for theme in graph.objects(subject, DCAT.theme)]
    keywords = [str(word) for word in graph.objects(subject, DCAT.keyword)]
    return sorted({_THEME_SECTORS[theme] for theme in themes if theme in _THEME_SECTORS} | set(match_sectors(keywords)))
