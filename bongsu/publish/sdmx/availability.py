"""Answers availability queries: the values of each dimension in a slice, and the number of series and observations.

`exact` counts the slice itself; `available` gives, for each dimension, the values that could be chosen with all other
choices kept. A code list in the response contains the available codes and their parents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pysdmx.model import AvailabilityConstraint
from pysdmx.model.__base import MaintainableArtefact
from pysdmx.model.constraint import (
    ConstraintAttachment,
    CubeKeyValue,
    CubeRegion,
    CubeTimeRange,
    CubeValue,
    TimePeriodBoundary,
)

from bongsu.core.errors import N_, Missing
from bongsu.core.structure import TIME
from bongsu.publish.sdmx.datasets import Dataset, select_datasets
from bongsu.publish.sdmx.errors import unknown_component
from bongsu.publish.sdmx.queries import AvailabilityQuery, DataQuery, Reference, StructureQuery
from bongsu.publish.sdmx.structure_catalogue import StructureCatalogue, build_catalogue, make_urn
from bongsu.publish.sdmx.structures import select_artefacts
from bongsu.store.node import Node


@dataclass(frozen=True)
class Availability:
    """The response: constraints, then the artefacts they reference; and the catalogue that resolves text marks."""

    artefacts: tuple[MaintainableArtefact | AvailabilityConstraint, ...]
    catalogue: StructureCatalogue


def find_availability(node: Node, query: AvailabilityQuery) -> Availability:
    """Runs a query. Raises Missing if no observation matches, BadInput for an unknown dimension."""
    matches = []
    for dataset in select_datasets(node, query.data):
        values = _values(node, dataset, query)
        counted = _count_series(node, dataset)
        if counted[1]:
            matches.append((dataset, values, counted))
    if not matches:
        raise Missing(N_("No observation answers this query."))
    context = "datastructure" if query.data.context == "datastructure" else "dataflow"
    constraints = [_constraint(node, context, *match) for match in matches]
    catalogue = build_catalogue(node, tuple(dataset.release for dataset, _, _ in matches))
    others: list[MaintainableArtefact] = []
    for dataset, values, _ in matches:
        others += [
            artefact
            for artefact in _referenced(node, catalogue, dataset, values, query.references)
            if artefact not in others
        ]
    return Availability((*constraints, *others), catalogue)


def _values(node: Node, dataset: Dataset, query: AvailabilityQuery) -> dict[str, list[str]]:
    keys = dataset.structure.dataflow.keys
    names = keys if "*" in query.components else query.components
    for name in names:
        if name not in keys:
            raise unknown_component(name, keys, "component")
    values = {}
    for name in names:
        table = dataset.table if query.mode == "exact" else _without_dimension(node, dataset, query.data, name)
        column = node.engine.run(table.select(name).distinct().order_by(name)).column(0)
        values[name] = [str(value) for value in column.to_pylist()]
    return values


def _without_dimension(node: Node, dataset: Dataset, query: DataQuery, name: str):  # type: ignore[no-untyped-def]  # an Ibis table
    """The slice of the dataset's release with the filters of all dimensions except one."""
    flow = dataset.structure.dataflow
    place = sorted(flow.keys, key=lambda key: key == TIME).index(name)
    open_keys = tuple(tuple(() if index == place else part for index, part in enumerate(key)) for key in query.keys)
    others = replace(
        query,
        reference=Reference(agencies=(dataset.release.agency,), ids=(flow.id,), versions=(flow.version,)),
        keys=open_keys,
        filters=tuple(filter_ for filter_ in query.filters if filter_.component != name),
    )
    return select_datasets(node, others)[0].table


def _count_series(node: Node, dataset: Dataset) -> tuple[int, int]:
    """Returns the number of (series, observations)."""
    observations = node.engine.run(dataset.table.count().as_table()).column(0)[0].as_py()
    if not dataset.observation_dimension:
        return observations, observations
    series = node.engine.run(dataset.table.select(*dataset.series).distinct().count().as_table())
    return series.column(0)[0].as_py(), observations


def _constraint(
    node: Node, context: str, dataset: Dataset, values: dict[str, list[str]], counted: tuple[int, int]
) -> AvailabilityConstraint:
    flow = dataset.structure.dataflow
    attached = [make_urn(context, dataset.release.agency, flow.id, flow.version)]
    return AvailabilityConstraint(
        constraint_attachment=ConstraintAttachment(
            None, **{"dataflows" if context == "dataflow" else "data_structures": attached}
        ),
        cube_region=CubeRegion([_key_value(name, codes) for name, codes in values.items()]),
        series_count=counted[0],
        obs_count=counted[1],
    )


def _key_value(name: str, values: Sequence[str]) -> CubeKeyValue:
    if name == TIME:
        first, last = TimePeriodBoundary(min(values)), TimePeriodBoundary(max(values))
        return CubeKeyValue(name, time_range=CubeTimeRange(start_period=first, end_period=last))
    return CubeKeyValue(name, [CubeValue(value) for value in values])


def _referenced(
    node: Node,
    catalogue: StructureCatalogue,
    dataset: Dataset,
    values: dict[str, list[str]],
    references: tuple[str, ...],
) -> list[MaintainableArtefact]:
    kinds = {"dataflow", "datastructure", "conceptscheme", "codelist"}
    selected_kinds = kinds if "all" in references else kinds & set(references)
    if not selected_kinds:
        return []
    flow = dataset.structure.dataflow
    query = StructureQuery(
        "dataflow",
        Reference(agencies=(dataset.release.agency,), ids=(flow.id,), versions=(flow.version,)),
        detail="referencepartial",
        references=("descendants",),
    )
    agency = dataset.release.agency
    lists = {concept.code_list: values[concept.id] for concept in flow.dimensions if concept.id in values}
    artefacts: list[MaintainableArtefact] = []
    for artefact in select_artefacts(catalogue, query):
        kind = type(artefact).__name__.lower().replace("definition", "")
        if kind not in selected_kinds:
            continue
        codes = dataset.structure.code_list(artefact.id) if kind == "codelist" else None
        if codes is not None and artefact.id in lists:
            selected_codes = codes.select(set(lists[artefact.id]))
            artefact = catalogue.code_list(selected_codes, agency, partial=True)
        artefacts.append(artefact)
    return artefacts
