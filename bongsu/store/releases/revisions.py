"""The revisions of a dataflow: what each figure was from release to release, and how large revisions are on average.

The mean absolute revision is the mean of |last - first| over the figures that were published at least twice; the relative one
is the sum of |last - first| over the sum of |last| (OECD, Guidelines on producing revisions analysis, 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from bongsu.core.release import Release
from bongsu.core.structure import VALUE, Conditions

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from bongsu.store.node import Node

MOST_RELEASES = 24  # the newest are compared
MOST_FIGURES = 200
_NUMBER = "release_number"


class MeanRevision(NamedTuple):
    """The mean absolute revision in one unit, its share of the figures (None if they are 0), and their number."""

    unit: str
    absolute: float
    relative: float | None
    figures: int


@dataclass(frozen=True)
class RevisedFigure:
    """A figure: its key, unit, and value by release in the order of the triangle's releases; None where a release lacks it."""

    key: dict[str, str]
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Triangle:
    """The releases, oldest first; figures that were ever revised, those with the largest span first; and means by unit.

    The span of a figure is its highest less its lowest value, as a share of the first: an error that was put right shows.
    """

    releases: tuple[Release, ...]
    figures: tuple[RevisedFigure, ...]
    revised: int
    means: tuple[MeanRevision, ...]


def average_revisions(unit: str, pairs: Sequence[tuple[float, float]]) -> MeanRevision:
    """Returns the mean absolute revision of (first, last) pairs in one unit. There is at least one."""
    size = math.fsum(abs(last - first) for first, last in pairs)
    level = math.fsum(abs(last) for _, last in pairs)
    return MeanRevision(unit, size / len(pairs), size / level if level else None, len(pairs))


def read_triangle(node: Node, dataflow: str, where: Conditions = ()) -> Triangle:
    """Returns the revisions of a dataflow's figures, of those that `where` selects. Raises UnknownName for the dataflow.

    Releases with other dimensions than the newest are left out. Withdrawn ones are in: their figures were published.
    """
    known = node.releases.all(dataflow) or [node.releases.current(dataflow)]
    keys = node.releases.structure(known[-1]).dataflow.keys
    releases = [one for one in known if node.releases.structure(one).dataflow.keys == keys][-MOST_RELEASES:]
    series = _join_releases(node, releases, keys, where)
    group = [*keys, "UNIT_MEASURE"]
    both = series.group_by(group).agg(
        first=series[VALUE].argmin(series[_NUMBER]),
        last=series[VALUE].argmax(series[_NUMBER]),
        times=series.count(),
        lowest=series[VALUE].min(),
        highest=series[VALUE].max(),
    )
    pairs = node.engine.run(both.filter(both["times"] > 1)).to_pylist()
    units = sorted({row["UNIT_MEASURE"] for row in pairs})
    means = [
        average_revisions(unit, [(r["first"], r["last"]) for r in pairs if r["UNIT_MEASURE"] == unit]) for unit in units
    ]
    revised = sorted(
        (row for row in pairs if row["lowest"] != row["highest"]),
        key=lambda row: (-_share(row), *(row[k] for k in keys)),
    )
    figures = _read_figures(node, series, releases, group, revised[:MOST_FIGURES])
    return Triangle(tuple(releases), figures, len(revised), tuple(means))


def _share(row: dict[str, Any]) -> float:
    return (row["highest"] - row["lowest"]) / abs(row["first"]) if row["first"] else math.inf


def _join_releases(node: Node, releases: Sequence[Release], keys: Sequence[str], where: Conditions) -> ir.Table:
    """Returns the values of all releases in one table, with the number of the release."""
    import ibis

    parts = []
    for release in releases:
        table = node.table(release)
        for column, codes in where:
            table = table.filter(table[column].isin(codes))
        chosen = table.filter(table[VALUE].notnull()).select(*keys, VALUE, "UNIT_MEASURE")
        parts.append(chosen.mutate(**{_NUMBER: ibis.literal(release.number, "int64")}))
    return reduce(lambda one, other: one.union(other), parts)


def _read_figures(
    node: Node, series: ir.Table, releases: Sequence[Release], group: Sequence[str], rows: Sequence[dict[str, Any]]
) -> tuple[RevisedFigure, ...]:
    if not rows:
        return ()
    first = group[0]
    found: dict[tuple[str, ...], dict[int, float]] = {}
    for row in node.engine.run(series.filter(series[first].isin(sorted({one[first] for one in rows})))).to_pylist():
        found.setdefault(tuple(row[name] for name in group), {})[row[_NUMBER]] = row[VALUE]
    numbers = [release.number for release in releases]
    return tuple(
        RevisedFigure(
            {name: row[name] for name in group[:-1]},
            row["UNIT_MEASURE"],
            tuple(found[tuple(row[name] for name in group)].get(number) for number in numbers),
        )
        for row in rows
    )
