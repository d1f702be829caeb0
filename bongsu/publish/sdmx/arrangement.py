"""Arranges the observations of a response: columns, order, and the dimension at observation level.

It uses the structure and the query only, and reads no observations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bongsu.core.structure import TIME, VALUE, Structure
from bongsu.publish.sdmx.errors import unknown_component
from bongsu.publish.sdmx.queries import ALL_DIMENSIONS, DataQuery


@dataclass(frozen=True)
class Arrangement:
    """The arrangement of a response. `order` has (column, descending) pairs; empty if the release is already sorted so.

    `observation_dimension`: the dimension at observation level, "" for all dimensions; `series`: the dimensions above it.
    """

    observation_dimension: str
    series: tuple[str, ...]
    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]


def arrange(structure: Structure, query: DataQuery) -> Arrangement:
    """Returns the arrangement of a query. Raises BadInput for a component that the dataflow does not have."""
    keys = structure.dataflow.keys
    along = _observation_dimension(keys, query.dimension_at_observation)
    series = [key for key in keys if key != along] if along else []
    return Arrangement(along, tuple(series), _columns(structure, query), tuple(_order(structure, query, series, along)))


def _observation_dimension(keys: Sequence[str], requested: str) -> str:
    if not requested:
        return TIME if TIME in keys else ""
    if requested == ALL_DIMENSIONS:
        return ""
    if requested not in keys:
        raise unknown_component(requested, [*keys, ALL_DIMENSIONS], "dimensionAtObservation")
    return requested


def _columns(structure: Structure, query: DataQuery) -> tuple[str, ...]:
    flow = structure.dataflow
    attributes = [attribute.id for attribute in flow.attributes]
    selected = set(flow.keys)
    for name in query.measures:
        if name not in ("all", "none", VALUE):
            raise unknown_component(name, ["all", "none", VALUE], "measures")
        selected |= set() if name == "none" else {VALUE}
    for name in query.attributes:
        # all attributes are at observation level: there are none of datasets or series, and no reference metadata
        group = {
            "dsd": attributes,
            "all": attributes,
            "obs": attributes,
            "none": [],
            "msd": [],
            "dataset": [],
            "series": [],
        }
        if name not in group and name not in attributes:
            raise unknown_component(name, [*group, *attributes], "attributes")
        selected |= set(group.get(name, [name]))
    return tuple(column for column in flow.columns if column in selected)


def _order(structure: Structure, query: DataQuery, series: list[str], along: str) -> list[tuple[str, bool]]:
    """Returns a total sort order, or nothing if the release is already in the right order.

    The observations of a series stay together.
    """
    flow = structure.dataflow
    requested_order: dict[str, bool] = {}
    for name, down in query.sort:
        if name not in ("*", "series_key", *flow.columns):
            raise unknown_component(name, ["*", "series_key", *flow.columns], "sort")
        for key in {"*": list(flow.keys), "series_key": series or list(flow.keys)}.get(name, [name]):
            requested_order.setdefault(key, down)
    if not requested_order and (not along or flow.keys[-1] == along):
        return []
    if not along:  # the remaining keys make the order total, so that paging is stable
        return [*requested_order.items(), *((key, False) for key in flow.keys if key not in requested_order)]
    above = [(key, down) for key, down in requested_order.items() if key in series]
    above += [(key, False) for key in series if key not in requested_order]
    below = {key: down for key, down in requested_order.items() if key not in series}
    return [*above, *({**below, along: below.get(along, False)}).items()]
