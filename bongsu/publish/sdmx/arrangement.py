"""How the observations of an answer are arranged: columns, order, and the dimension at observation level.

Depends on the structure and the query alone; nothing is read from a release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bongsu.core.structure import TIME, VALUE, Structure
from bongsu.publish.sdmx.errors import unknown_component
from bongsu.publish.sdmx.queries import ALL_DIMENSIONS, DataQuery


@dataclass(frozen=True)
class Arrangement:
    """`along`: the dimension at observation level ("" for all); `series`: the dimensions above it.

    `order`: (column, descending) pairs, empty where the release is sorted in this order already.
    """

    along: str
    series: tuple[str, ...]
    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]


def arrange(structure: Structure, query: DataQuery) -> Arrangement:
    """The arrangement that a query asks for. Raises BadInput for a component that the dataflow does not have."""
    keys = structure.dataflow.keys
    along = _observation_dimension(keys, query.dimension_at_observation)
    series = [key for key in keys if key != along] if along else []
    return Arrangement(along, tuple(series), _columns(structure, query), tuple(_order(structure, query, series, along)))


def _observation_dimension(keys: Sequence[str], wanted: str) -> str:
    if not wanted:
        return TIME if TIME in keys else ""
    if wanted == ALL_DIMENSIONS:
        return ""
    if wanted not in keys:
        raise unknown_component(wanted, [*keys, ALL_DIMENSIONS], "dimensionAtObservation")
    return wanted


def _columns(structure: Structure, query: DataQuery) -> tuple[str, ...]:
    flow = structure.dataflow
    attributes = [attribute.id for attribute in flow.attributes]
    wanted = set(flow.keys)
    for name in query.measures:
        if name not in ("all", "none", VALUE):
            raise unknown_component(name, ["all", "none", VALUE], "measures")
        wanted |= set() if name == "none" else {VALUE}
    for name in query.attributes:
        # every attribute of the house stands at the observation: there are none at dataset or series, and no metadata
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
        wanted |= set(group.get(name, [name]))
    return tuple(column for column in flow.columns if column in wanted)


def _order(structure: Structure, query: DataQuery, series: list[str], along: str) -> list[tuple[str, bool]]:
    """What to sort by, down to one place for each; nothing where observations lie in the right order already.

    Series are never torn apart.
    """
    flow = structure.dataflow
    wanted: dict[str, bool] = {}
    for name, down in query.sort:
        if name not in ("*", "series_key", *flow.columns):
            raise unknown_component(name, ["*", "series_key", *flow.columns], "sort")
        for key in {"*": list(flow.keys), "series_key": series or list(flow.keys)}.get(name, [name]):
            wanted.setdefault(key, down)
    if not wanted and (not along or flow.keys[-1] == along):
        return []
    if not along:  # the keys settle what the wish leaves open, so that a page of an answer is the same page every time
        return [*wanted.items(), *((key, False) for key in flow.keys if key not in wanted)]
    above = [(key, down) for key, down in wanted.items() if key in series]
    above += [(key, False) for key in series if key not in wanted]
    below = {key: down for key, down in wanted.items() if key not in series}
    return [*above, *({**below, along: below.get(along, False)}).items()]
