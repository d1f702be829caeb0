"""Parses SDMX-REST 1.5 paths, used by clients of SDMX 2.1, into the same queries as rest2.py.

    data/{flow}/{key}/{provider}                          ? startPeriod endPeriod detail ...
    availableconstraint/{flow}/{key}/{provider}/{component}
    {type}/{agency}/{id}/{version}/{item}                 ? detail references

{flow} is ID, AGENCY,ID or AGENCY,ID,VERSION. Older clients send their own name for a source as the agency
(docs/decisions/0092), so an unknown agency matches any agency.
"""

from __future__ import annotations

from dataclasses import replace

from bongsu.core.errors import N_, BadInput
from bongsu.publish.sdmx.filters import Condition, Filter, parse_keys
from bongsu.publish.sdmx.parameters import Parameters, split_path
from bongsu.publish.sdmx.queries import AvailabilityQuery, DataQuery, Reference, SchemaQuery, StructureQuery
from bongsu.publish.sdmx.rest2 import DETAILS

_ANY = ("all", "*")
# detail -> (attributes, measures)
_DETAIL = {
    "full": (("dsd",), ("all",)),
    "dataonly": (("none",), ("all",)),
    "nodata": (("dsd",), ("none",)),
    "serieskeysonly": (("none",), ("none",)),
}


def parse_data(path: str, parameters: Parameters, agency: str) -> DataQuery:
    """Parses data/{path}; `agency` is the node's own agency id."""
    parts = split_path(path, {"flow": "", "key": "all", "provider": "all"})
    attributes, measures = _DETAIL[parameters.one_of("detail", _DETAIL)]
    query = replace(
        _data_query(parts, parameters, agency),
        first=parameters.count("firstNObservations") or 0,
        last=parameters.count("lastNObservations") or 0,
        dimension_at_observation=parameters.text("dimensionAtObservation"),
        attributes=attributes,
        measures=measures,
        include_history=parameters.flag("includeHistory"),
    )
    parameters.refuse_unused(
        ("startPeriod", "endPeriod", "updatedAfter", "firstNObservations", "lastNObservations",
         "dimensionAtObservation", "detail", "includeHistory", "format")
    )  # fmt: skip
    return query


def parse_availability(path: str, parameters: Parameters, agency: str) -> AvailabilityQuery:
    """Parses availableconstraint/{path}."""
    parts = split_path(path, {"flow": "", "key": "all", "provider": "all", "component": "all"})
    query = AvailabilityQuery(
        _data_query(parts, parameters, agency),
        components=("*",) if parts["component"] in _ANY else (parts["component"],),
        references=parameters.texts("references", "none"),
        mode=parameters.one_of("mode", ("exact", "available")),
    )
    parameters.refuse_unused(("startPeriod", "endPeriod", "updatedAfter", "references", "mode", "format"))
    return query


def parse_schema(path: str, parameters: Parameters, agency: str) -> SchemaQuery:
    """Parses schema/{path}."""
    parts = split_path(path, {"context": "", "agency": "", "id": "", "version": "latest"})
    query = SchemaQuery(
        parts["context"],
        _reference(parts["agency"], parts["id"], parts["version"], agency),
        parameters.text("dimensionAtObservation"),
    )
    parameters.flag("explicitMeasure")
    parameters.refuse_unused(("dimensionAtObservation", "explicitMeasure", "format"))
    return query


def parse_structure(kind: str, path: str, parameters: Parameters, agency: str) -> StructureQuery:
    """Parses {kind}/{path}."""
    parts = split_path(path, {"agency": "all", "id": "all", "version": "latest", "item": "all"})
    query = StructureQuery(
        kind="*" if kind == "structure" else kind,
        reference=_reference(parts["agency"], parts["id"], parts["version"], agency),
        items=tuple("*" if item in _ANY else item for item in parts["item"].split("+")),
        detail=parameters.one_of("detail", DETAILS[:-1]),
        references=parameters.texts("references", "none"),
    )
    parameters.refuse_unused(("detail", "references", "format"))
    return query


def _data_query(parts: dict[str, str], parameters: Parameters, agency: str) -> DataQuery:
    flow = parts["flow"].split(",")
    if not parts["flow"] or len(flow) > 3:
        raise BadInput(N_("A flow must be written as ID, AGENCY,ID or AGENCY,ID,VERSION."), where="flow")
    owner, id_, version = ("all", flow[0], "latest") if len(flow) == 1 else (*flow, "latest")[:3]
    start, end = parameters.text("startPeriod"), parameters.text("endPeriod")
    bounds = [Condition(sign, value) for sign, value in (("ge", start), ("le", end)) if value]
    return DataQuery(
        context="dataflow",
        reference=_reference(owner, id_, version, agency),
        keys=parse_keys(parts["key"]),
        filters=(Filter("TIME_PERIOD", (tuple(bounds),)),) if bounds else (),
        updated_after=parameters.moment("updatedAfter"),
    )


def _reference(agencies: str, ids: str, versions: str, agency: str) -> Reference:
    own_agencies = tuple(name for name in agencies.split("+") if name in (agency, "SDMX"))
    return Reference(
        own_agencies or ("*",),
        tuple("*" if id_ in _ANY else id_ for id_ in ids.split("+")),
        tuple({"all": "*", "latest": "~"}.get(version, version) for version in versions.split("+")),
    )
