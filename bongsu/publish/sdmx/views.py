"""The views of the SDMX surface: parse, negotiate, answer. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language
from pysdmx.model import AvailabilityConstraint
from pysdmx.model.__base import MaintainableArtefact

from bongsu.core.errors import N_, Missing
from bongsu.core.release import Release
from bongsu.core.text import LANGUAGES
from bongsu.publish.sdmx import availability as availabilities
from bongsu.publish.sdmx import (
    formats,
    rest2,
    rest15,
    structure_message,
    table_message,
    xml_schema,
)
from bongsu.publish.sdmx.answers import again, changed_at, nothing, once, sdmx, tag, turn, unchanged, whole
from bongsu.publish.sdmx.catalogue import Catalogue
from bongsu.publish.sdmx.errors import not_offered
from bongsu.publish.sdmx.formats import Chosen
from bongsu.publish.sdmx.message import written
from bongsu.publish.sdmx.parameters import Parameters
from bongsu.publish.sdmx.plans import plan
from bongsu.publish.sdmx.queries import AvailabilityQuery, SchemaQuery, StructureQuery
from bongsu.publish.sdmx.slices import datasets, meant
from bongsu.publish.sdmx.structures import answered, known, partial
from bongsu.store.node import Node

_VERSION = version("bongsu")


@dataclass(frozen=True)
class _Asked:
    """What every request brings along: the node, its parameters, its language, its REST version."""

    node: Node
    parameters: Parameters
    language: str
    old: bool

    @classmethod
    def of(cls, request: HttpRequest, *, old: bool) -> _Asked:
        language = get_language() or "en"
        node: Node = request.node  # type: ignore[attr-defined]
        return cls(node, Parameters(request.META["QUERY_STRING"]), language if language in LANGUAGES else "en", old)

    def format(self, request: HttpRequest, offered: tuple[formats.Format, ...], default: str) -> Chosen:
        named = self.parameters.text("format")
        return formats.negotiated(request.headers.get("Accept", ""), offered, default, named)


@sdmx
def data(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Observations: data/{context}/... of REST 2.x, data/{flow}/{key} of REST 1.5."""
    first = path.strip("/").split("/", 1)[0]
    old = first not in ("", "*", "dataflow", "datastructure", "provisionagreement")
    asked = _Asked.of(request, old=old)
    chosen = asked.format(request, formats.DATA, "xml21" if old else settings.BONGSU_SDMX_FORMAT)
    agency = asked.node.identity.agency
    query = rest15.data(path, asked.parameters, agency) if old else rest2.data(path, asked.parameters)
    releases = _releases(asked.node, query.reference.ids)
    changed = changed_at(releases)
    etag = _tag(asked, releases, query, chosen)
    if same := unchanged(request, etag, changed) or again(request, chosen.format, etag, changed, asked.language):
        return same
    with turn():
        if chosen.format.name in ("parquet", "arrow"):
            chunks = table_message.written(asked.node, datasets(asked.node, query), chosen.format.name)
        else:
            parts, values = plan(asked.node, releases, query, chosen, asked.language, etag)
            chunks = written(asked.node.engine, parts, values) if parts else None
        if chunks is not None:
            return whole(request, chunks, chosen.format, etag, changed, asked.language)
    if old:
        raise Missing(N_("No observation answers this query."))  # REST 1.5 has no 204
    return nothing(etag, changed)


def _tag(asked: _Asked, releases: tuple[Release, ...], query: object, chosen: Chosen) -> str:
    state = (f"{r.content} {r.number} {r.withdrawal}" for r in releases)
    return tag(_VERSION, asked.node.identity, *state, query, chosen, asked.language)


def _releases(node: Node, ids: tuple[str, ...]) -> tuple[Release, ...]:
    """What an answer depends on: every release of the dataflows that are named."""
    if "*" in ids:
        return tuple(node.releases.all())
    return tuple(release for id_ in ids for release in node.releases.all(id_))


@sdmx
def structure(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Artefacts, by REST 2.x."""
    asked = _Asked.of(request, old=False)
    chosen = asked.format(request, formats.STRUCTURE, "xml")
    return _structure(request, asked, rest2.structure(path, asked.parameters), chosen)


@sdmx
def old_structure(request: HttpRequest, kind: str, path: str = "") -> HttpResponseBase:
    """Artefacts, by REST 1.5."""
    asked = _Asked.of(request, old=True)
    chosen = asked.format(request, formats.STRUCTURE, "xml21")
    query = rest15.structure(kind, path, asked.parameters, asked.node.identity.agency)
    return _structure(request, asked, query, chosen)


def _structure(request: HttpRequest, asked: _Asked, query: StructureQuery, chosen: Chosen) -> HttpResponseBase:
    return _told(request, asked, _releases(asked.node, ("*",)), query, chosen, _structures)


def _structures(
    node: Node, releases: tuple[Release, ...], query: StructureQuery, form: str, language: str, id_: str
) -> bytes:
    made = known(node, query)
    return _structure_message(node, answered(made, query), made, form, language, releases, id_)


def _structure_message(
    node: Node,
    artefacts: Sequence[MaintainableArtefact | AvailabilityConstraint],
    made: Catalogue,
    form: str,
    language: str,
    releases: tuple[Release, ...],
    id_: str,
) -> bytes:
    sender, prepared = node.identity.agency, changed_at(releases)
    return structure_message.written(
        artefacts, made, form, sender=sender, prepared=prepared, id_=f"S{id_}", language=language
    )


@sdmx
def availability(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """What data there are, by REST 2.x."""
    asked = _Asked.of(request, old=False)
    chosen = asked.format(request, formats.STRUCTURE, "xml")
    return _availability(request, asked, rest2.availability(path, asked.parameters), chosen)


@sdmx
def old_availability(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """What data there are, by REST 1.5."""
    asked = _Asked.of(request, old=True)
    chosen = asked.format(request, formats.STRUCTURE, "xml21")
    query = rest15.availability(path, asked.parameters, asked.node.identity.agency)
    return _availability(request, asked, query, chosen)


def _availability(request: HttpRequest, asked: _Asked, query: AvailabilityQuery, chosen: Chosen) -> HttpResponseBase:
    releases = _releases(asked.node, query.data.reference.ids)
    return _told(request, asked, releases, query, chosen, _available)


def _available(
    node: Node, releases: tuple[Release, ...], query: AvailabilityQuery, form: str, language: str, id_: str
) -> bytes:
    found = availabilities.available(node, query)
    return _structure_message(node, found.artefacts, found.made, form, language, releases, id_)


@sdmx
def schema(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """What data of a dataflow must look like, by either REST version."""
    old = "version=2.1" in request.headers.get("Accept", "")
    asked = _Asked.of(request, old=old)
    chosen = asked.format(request, formats.SCHEMA, "xsd")
    agency = asked.node.identity.agency
    query = rest15.schema(path, asked.parameters, agency) if old else rest2.schema(path, asked.parameters)
    releases = _releases(asked.node, query.reference.ids)
    return _told(request, asked, releases, query, chosen, _schema)


def _schema(node: Node, releases: tuple[Release, ...], query: SchemaQuery, form: str, language: str, id_: str) -> bytes:
    [release] = meant(node, query.reference, query.as_of)
    if form in ("xsd", "xsd21"):
        structure = node.releases.structure(release)
        return xml_schema.written(structure, query, node.identity.agency, old=form == "xsd21")
    made, artefacts = partial(node, (release,))
    return _structure_message(node, artefacts, made, form, language, releases, id_)


def _told(
    request: HttpRequest,
    asked: _Asked,
    releases: tuple[Release, ...],
    query: object,
    chosen: Chosen,
    write: Callable[..., bytes],
) -> HttpResponseBase:
    """The answer to a question about structures: not changed, or what `write` makes of it."""
    changed = changed_at(releases)
    etag = _tag(asked, releases, query, chosen)
    if same := unchanged(request, etag, changed) or again(request, chosen.format, etag, changed, asked.language):
        return same
    body = write(asked.node, releases, query, chosen.format.name, asked.language, etag)
    return whole(request, once(body), chosen.format, etag, changed, asked.language)


@sdmx
def elsewhere(request: HttpRequest, kind: str, path: str = "") -> HttpResponseBase:
    """Parts of the standard that this node does not answer."""
    raise not_offered(kind)


@sdmx
def nowhere(request: HttpRequest) -> HttpResponseBase:
    """An address that is no part of the standard."""
    raise Missing(N_("This address does not exist."), fix=N_("Begin with data, structure, availability or schema."))
