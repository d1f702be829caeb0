"""Parses SDMX-REST 2.x paths and parameters into queries.

data/{context}/{agency}/{id}/{version}/{key}                    ? c[...] updatedAfter asOf includeHistory ...
availability/{context}/{agency}/{id}/{version}/{key}/{component} ? c[...] updatedAfter references mode
schema/{context}/{agency}/{id}/{version}                        ? dimensionAtObservation asOf
structure/{type}/{agency}/{id}/{version}/{item}                 ? detail references
"""

from __future__ import annotations

from bongsu.core.errors import N_, BadInput
from bongsu.publish.sdmx.errors import not_offered
from bongsu.publish.sdmx.filters import parse_keys
from bongsu.publish.sdmx.parameters import Parameters, split_path
from bongsu.publish.sdmx.queries import AvailabilityQuery, DataQuery, Reference, SchemaQuery, StructureQuery

_CONTEXTS = ("*", "dataflow", "datastructure", "provisionagreement")
DETAILS = (
    "full",
    "allstubs",
    "referencestubs",
    "allcompletestubs",
    "referencecompletestubs",
    "referencepartial",
    "raw",
)
_DATA = {"context": "*", "agency": "*", "id": "*", "version": "*", "key": "*"}
_DATA_PARAMETERS = (
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "attributes",
    "measures",
    "includeHistory",
    "offset",
    "limit",
    "sort",
    "asOf",
    "reportingYearStartDay",
    "format",
)


def parse_data(path: str, parameters: Parameters) -> DataQuery:
    """Parses data/{path}. Raises BadInput naming the wrong path segment or parameter."""
    parts = split_path(path, _DATA)
    query = DataQuery(
        context=_context(parts["context"]),
        reference=_reference(parts),
        keys=parse_keys(parts["key"]),
        filters=parameters.filters(),
        updated_after=parameters.moment("updatedAfter"),
        first=parameters.count("firstNObservations") or 0,
        last=parameters.count("lastNObservations") or 0,
        dimension_at_observation=parameters.text("dimensionAtObservation"),
        attributes=parameters.texts("attributes", "dsd"),
        measures=parameters.texts("measures", "all"),
        include_history=parameters.flag("includeHistory"),
        offset=parameters.count("offset", least=0) or 0,
        limit=parameters.count("limit"),
        sort=_sort(parameters.text("sort")),
        as_of=parameters.moment("asOf"),
    )
    _no_reporting_year(parameters)
    parameters.refuse_unused(_DATA_PARAMETERS)
    if query.as_of and query.updated_after > query.as_of:
        raise BadInput(N_("updatedAfter is later than asOf."), where="updatedAfter")
    return query


def parse_availability(path: str, parameters: Parameters) -> AvailabilityQuery:
    """Parses availability/{path}."""
    parts = split_path(path, {**_DATA, "component": "*"})
    query = AvailabilityQuery(
        DataQuery(
            context=_context(parts["context"]),
            reference=_reference(parts),
            keys=parse_keys(parts["key"]),
            filters=parameters.filters(),
            updated_after=parameters.moment("updatedAfter"),
        ),
        components=tuple(parts["component"].split(",")),
        references=parameters.texts("references", "none"),
        mode=parameters.one_of("mode", ("exact", "available")),
    )
    _no_reporting_year(parameters)
    parameters.refuse_unused(("updatedAfter", "references", "mode", "reportingYearStartDay", "format"))
    return query


def parse_schema(path: str, parameters: Parameters) -> SchemaQuery:
    """Parses schema/{path}."""
    parts = split_path(path, {"context": "", "agency": "", "id": "", "version": "~"})
    if not parts["id"]:
        raise BadInput(N_("The address of a schema must be schema/dataflow/AGENCY/ID/VERSION."))
    query = SchemaQuery(
        context=_context(parts["context"]),
        reference=_reference(parts),
        dimension_at_observation=parameters.text("dimensionAtObservation"),
        as_of=parameters.moment("asOf"),
    )
    if parameters.flag("deletion"):
        raise not_offered("deletion")
    parameters.refuse_unused(("dimensionAtObservation", "asOf", "deletion", "format"))
    return query


def parse_structure(path: str, parameters: Parameters) -> StructureQuery:
    """Parses structure/{path}."""
    parts = split_path(path, {"type": "*", "agency": "*", "id": "*", "version": "~", "item": "*"})
    query = StructureQuery(
        kind="*" if parts["type"] in ("*", "all", "structure") else parts["type"],
        reference=_reference(parts),
        items=tuple(parts["item"].split(",")),
        detail=parameters.one_of("detail", DETAILS),
        references=parameters.texts("references", "none"),
        as_of=parameters.moment("asOf"),
    )
    parameters.refuse_unused(("detail", "references", "asOf", "format"))
    return query


def _context(text: str) -> str:
    if text not in _CONTEXTS:
        raise BadInput(
            N_("“{value}” is not a valid choice. Valid choices: {choices}."),
            where="context",
            value=text[:80],
            choices=", ".join(_CONTEXTS),
        )
    if text == "provisionagreement":
        raise not_offered(text)
    return text


def _reference(parts: dict[str, str]) -> Reference:
    agencies, ids = (
        tuple("*" if value == "all" else value for value in parts[name].split(",")) for name in ("agency", "id")
    )
    versions = tuple("~" if value == "latest" else value for value in parts["version"].split(","))
    return Reference(agencies, ids, versions)


def _sort(text: str) -> tuple[tuple[str, bool], ...]:
    order_by = []
    for part in filter(None, text.split("+")):
        name, _, order = part.partition(":")
        if not name or order not in ("", "asc", "desc"):
            raise BadInput(
                N_("“{part}” is not a valid sort order."),
                where="sort",
                fix=N_("Write TIME_PERIOD:desc+REF_AREA."),
                part=part[:80],
            )
        order_by.append((name, order == "desc"))
    return tuple(order_by)


def _no_reporting_year(parameters: Parameters) -> None:
    if parameters.text("reportingYearStartDay"):
        raise not_offered("reportingYearStartDay")
