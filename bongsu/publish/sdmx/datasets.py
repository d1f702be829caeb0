"""Selects the datasets of a data query: one table expression per release, not yet executed.

For each release: arrange the columns, filter the rows, sort. With `includeHistory` there is a dataset for every release of
the version, with the time for which it was valid. Left out: matching releases (release_matching.py) and writing messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bongsu.core.errors import BadInput, Missing
from bongsu.core.observation_status import STATUS
from bongsu.core.release import Release
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE, Structure
from bongsu.publish.sdmx.affected import mark_provisional, served_structure
from bongsu.publish.sdmx.arrangement import arrange
from bongsu.publish.sdmx.conditions import build_conditions, constant_columns, needs_no_escape
from bongsu.publish.sdmx.queries import DataQuery
from bongsu.publish.sdmx.release_matching import match_releases
from bongsu.store.node import Node
from bongsu.store.releases.series import select_first_and_last

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, eq=False)
class Dataset:
    """The observations of one release that match a query.

    `columns` are those of `table`, in the dataflow's order; `unescaped` are those without special characters of CSV, XML or
    JSON; `constants` maps columns with a single value in the whole release to that value. `observation_dimension` is the
    dimension at observation level, "" if all dimensions are. `valid_from` and `valid_to` are times (UTC), or empty.
    """

    structure: Structure
    release: Release
    table: ir.Table
    columns: tuple[str, ...]
    observation_dimension: str
    unescaped: frozenset[str]
    constants: Mapping[str, str]
    action: str = "Information"
    valid_from: str = ""
    valid_to: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The dimensions among the columns."""
        return tuple(key for key in self.structure.dataflow.keys if key in self.columns)

    @property
    def series(self) -> tuple[str, ...]:
        """The dimensions of a series; empty if observations are flat."""
        return (
            tuple(key for key in self.keys if key != self.observation_dimension) if self.observation_dimension else ()
        )

    @property
    def only_keys(self) -> bool:
        """Whether the query asks for the keys of series only."""
        return VALUE not in self.columns and not (set(self.columns) - set(self.keys)) and self.action == "Information"


def select_datasets(node: Node, query: DataQuery) -> list[Dataset]:
    """Selects the datasets of a query, by dataflow and release. Raises BadInput for a component that no dataflow has."""
    releases = match_releases(node, query.reference, query.as_of)
    fitting, wrong = [], None
    for release in releases:
        try:
            fitting += _release_datasets(node, release, query)
        except BadInput as error:  # a dataflow without the component has no match, if another one has it
            wrong = error
    if not fitting and wrong is not None:
        raise wrong
    if query.offset or query.limit is not None:
        return _limit_datasets(node, fitting, query)
    return fitting


def _release_datasets(node: Node, release: Release, query: DataQuery) -> list[Dataset]:
    if query.include_history:
        return [
            _dataset(node, past, query, action="Replace", valid_from=past.sealed_at, valid_to=until)
            for past, until in _history(node, release, query.as_of)
        ]
    if query.updated_after:
        return _changes(node, release, query)
    return [_dataset(node, release, query)]


def _history(node: Node, release: Release, as_of: str) -> list[tuple[Release, str]]:
    version = node.releases.version(release)
    past = [
        other
        for other in node.releases.all(release.dataflow)
        if (not as_of or other.sealed_at <= as_of) and node.releases.version(other) == version
    ]
    ends = [other.sealed_at for other in past[1:]] + [""]
    return [
        (other, min(filter(None, (end, other.withdrawal.at if other.withdrawal else "")), default=""))
        for other, end in zip(past, ends, strict=True)
    ]


def _changes(node: Node, release: Release, query: DataQuery) -> list[Dataset]:
    """Compares with the release that was current at `updated_after`: added or revised rows (Replace), removed rows (Delete)."""
    now = _dataset(node, release, query, action="Replace", valid_from=release.sealed_at)
    try:
        then = node.releases.current(release.dataflow, query.updated_after)
    except Missing:
        return [now]
    if then.number == release.number:
        return []
    if node.releases.structure(then).dataflow.columns != node.releases.structure(release).dataflow.columns:
        return [now]
    before = _dataset(node, then, query, action="Delete", valid_to=release.sealed_at)
    gone = before.table.anti_join(now.table.select(*now.keys), now.keys).select(*now.keys).order_by(now.keys)
    changed = now.table.difference(before.table).order_by(now.keys)
    return [replace(now, table=changed), replace(before, table=gone, columns=now.keys)]


def _dataset(node: Node, release: Release, query: DataQuery, **about: str) -> Dataset:
    structure = served_structure(node, release)
    flow = structure.dataflow
    arrangement = arrange(structure, query)
    along, columns = arrangement.observation_dimension, arrangement.columns
    order: Sequence[tuple[str, bool]] = arrangement.order
    table = mark_provisional(node.table(release), release)
    for condition in build_conditions(node, release, flow, table, query):
        table = table.filter(condition)
    if (query.first or query.last) and along:
        table = select_first_and_last(table, arrangement.series, along, query.first, query.last)
        order = order or [(key, False) for key in flow.keys]
    if columns == flow.keys and not about:
        columns = arrangement.series or flow.keys  # neither measures nor attributes: only the keys of series
        table = table.select(*columns).distinct()
        order = [pair for pair in order or [(key, False) for key in columns] if pair[0] in columns]
    if order:
        table = table.order_by([table[name].desc() if down else table[name].asc() for name, down in order])
    coded = {c.id for c in (*flow.dimensions, *flow.attributes) if structure.code_list(c.code_list)}
    unescaped = frozenset(c for c in columns if c in coded or c in NUMERIC_COLUMNS or needs_no_escape(node, release, c))
    constants = {
        name: value for name, value in constant_columns(node, release).items() if name != STATUS or not release.affected
    }
    return Dataset(structure, release, table.select(*columns), columns, along, unescaped, constants, **about)


def _limit_datasets(node: Node, datasets: list[Dataset], query: DataQuery) -> list[Dataset]:
    if len(datasets) == 1:
        return [replace(datasets[0], table=datasets[0].table.limit(query.limit, offset=query.offset))]
    limited, skip, left = [], query.offset, query.limit
    for dataset in datasets:
        rows = int(node.engine.run(dataset.table.count().as_table()).column(0)[0].as_py())
        take = max(0, rows - skip) if left is None else min(max(0, rows - skip), left)
        if take:
            limited.append(replace(dataset, table=dataset.table.limit(take, offset=skip)))
        skip, left = max(0, skip - rows), None if left is None else left - take
    return limited


def full_dataset(node: Node, release: Release) -> Dataset:
    """Returns all observations of a release as they were sealed, withdrawn or affected or not, for its bulk files."""
    return _dataset(node, replace(release, affected=None), DataQuery())
