"""The views of the SDMX service: parse the request, negotiate the format, respond."""

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
from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Release
from bongsu.publish.sdmx import availability as availabilities
from bongsu.publish.sdmx import content_negotiation, rest2, rest15, structure_message, xml_schema
from bongsu.publish.sdmx.content_negotiation import ChosenFormat
from bongsu.publish.sdmx.errors import not_offered
from bongsu.publish.sdmx.http_responses import (
    cached_response,
    last_modified,
    make_etag,
    message_response,
    no_content,
    not_modified,
    query_slot,
    sdmx_view,
    single_chunk,
)
from bongsu.publish.sdmx.message_plans import write_data_message
from bongsu.publish.sdmx.parameters import Parameters
from bongsu.publish.sdmx.queries import AvailabilityQuery, SchemaQuery, StructureQuery
from bongsu.publish.sdmx.release_matching import match_releases
from bongsu.publish.sdmx.structure_catalogue import StructureCatalogue
from bongsu.publish.sdmx.structures import query_catalogue, schema_artefacts, select_artefacts
from bongsu.store.node import Node

_VERSION = version("bongsu")


@dataclass(frozen=True)
class _RequestContext:
    """The node, the parameters and the language of a request."""

    node: Node
    parameters: Parameters
    language: str

    @classmethod
    def from_request(cls, request: HttpRequest) -> _RequestContext:
        language = get_language() or "en"
        node: Node = request.node  # type: ignore[attr-defined]
        return cls(node, Parameters(request.META["QUERY_STRING"]), language if language in LANGUAGES else "en")

    def format(
        self, request: HttpRequest, offered: tuple[content_negotiation.Format, ...], default: str
    ) -> ChosenFormat:
        named = self.parameters.text("format")
        return content_negotiation.negotiate_format(request.headers.get("Accept", ""), offered, default, named)


@sdmx_view
def data(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Observations: data/{context}/... of REST 2.x, data/{flow}/{key} of REST 1.5."""
    first = path.strip("/").split("/", 1)[0]
    old = first not in ("", "*", "dataflow", "datastructure", "provisionagreement")
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.DATA_FORMATS, "xml21" if old else settings.BONGSU_SDMX_FORMAT)
    agency = context.node.identity.agency
    query = rest15.parse_data(path, context.parameters, agency) if old else rest2.parse_data(path, context.parameters)
    releases = _list_releases(context.node, query.reference.ids)
    changed = last_modified(releases)
    etag = _query_etag(context, releases, query, chosen)
    if same := not_modified(request, etag, changed) or cached_response(
        request, chosen.format, etag, changed, context.language
    ):
        return same
    with query_slot():
        chunks = write_data_message(context.node, releases, query, chosen, context.language, etag)
        if chunks is not None:
            return message_response(request, chunks, chosen.format, etag, changed, context.language)
    if old:
        raise Missing(N_("No observation answers this query."))  # REST 1.5 has no 204
    return no_content(etag, changed)


def _query_etag(context: _RequestContext, releases: tuple[Release, ...], query: object, chosen: ChosenFormat) -> str:
    state = (f"{r.content} {r.number} {r.withdrawal} {r.affected}" for r in releases)
    return make_etag(_VERSION, context.node.identity, *state, query, chosen, context.language)


def _list_releases(node: Node, ids: tuple[str, ...]) -> tuple[Release, ...]:
    """Returns every release of these dataflows, on which the response depends."""
    if "*" in ids:
        return tuple(node.releases.all())
    return tuple(release for id_ in ids for release in node.releases.all(id_))


@sdmx_view
def structure(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Structural metadata, by REST 2.x."""
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.STRUCTURE_FORMATS, "xml")
    return _answer_structure(request, context, rest2.parse_structure(path, context.parameters), chosen)


@sdmx_view
def structure_rest15(request: HttpRequest, kind: str, path: str = "") -> HttpResponseBase:
    """Structural metadata, by REST 1.5."""
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.STRUCTURE_FORMATS, "xml21")
    query = rest15.parse_structure(kind, path, context.parameters, context.node.identity.agency)
    return _answer_structure(request, context, query, chosen)


def _answer_structure(
    request: HttpRequest, context: _RequestContext, query: StructureQuery, chosen: ChosenFormat
) -> HttpResponseBase:
    return _structure_response(request, context, _list_releases(context.node, ("*",)), query, chosen, _write_structure)


def _write_structure(
    node: Node, releases: tuple[Release, ...], query: StructureQuery, form: str, language: str, id_: str
) -> bytes:
    catalogue = query_catalogue(node, query)
    return _write_artefacts(node, select_artefacts(catalogue, query), catalogue, form, language, releases, id_)


def _write_artefacts(
    node: Node,
    artefacts: Sequence[MaintainableArtefact | AvailabilityConstraint],
    catalogue: StructureCatalogue,
    form: str,
    language: str,
    releases: tuple[Release, ...],
    id_: str,
) -> bytes:
    sender, prepared = node.identity.agency, last_modified(releases)
    return structure_message.write_structures(
        artefacts, catalogue, form, sender=sender, prepared=prepared, id_=f"S{id_}", language=language
    )


@sdmx_view
def availability(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The available data: values of dimensions and numbers of observations, by REST 2.x."""
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.STRUCTURE_FORMATS, "xml")
    return _answer_availability(request, context, rest2.parse_availability(path, context.parameters), chosen)


@sdmx_view
def availability_rest15(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The available data: values of dimensions and numbers of observations, by REST 1.5."""
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.STRUCTURE_FORMATS, "xml21")
    query = rest15.parse_availability(path, context.parameters, context.node.identity.agency)
    return _answer_availability(request, context, query, chosen)


def _answer_availability(
    request: HttpRequest, context: _RequestContext, query: AvailabilityQuery, chosen: ChosenFormat
) -> HttpResponseBase:
    releases = _list_releases(context.node, query.data.reference.ids)
    return _structure_response(request, context, releases, query, chosen, _write_availability)


def _write_availability(
    node: Node, releases: tuple[Release, ...], query: AvailabilityQuery, form: str, language: str, id_: str
) -> bytes:
    available = availabilities.find_availability(node, query)
    return _write_artefacts(node, available.artefacts, available.catalogue, form, language, releases, id_)


@sdmx_view
def schema(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The schema of a dataflow's messages, by either REST version."""
    old = "version=2.1" in request.headers.get("Accept", "")
    context = _RequestContext.from_request(request)
    chosen = context.format(request, content_negotiation.SCHEMA_FORMATS, "xsd")
    agency = context.node.identity.agency
    query = (
        rest15.parse_schema(path, context.parameters, agency) if old else rest2.parse_schema(path, context.parameters)
    )
    releases = _list_releases(context.node, query.reference.ids)
    return _structure_response(request, context, releases, query, chosen, _write_schema)


def _write_schema(
    node: Node, releases: tuple[Release, ...], query: SchemaQuery, form: str, language: str, id_: str
) -> bytes:
    [release] = match_releases(node, query.reference, query.as_of)
    if form in ("xsd", "xsd21"):
        structure = node.releases.structure(release)
        return xml_schema.write_schema(structure, query, release.agency, old=form == "xsd21")
    catalogue, artefacts = schema_artefacts(node, (release,))
    return _write_artefacts(node, artefacts, catalogue, form, language, releases, id_)


def _structure_response(
    request: HttpRequest,
    context: _RequestContext,
    releases: tuple[Release, ...],
    query: object,
    chosen: ChosenFormat,
    write: Callable[..., bytes],
) -> HttpResponseBase:
    """Returns the response to a query about structures: 304, the cached response, or the result of `write`."""
    changed = last_modified(releases)
    etag = _query_etag(context, releases, query, chosen)
    if same := not_modified(request, etag, changed) or cached_response(
        request, chosen.format, etag, changed, context.language
    ):
        return same
    body = write(context.node, releases, query, chosen.format.name, context.language, etag)
    return message_response(request, single_chunk(body), chosen.format, etag, changed, context.language)


@sdmx_view
def refuse_resource(request: HttpRequest, kind: str, path: str = "") -> HttpResponseBase:
    """Refuses a part of the standard that this node does not support."""
    raise not_offered(kind)


@sdmx_view
def unknown_address(request: HttpRequest) -> HttpResponseBase:
    """Refuses an address that is not part of the standard."""
    raise Missing(
        N_("This address does not exist."), fix=N_("Addresses begin with data, structure, availability or schema.")
    )
