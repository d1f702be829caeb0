"""Cells of a new table that stood in an answer before: what is known of them already decides what may be done with them.

A cell that was hidden stays hidden, so that two answers never take turns in showing each other's hidden cells (unless it
was hidden for a variable that is not asked for now: few who dominate its total are no reason to hide a count). A cell that
was shown is known to every reader and can protect nothing any more. Without this, an answer to the second of two tables
that share a margin would have to be refused more often than not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.microdata import Condition, Question, Split
from bongsu.desk.layout import TOTAL, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.shown import Shown

    Mask = NDArray[np.bool_]

# A part of a cell's address: a concept, its code, and at which level of the concept the code stands.
Part = tuple[str, str, tuple[int, ...]]


@dataclass(frozen=True)
class Known:
    """`hidden`: cells that were hidden before; `shown`: of which people were shown; `of`: by variable, its cells."""

    hidden: Mask
    shown: Mask
    of: Mapping[str, Mask]

    @classmethod
    def nothing(cls, layout: Layout) -> Known:
        """Of a holding that nobody has asked about."""
        none = np.zeros(layout.cells, dtype=bool)
        return cls(none, none, {})


def known(question: Question, layout: Layout, before: Iterable[Shown]) -> Known:
    """What earlier answers say of the cells of `question`'s table."""
    found = Known.nothing(layout)
    hidden, shown = found.hidden.copy(), found.shown.copy()
    of: dict[str, Mask] = {}
    asked = {statistic.of for statistic in question.statistics}
    addresses: dict[tuple[frozenset[Part], frozenset[Condition]], int] = {}
    fixed, rest = _conditions(question.where)
    for cell in range(layout.cells):
        codes = zip(question.breakdown, layout.codes(cell), strict=True)
        addresses[frozenset(_parts(codes)) | fixed, rest] = cell
    for earlier in before:
        old_fixed, old_rest = _conditions(earlier.where)
        levels = {split.concept: split for split in earlier.breakdown}
        was_hidden = {
            frozenset(_parts(zip(earlier.breakdown, codes, strict=True))) | old_fixed for codes in earlier.hidden
        }
        for (parts, conditions), cell in addresses.items():
            if conditions != old_rest or not old_fixed <= parts:
                continue
            inner = parts - old_fixed
            if not all(concept in levels and _stands(levels[concept], code, level) for concept, code, level in inner):
                continue
            if len(inner) < len(levels) and not earlier.margins:
                continue
            if parts in was_hidden:
                hidden[cell] |= earlier.variables <= asked
                continue
            shown[cell] = True
            for name in earlier.variables:
                of.setdefault(name, np.zeros(layout.cells, dtype=bool))[cell] = True
    return Known(hidden, shown & ~hidden, {name: cells & ~hidden for name, cells in of.items()})


def _conditions(where: Iterable[Condition]) -> tuple[frozenset[Part], frozenset[Condition]]:
    """Conditions on one code, which are a part of every cell's address, and the others."""
    single = {condition for condition in where if len(condition.codes) == 1}
    return frozenset((c.concept, c.codes[0], ()) for c in single), frozenset(set(where) - single)


def _parts(codes: Iterable[tuple[Split, str]]) -> Iterable[Part]:
    for split, code in codes:
        if code != TOTAL:
            yield split.concept, code, _level(split, code)


def _level(split: Split, code: str) -> tuple[int, ...]:
    """Bands differ by their bounds; levels of digits by how many of them; () is the code as it is."""
    if split.bands:
        return (-1, *split.bands)
    if not split.digits or code == UNKNOWN:
        return ()
    return split.digits if code.endswith(UNKNOWN) else (len(code),)


def _stands(split: Split, code: str, level: tuple[int, ...]) -> bool:
    """Whether a split has this code at this level."""
    if split.digits and level and level != split.digits:
        return level[0] in split.digits
    return _level(split, code) == level
