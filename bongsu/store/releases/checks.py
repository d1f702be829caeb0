"""Checks that many dataflows need: values within limits, parts that sum to a total, few codes lost since the last release.

Each function returns a check, which a recipe lists and which runs before a release is sealed.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check

_SHOWN = 5
_LOST_SHOWN = 20

# How the checks below begin their details, which are sealed in English, and the same text for a reader.
_DETAILS = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"(?P<count>[0-9]+) outside (?P<low>\S+) to inf(?=;|\Z)", N_("{count} below {low}")),
        (r"(?P<count>[0-9]+) outside -inf to (?P<high>[^\s;]+)", N_("{count} above {high}")),
        (r"(?P<count>[0-9]+) outside (?P<low>\S+) to (?P<high>[^\s;]+)", N_("{count} outside {low} to {high}")),
        (r"(?P<count>[0-9]+) observations compared", N_("{count} observations compared")),
        (r"(?P<sums>[0-9]+) sums, (?P<wrong>[0-9]+) wrong", N_("{sums} sums, {wrong} wrong")),
        (
            r"(?P<dimension>\w+): (?P<codes>[0-9]+) codes, (?P<lost>[0-9]+) lost: ",
            N_("{dimension}: {codes} codes, {lost} lost: "),
        ),
    )
)


def translate_detail(detail: str, translate: Callable[[str], str]) -> str:
    """Returns the detail of a finding for a reader; what no check of this file has written is returned unchanged."""
    for pattern, text in _DETAILS:
        if found := pattern.match(detail):
            return translate(text).format(**found.groupdict()) + detail[found.end() :]
    return detail


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
        shown = [f"{_describe_key(draft, row)}: {number:g}" for row, number in outside[:_SHOWN]]
        detail = f"{len(outside)} outside {low:g} to {high:g}" if rows else "0 observations compared"
        holds = bool(rows) and not outside
        wrong = {_describe_key(draft, row): row for row, _ in outside}  # each once, whatever number is outside
        return Finding(N_("values are within their limits"), holds, "; ".join([detail, *shown]), tuple(wrong.values()))

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
        detail = "; ".join([f"{compared} sums, {len(wrong)} wrong", *wrong[:_SHOWN]])
        return Finding(N_("parts sum to the total"), bool(compared) and not wrong, detail, tuple(rows))

    return check


def few_lost(dimension: str, share: float = 0.05) -> Check:
    """Returns a check that at most the share `share` of a dimension's codes in the release before are missing."""

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        now = _list_codes(draft.observations, dimension)
        earlier = _list_codes(before, dimension) if before is not None else set()
        lost = sorted(earlier - now)
        detail = f"{dimension}: {len(now)} codes, {len(lost)} lost: {', '.join(lost[:_LOST_SHOWN]) or '-'}"
        rows = tuple(row for row in before.to_pylist() if str(row[dimension]) in lost) if before is not None else ()
        return Finding(N_("codes since the last release"), len(lost) <= share * len(earlier), detail, rows)

    return check


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
