"""Plans and writes data messages. Plans are cached: queries that differ only in their codes share a plan.

Compiling a query takes longer than running it for a hundred observations, and a release never changes, so a plan is valid
until another release is sealed or withdrawn. SDMX-JSON lists the values of a slice, so its plans are cached by whole query.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bongsu.core.release import Release
from bongsu.core.structure import NUMERIC_COLUMNS, TIME
from bongsu.publish.sdmx import csv_message, json_message, table_message, xml_message
from bongsu.publish.sdmx.content_negotiation import ChosenFormat
from bongsu.publish.sdmx.datasets import select_datasets
from bongsu.publish.sdmx.filters import Condition, Filter
from bongsu.publish.sdmx.http_responses import last_modified
from bongsu.publish.sdmx.message import Part, write_message
from bongsu.publish.sdmx.queries import DataQuery
from bongsu.publish.sdmx.xml_message import MessageHeader
from bongsu.store.node import Node
from bongsu.store.releases.sql_text import value_placeholder

_ID_PLACE = "§id§"  # placeholder for the message's id, in its header


def write_data_message(
    node: Node, releases: tuple[Release, ...], query: DataQuery, chosen: ChosenFormat, language: str, id_: str
) -> Generator[bytes, None, None] | None:
    """Returns the chunks of the message; None if no observation matches the query.

    `releases` are all releases of the requested dataflows and part of the cache key of plans. Raises BadInput for a component
    that the dataflows do not have.
    """
    if chosen.format.name in ("parquet", "arrow"):
        return table_message.write_table(node, select_datasets(node, query), chosen.format.name)
    shape, values = (query, []) if chosen.format.json else parameterise_query(query)
    parts = list(_plan_parts(node, releases, shape, chosen, language))
    if parts and isinstance(parts[0], bytes):
        parts[0] = parts[0].replace(_ID_PLACE.encode(), f"D{id_}".encode())
    return write_message(node.engine, parts, values) if parts else None


def parameterise_query(query: DataQuery) -> tuple[DataQuery, list[str]]:
    """Returns the query with placeholders for its codes, and the codes.

    Several keys, numbers and periods are left in the query, because they are evaluated when the query is compiled.
    """
    values: list[str] = []

    def add_placeholder(code: str) -> str:
        values.append(code)
        return value_placeholder(len(values) - 1)

    keys = query.keys
    if len(keys) == 1:
        keys = (tuple(tuple(add_placeholder(code) for code in part) for part in keys[0]),)
    filters = tuple(
        Filter(filter_.component, tuple((Condition("eq", add_placeholder(code)),) for code in filter_.codes))
        if filter_.codes is not None and filter_.component not in (*NUMERIC_COLUMNS, TIME)
        else filter_
        for filter_ in query.filters
    )
    return replace(query, keys=keys, filters=filters), values


@lru_cache(maxsize=1024)
def _plan_parts(
    node: Node, releases: tuple[Release, ...], query: DataQuery, chosen: ChosenFormat, language: str
) -> tuple[Part, ...]:
    datasets = select_datasets(node, query)
    if not datasets:
        return ()
    form, agency = chosen.format.name, node.identity.agency  # who sends; each data set has the agency that sealed it
    context = "datastructure" if query.context == "datastructure" else "dataflow"
    head = MessageHeader(_ID_PLACE, last_modified(releases), agency)
    if form in ("xml", "xml21"):
        return tuple(xml_message.plan_xml(datasets, context, form == "xml21", head))
    if chosen.format.json:
        return tuple(json_message.plan_json(node, datasets, head, language, old=form == "json1"))
    options: dict[str, Any] = {name: value for name, value in chosen.options if name in ("labels", "keys")}
    csv_options = csv_message.CsvOptions(1 if form == "csv1" else 2, language=language, **options)
    return tuple(csv_message.plan_csv(datasets, context, csv_options))
