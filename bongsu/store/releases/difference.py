"""Compares two releases of a dataflow: the observations that were added, removed and changed.

Observations are matched by the dimensions. VINTAGE and METHOD are not compared: they change by themselves with every edition
of a source. Changes are ordered by their relative size, so that figures in different units stand in one list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.release import Release
from bongsu.core.structure import VALUE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from bongsu.store.node import Node

MOST_SHOWN = 200  # observations of each sort that a page or a command shows, unless asked for more
_NOT_COMPARED = ("VINTAGE", "METHOD")


@dataclass(frozen=True)
class Change:
    """An observation in both releases: its row before and after, and the columns that differ."""

    before: dict[str, Any]
    after: dict[str, Any]
    columns: tuple[str, ...]

    @property
    def difference(self) -> float | None:
        """The value after less the value before; None if one is empty or the units differ."""
        one, other = self.before[VALUE], self.after[VALUE]
        if one is None or other is None or self.before["UNIT_MEASURE"] != self.after["UNIT_MEASURE"]:
            return None
        return float(other - one)

    @property
    def relative(self) -> float | None:
        """The difference as a share of the value before; None if there is none, or the value before is 0."""
        return self.difference / abs(self.before[VALUE]) if self.difference is not None and self.before[VALUE] else None


@dataclass(frozen=True)
class Difference:
    """What differs between two releases. The counts are of all observations; the rows are the first of each sort."""

    added: tuple[dict[str, Any], ...]
    removed: tuple[dict[str, Any], ...]
    changed: tuple[Change, ...]
    added_count: int
    removed_count: int
    changed_count: int


def compare_releases(node: Node, before: Release, after: Release, most: int = MOST_SHOWN) -> Difference:
    """Compares two releases; at most `most` rows of each sort are returned, changes by their relative size.

    Raises BadInput if the releases have different dimensions, so that no observation of one is one of the other.
    """
    flows = [node.releases.structure(release).dataflow for release in (before, after)]
    keys = flows[1].keys
    if set(flows[0].keys) != set(keys):
        raise BadInput(
            N_("{before} and {after} have different dimensions, so their observations cannot be compared."),
            before=before.name,
            after=after.name,
        )
    columns = [
        name for name in flows[1].columns if name in flows[0].columns and name not in keys and name not in _NOT_COMPARED
    ]
    one, other = node.table(before), node.table(after)
    added, added_count = _take(node, other.anti_join(one, keys).order_by(keys), most)
    removed, removed_count = _take(node, one.anti_join(other, keys).order_by(keys), most)
    rows, changed_count = _take(node, _order_changes(one, other, keys, columns), most)
    changed = tuple(_make_change(row, keys, columns) for row in rows)
    return Difference(added, removed, changed, added_count, removed_count, changed_count)


def _order_changes(one: ir.Table, other: ir.Table, keys: Iterable[str], columns: list[str]) -> ir.Table:
    """Returns the pairs that differ, the columns of the later release with “_after”, largest relative change first."""
    import ibis

    keys = list(keys)
    after = other.select(*keys, **{f"{name}_after": other[name] for name in columns})
    both = one.select(*keys, *columns).inner_join(after, keys)
    differs = ibis.or_(*(~both[name].identical_to(both[f"{name}_after"]) for name in columns))
    size = (both[f"{VALUE}_after"] - both[VALUE]).abs()
    relative = ibis.ifelse((both[VALUE] == 0) & (size > 0), float("inf"), size / both[VALUE].abs())
    pairs = both.filter(differs).mutate(relative=relative.fill_null(0.0), size=size.fill_null(0.0))
    return pairs.order_by([ibis.desc("relative"), ibis.desc("size"), *keys])


def _take(node: Node, table: ir.Table, most: int) -> tuple[tuple[dict[str, Any], ...], int]:
    """Returns the first rows of a table, and the number of all."""
    count = int(node.engine.run(table.count().as_table()).column(0)[0].as_py())
    return (tuple(node.engine.run(table.limit(most)).to_pylist()) if most and count else ()), count


def _make_change(row: dict[str, Any], keys: Iterable[str], columns: Iterable[str]) -> Change:
    key = {name: row[name] for name in keys}
    before = {**key, **{name: row[name] for name in columns}}
    after = {**key, **{name: row[f"{name}_after"] for name in columns}}
    return Change(before, after, tuple(name for name in columns if before[name] != after[name]))
