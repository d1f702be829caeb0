"""Checks that many dataflows need: values within limits, parts that sum to a total, few codes lost since the last release.

Each function returns a check, which a recipe lists and which runs before a release is sealed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check

_SHOWN = 5
_LOST_SHOWN = 20


def values_within(low: float = -math.inf, high: float = math.inf, **where: Collection[str]) -> Check:
    """Returns a check that values and bounds lie between `low` and `high`, of the rows whose columns have codes in `where`.

    It does not hold if there is no such row.
    """

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        rows = [
            row for row in draft.observations.to_pylist() if all(row[name] in codes for name, codes in where.items())
        ]
        outside = [
            (row, number)
            for row in rows
            for number in (row[name] for name in NUMERIC_COLUMNS)
            if number is not None and not low <= number <= high
        ]
        wrong = {_describe_key(draft, row): row for row, _ in outside}  # each once, whatever number is outside
        return Finding(
            N_("values are within their limits"),
            bool(rows) and not outside,
            _describe_limits(low, high) if rows else N_("{count} observations compared"),
            {"count": len(outside), "low": f"{low:g}", "high": f"{high:g}"},
            tuple(f"{_describe_key(draft, row)}: {number:g}" for row, number in outside[:_SHOWN]),
            tuple(wrong.values()),
        )

    return check


def parts_sum_to_total(dimension: str, total: str, parts: Collection[str], tolerance: float = 0) -> Check:
    """Returns a check that the values of `parts` of a dimension sum to that of `total`, within `tolerance`, in their unit.

    A total without all its parts is not compared. The check does not hold if no total is.
    """

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        compared, wrong, rows = 0, [], []
        for key, group in _group_rows(draft, dimension).items():
            if total in group and group.keys() >= set(parts):
                compared += 1
                found = math.fsum(group[part][VALUE] for part in parts)
                if not math.isclose(found, group[total][VALUE], rel_tol=1e-12, abs_tol=tolerance):
                    wrong.append(f"{' '.join(key[:-1])}: {found:g} / {group[total][VALUE]:g} {key[-1]}")
                    rows += [group[total], *(group[part] for part in parts)]
        return describe_sums(N_("parts sum to the total"), compared, wrong, rows)

    return check


def few_lost(dimension: str, share: float = 0.05) -> Check:
    """Returns a check that at most the share `share` of a dimension's codes in the release before are missing."""

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        now = _list_codes(draft.observations, dimension)
        earlier = _list_codes(before, dimension) if before is not None else set()
        lost = sorted(earlier - now)
        rows = (
            tuple(row for row in before.to_pylist() if str(row[dimension]) in lost)
            if before is not None and lost
            else ()
        )
        return Finding(
            N_("codes since the last release"),
            len(lost) <= share * len(earlier),
            N_("{dimension}: {codes} codes, {lost} lost"),
            {"dimension": dimension, "codes": len(now), "lost": len(lost)},
            tuple(lost[:_LOST_SHOWN]),
            rows,
        )

    return check


def describe_sums(check: str, compared: int, wrong: Sequence[str], rows: Sequence[Mapping[str, Any]] = ()) -> Finding:
    """Returns the finding of a check that compared so many sums. It does not hold if there were none."""
    values = {"sums": compared, "wrong": len(wrong)}
    holds = bool(compared) and not wrong
    return Finding(check, holds, N_("{sums} sums, {wrong} wrong"), values, tuple(wrong[:_SHOWN]), tuple(rows))


def _describe_limits(low: float, high: float) -> str:
    if high == math.inf:
        return N_("{count} below {low}")
    return N_("{count} above {high}") if low == -math.inf else N_("{count} outside {low} to {high}")


def _group_rows(draft: Draft, dimension: str) -> Mapping[tuple[str, ...], dict[str, dict[str, Any]]]:
    """Returns the rows with a value by code of `dimension`, for each combination of the other dimensions and the unit."""
    others = [name for name in (*draft.structure.dataflow.keys, "UNIT_MEASURE") if name != dimension]
    groups: dict[tuple[str, ...], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in draft.observations.to_pylist():
        if row[VALUE] is not None:
            groups[tuple(row[name] for name in others)][row[dimension]] = row
    return groups


def _list_codes(observations: pa.Table, dimension: str) -> set[str]:
    return {str(code) for code in observations.column(dimension).unique().to_pylist()}


def _describe_key(draft: Draft, row: dict[str, Any]) -> str:
    return " ".join(row[name] for name in draft.structure.dataflow.keys)
