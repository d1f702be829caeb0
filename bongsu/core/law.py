"""Laws that the figures of a dataflow obey: bounds hold their value, a part never exceeds its whole, parts sum to a total.

Each is a row of laws.csv, in definitions for all dataflows or in the folder of a programme for its own. Checks before sealing
say whether a build went well; laws say what is true of figures of a kind, in every release, whoever sealed it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.periods import canonical_period
from bongsu.core.release import Finding
from bongsu.core.structure import TIME, VALUE, Dataflow
from bongsu.core.where import group_values, parse_where

ALL_FLOWS = "*"
_SHOWN = 5
_YEAR = re.compile(r"\b(1[89]|20)[0-9][0-9]\b")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Law:
    """A law of one dataflow, or of all: of observations whose columns have the codes in `where`.

    interval  LOWER_BOUND <= OBS_VALUE <= UPPER_BOUND
    range     low <= OBS_VALUE <= high, bounds too
    part      OBS_VALUE of each of `parts` (all other codes if empty) of `dimension` <= that of its code `whole`
    sum       the values of `parts` of `dimension` sum to that of `whole`, a code or a number, within `tolerance`
    period    each observation has a reference period, or its vintage names a year
    """

    flow: str
    kind: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dimension: str = ""
    whole: str = ""
    parts: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    tolerance: float = 0
    why: str = ""

    def applies(self, flow: Dataflow) -> bool:
        """Returns whether the law is about a dataflow that has the columns it names."""
        named = {name for name, _ in self.where} | ({self.dimension} if self.dimension else set())
        return self.flow in (ALL_FLOWS, flow.id) and named <= set(flow.columns)


def parse_law(cells: Mapping[str, str], where: str) -> Law:
    """Makes a law of a row of laws.csv. Raises BadInput or UnknownName."""
    if cells["law"] not in LAWS:
        raise unknown_name(N_("law"), cells["law"], LAWS, where=where)
    conditions = group_values(parse_where([cells["where"]])) if cells["where"] else {}
    try:
        low, high, tolerance = (
            float(cells[name] or default) for name, default in (("low", "-inf"), ("high", "inf"), ("tolerance", "0"))
        )
    except ValueError:
        raise BadInput(N_("A limit is not a number."), where=where) from None
    return Law(
        flow=cells["flow"],
        kind=cells["law"],
        where=tuple((name, tuple(codes)) for name, codes in conditions.items()),
        dimension=cells["dimension"],
        whole=cells["whole"],
        parts=tuple(cells["parts"].split()),
        low=low,
        high=high,
        tolerance=tolerance,
        why=cells["why"],
    )


def check_law(law: Law, flow: Dataflow, rows: Iterable[Row]) -> Finding:
    """Returns whether observations of a dataflow obey a law that applies to it, with examples of those that do not."""
    chosen = [row for row in rows if all(row[name] in codes for name, codes in law.where)]
    broken = list(LAWS[law.kind](law, flow, chosen))
    return Finding(
        _TITLES[law.kind],
        not broken,
        N_("{compared} compared, {count} break the law"),
        {"compared": len(chosen), "count": len(broken)},
        tuple(text for text, _ in broken[:_SHOWN]),
        tuple(row for _, row in broken),
    )


Broken = Iterator[tuple[str, Row]]


def _check_interval(_law: Law, flow: Dataflow, rows: Sequence[Row]) -> Broken:
    for row in rows:
        known = [row[name] for name in ("LOWER_BOUND", VALUE, "UPPER_BOUND") if row[name] is not None]
        if known != sorted(known):
            yield f"{_key(flow, row)}: {' / '.join(f'{number:g}' for number in known)}", row


def _check_range(law: Law, flow: Dataflow, rows: Sequence[Row]) -> Broken:
    for row in rows:
        for name in (VALUE, "LOWER_BOUND", "UPPER_BOUND"):
            if row[name] is not None and not law.low <= row[name] <= law.high:
                yield f"{_key(flow, row)}: {row[name]:g}", row
                break


def _check_part(law: Law, flow: Dataflow, rows: Sequence[Row]) -> Broken:
    for group in _group(law, flow, rows).values():
        if law.whole not in group:
            continue
        whole = group[law.whole]
        for code, row in group.items():
            if code != law.whole and (not law.parts or code in law.parts) and row[VALUE] > whole[VALUE] + law.tolerance:
                yield f"{_key(flow, row)}: {row[VALUE]:g} > {whole[VALUE]:g}", row


def _check_sum(law: Law, flow: Dataflow, rows: Sequence[Row]) -> Broken:
    for group in _group(law, flow, rows).values():
        parts = [group[part] for part in law.parts if part in group]
        is_number = law.whole.isdecimal()
        if not parts or not (is_number or law.whole in group):
            continue
        total = float(law.whole) if is_number else group[law.whole][VALUE]
        found = math.fsum(row[VALUE] for row in parts)
        if not math.isclose(found, total, rel_tol=1e-9, abs_tol=law.tolerance):
            yield f"{_key(flow, parts[0])}: {found:g} / {total:g}", parts[0]


def _check_period(_law: Law, flow: Dataflow, rows: Sequence[Row]) -> Broken:
    for row in rows:
        if TIME in flow.keys:
            try:
                canonical_period(str(row[TIME]))
            except BadInput:
                yield f"{_key(flow, row)}: {row[TIME]}", row
        elif not _YEAR.search(str(row["VINTAGE"])):
            yield f"{_key(flow, row)}: {row['VINTAGE']}", row


def _group(law: Law, flow: Dataflow, rows: Sequence[Row]) -> Mapping[tuple[str, ...], dict[str, Row]]:
    """Returns rows with a value by code of the law's dimension, for each combination of the other dimensions and the unit."""
    others = [name for name in (*flow.keys, "UNIT_MEASURE") if name != law.dimension]
    groups: dict[tuple[str, ...], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row[VALUE] is not None:
            groups[tuple(row[name] for name in others)][row[law.dimension]] = row
    return groups


def _key(flow: Dataflow, row: Row) -> str:
    return " ".join(str(row[name]) for name in flow.keys)


LAWS = {
    "interval": _check_interval,
    "range": _check_range,
    "part": _check_part,
    "sum": _check_sum,
    "period": _check_period,
}
_TITLES = {
    "interval": N_("bounds hold their value"),
    "range": N_("values within what is possible"),
    "part": N_("a part never exceeds its whole"),
    "sum": N_("parts sum to their total"),
    "period": N_("every series has a reference period"),
}
