"""Checks a table that a source gave, also against the one before: what does not hold is drift, and is not taken."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bongsu.core.errors import N_
from bongsu.core.release import Finding
from bongsu.store.sources.source_file import LivingSource, Sum
from bongsu.store.sources.table import SourceTable
from bongsu.store.tables.definitions import code_lists

_EXAMPLES = 5
_SAME = 1e-9  # relative difference of two numbers that are the same


@dataclass(frozen=True)
class Change:
    """A value that is different, new or gone: its key, column, and both texts ("" if there is none)."""

    key: tuple[str, ...]
    column: str
    was: str
    now: str

    @property
    def size(self) -> float:
        """How large the change is, relative to the larger value; infinite for a text, or a key that is new or gone."""
        try:
            was, now = float(self.was), float(self.now)
        except ValueError:
            return math.inf
        return abs(now - was) / (max(abs(was), abs(now)) or 1.0)


def check_table(source: LivingSource, now: SourceTable, before: SourceTable | None) -> tuple[Finding, ...]:
    """Returns what was found of the table: rows, keys, codes, bounds, units, sums; and of the one before, what changed."""
    findings = [*_check_itself(source, now)]
    if before is not None and before.columns != now.columns:
        values = {"was": ", ".join(before.columns), "now": ", ".join(now.columns)}
        findings.append(Finding(N_("columns are those of before"), False, N_("{was}; now {now}"), values))
    elif before is not None and all(one.holds for one in findings[:2]):
        findings += _check_change(source, now, before)
    return tuple(findings)


def _check_itself(source: LivingSource, now: SourceTable) -> Iterator[Finding]:
    check = source.file.check
    places = {name: number for number, name in enumerate(now.columns)}
    wanted = [
        *check.keys,
        *check.values,
        *check.codes,
        *(one.column for one in check.sums),
        *(one.value for one in check.sums),
    ]
    gone = sorted({name for name in wanted if name not in places})
    yield Finding(N_("the table has its columns"), not gone, N_("{count} missing"), {"count": len(gone)}, tuple(gone))
    if gone:
        return
    count = Counter(tuple(row[places[name]] for name in check.keys) for row in now.rows)
    twice = [" ".join(key) for key, times in count.items() if times > 1 or not all(key)]
    yield _make(N_("each key is there once and complete"), twice)
    yield Finding(
        N_("there are enough rows"), len(now.rows) >= check.least, N_("{count} rows"), {"count": len(now.rows)}
    )
    for column, codes in check.codes.items():
        known = {one.id for one in code_lists()[codes[0]].codes} if codes[0] in code_lists() else set(codes)
        unknown = sorted({row[places[column]] for row in now.rows} - known)
        yield _make(N_("codes are known"), [f"{column}: {code}" for code in unknown])
    for column, (low, high) in check.values.items():
        cells = {row[places[column]] for row in now.rows if row[places[column]]}
        outside = sorted(cell for cell in cells if not low <= float(cell) <= high)
        yield _make(N_("values are within their bounds"), [f"{column}: {cell}" for cell in outside])
    for heading, unit in check.units.items():
        other = sorted(now.units.get(heading, frozenset()) - {unit})
        yield _make(N_("units are as before"), [f"{heading}: {one}" for one in other])
    for one in check.sums:
        yield _make(N_("totals are the sums of their parts"), list(_find_wrong_sums(check.keys, one, now, places)))


def _make(name: str, wrong: list[str]) -> Finding:
    return Finding(name, not wrong, N_("{count} wrong"), {"count": len(wrong)}, tuple(wrong[:_EXAMPLES]))


def _find_wrong_sums(keys: list[str], one: Sum, now: SourceTable, places: dict[str, int]) -> Iterator[str]:
    groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    others = [places[name] for name in keys if name != one.column]
    for row in now.rows:
        groups[tuple(row[place] for place in others)][row[places[one.column]]] = row[places[one.value]]
    for group, cells in groups.items():
        parts = [float(cell) for code, cell in cells.items() if code not in (one.total, *one.without) and cell]
        if not (cells.get(one.total) and parts):
            continue
        total, found = float(cells[one.total]), math.fsum(parts)
        if abs(total - found) > one.tolerance * max(abs(total), abs(found)):
            yield f"{' '.join(group)}: {one.total} {total:g}, {found:g}"


def list_changes(source: LivingSource, now: SourceTable, before: SourceTable) -> list[Change]:
    """Returns every value that is different, and the keys that are gone, the largest changes first; new keys are left out."""
    places = [now.columns.index(name) for name in source.file.check.keys]
    rest = [number for number in range(len(now.columns)) if number not in places]
    by_key = {tuple(row[place] for place in places): row for row in now.rows}
    found: list[Change] = []
    for row in before.rows:
        key = tuple(row[place] for place in places)
        other = by_key.get(key)
        if other is None:
            found.append(Change(key, "", "…", ""))
            continue
        found += [Change(key, now.columns[n], row[n], other[n]) for n in rest if not _is_same(row[n], other[n])]
    return sorted(found, key=lambda one: (-one.size, one.key, one.column))


def _is_same(was: str, now: str) -> bool:
    if was == now:
        return True
    try:
        return math.isclose(float(was), float(now), rel_tol=_SAME)
    except ValueError:
        return False


def _check_change(source: LivingSource, now: SourceTable, before: SourceTable) -> Iterator[Finding]:
    check = source.file.check
    changes = list_changes(source, now, before)
    lost = [one for one in changes if not one.column]
    different = [one for one in changes if one.column]
    values = max(1, (len(before.rows) - len(lost)) * (len(now.columns) - len(check.keys)))
    yield Finding(
        N_("few keys are gone"),
        len(lost) <= check.lost * len(before.rows),
        N_("{count} of {whole} gone"),
        {"count": len(lost), "whole": len(before.rows)},
        tuple(" ".join(one.key) for one in lost[:_EXAMPLES]),
    )
    yield Finding(
        N_("few values have changed"),
        len(different) <= check.changed * values,
        N_("{count} of {whole} changed"),
        {"count": len(different), "whole": values},
        tuple(f"{' '.join(one.key)} {one.column}: {one.was} → {one.now}" for one in different[:_EXAMPLES]),
    )
