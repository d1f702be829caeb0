"""The atoms of a holding: groups of people with equal codes in every concept that any question used.

Every cell of a table is a sum over atoms. Not here: what can be computed from several such sums (differencing.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.microdata_question import Condition, Split
from bongsu.desk.layout import TOTAL, UNKNOWN
from bongsu.desk.primary_suppression import bound_largest_sum, fails_p_percent, is_dominated
from bongsu.desk.tally import band_code

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.released_tables import ReleasedTable

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

# A column of codes: the distinct codes, and each atom's index into them.
CodeColumn = tuple[list[Any], "Numbers"]


class Atoms:
    """The atoms of a holding: columns of codes, the number of contributors of each atom, and sums of `measures`."""

    def __init__(self, table: pa.Table, measures: tuple[str, ...] = ()) -> None:
        columns: dict[str, Any] = {name: table[name] for name in table.column_names}
        self._sums = {
            name: tuple(_to_floats(columns.pop(f"{each}{i}")) for each in ("total", "top", "squares", "have"))
            for i, name in enumerate(measures)
        }
        self.n: Floats = _to_floats(columns.pop("n"))
        self._contributor = _code_indices(columns.pop("contributor")) if "contributor" in columns else None
        self._period = _code_indices(columns.pop("period")) if "period" in columns else None
        self.codes: dict[str, CodeColumn] = {name: _encode_column(column) for name, column in columns.items()}

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that have sums."""
        return tuple(self._sums)

    def count_contributors(self, group: Numbers) -> Floats:
        """Counts contributors by group (`group`: one number >= 0 for each atom), each once over all atoms and periods."""
        if self._contributor is not None:
            many = int(self._contributor.max(initial=0)) + 1
            pairs = np.unique(group * many + self._contributor)
            return np.bincount(pairs // many, minlength=int(group.max(initial=-1)) + 1).astype(np.float64)
        if self._period is not None:
            many = int(self._period.max(initial=0)) + 1
            size = int(group.max(initial=-1)) + 1
            sums = np.bincount(group * many + self._period, self.n, size * many)
            return np.asarray(sums.reshape(size, many).max(axis=1), np.float64)
        return np.bincount(group, self.n).astype(np.float64)

    def select(self, chosen: Mask) -> Atoms:
        """Returns the atoms for which `chosen` is true, without their codes."""
        found = object.__new__(Atoms)
        found.n = self.n[chosen]
        found._sums = {name: tuple(each[chosen] for each in sums) for name, sums in self._sums.items()}
        found._contributor = None if self._contributor is None else self._contributor[chosen]
        found._period = None if self._period is None else self._period[chosen]
        found.codes = {}
        return found

    def find_dominated(self, measure: str, group: Numbers, policy: Policy) -> Mask:
        """Returns a mask of the groups in which a few contributors dominate the measure's total (dominance or p % rule)."""
        total, top, squares, _ = self._sums[measure]
        size = int(group.max(initial=-1)) + 1
        totals, sums = (np.bincount(group, each, size).astype(np.float64) for each in (total, squares))
        first = np.zeros(size)
        np.maximum.at(first, group, top)
        largest = bound_largest_sum(first, sums, totals, policy.dominance[0] if policy.dominance else 2)
        second = bound_largest_sum(first, sums, totals, 2) - first
        return is_dominated(totals, largest, policy) | fails_p_percent(totals, first, second, policy)

    def count_without_value(self, measure: str, group: Numbers) -> Floats:
        """Counts, by group, the contributors without a value of the measure."""
        return np.bincount(group, self.n - self._sums[measure][3], int(group.max(initial=-1)) + 1).astype(np.float64)

    def population(self, conditions: tuple[Condition, ...]) -> Mask:
        """Returns a mask of the atoms that meet the conditions."""
        inside = np.ones(len(self.n), dtype=bool)
        for condition in conditions:
            values, index = self.codes[condition.concept]
            low = -np.inf if condition.low is None else condition.low
            high = np.inf if condition.high is None else condition.high
            if condition.codes:
                meets = [value in condition.codes for value in values]
            else:
                meets = [value is not None and low <= value <= high for value in values]
            inside &= np.array(meets, bool)[index]
        return inside

    def levels(self, split: Split, *, margins: bool) -> list[CodeColumn]:
        """Returns every atom's code at each level of a split, lowest level first; with `margins` also the total."""
        values, index = self.codes[split.concept]
        if split.bands:
            low = [-1 if v is None else int(np.searchsorted(split.bands, v, side="right")) for v in values]
            found = [[band_code(split, number) for number in low]]
        elif split.digits:
            longest = max(split.digits)
            cut = [UNKNOWN if v is None else v[:longest] for v in values]
            leaf = [v if v == UNKNOWN or len(v) == longest else v + UNKNOWN for v in cut]
            found = [leaf] + [
                [v[:digits] if v != UNKNOWN and len(v) >= digits else leaf[i] for i, v in enumerate(cut)]
                for digits in sorted(split.digits, reverse=True)[1:]
            ]
        else:
            found = [[UNKNOWN if v is None else str(v) for v in values]]
        if margins:
            found.append([TOTAL] * len(values))
        levels = []
        for names in found:
            known = list(dict.fromkeys(names))
            place = {name: number for number, name in enumerate(known)}
            levels.append((known, np.array([place[name] for name in names], np.int64)[index]))
        return levels

    def blocks(self, shown: ReleasedTable) -> Iterator[tuple[Numbers, Mask]]:
        """Yields, for each combination of levels, the cell of each atom (-1 outside the population) and whether it is shown."""
        inside = self.population(shown.where)
        levels = [self.levels(split, margins=shown.margins) for split in shown.breakdown]
        for chosen in product(*levels):
            cells = np.zeros(len(self.n), np.int64)
            for names, numbers in chosen:
                cells = cells * len(names) + numbers
            hidden = [
                number
                for codes in shown.hidden
                if (number := _cell_number(codes, [names for names, _ in chosen])) is not None
            ]
            visible = inside & ~np.isin(cells, np.array(hidden, np.int64))
            numbered = np.unique(cells, return_inverse=True)[1].astype(np.int64)
            yield np.where(inside, numbered, -1), visible


def _to_floats(column: Any) -> Floats:
    return np.nan_to_num(np.asarray(column.cast("float64").to_numpy(), np.float64))


def _encode_column(column: Any) -> CodeColumn:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(), np.int64)


def _code_indices(column: Any) -> Numbers:
    return _encode_column(column)[1]


def _cell_number(codes: tuple[str, ...], names: list[list[Any]]) -> int | None:
    """Returns the number of a cell from its codes, as in `blocks`; None if a code is not among the names of its axis."""
    number = 0
    for code, known in zip(codes, names, strict=True):
        if code not in known:
            return None
        number = number * len(known) + known.index(code)
    return number
