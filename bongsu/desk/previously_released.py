"""Finds cells of a new table that were in an earlier answer, shown or hidden.

A cell that was hidden stays hidden, so that no answer shows a cell that another one hides. The exception is a cell hidden
because of a variable that the new question does not use: a few contributors who dominate its total are not a reason to hide a
count. A cell that was shown is known to every reader, so it cannot protect other cells. Without these rules, most second tables
that share a margin with a first one would have to be refused.

Two cells are the same if they contain the same people by their codes: "2512" as a code, at the fourth level of a hierarchy, or
as a condition. So the address of a cell gives, for each concept, the codes or the range of numbers that it covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.microdata_question import Condition, Question, Split
from bongsu.desk.layout import TOTAL, UNKNOWN, cut_code, prefix_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.released_tables import ReleasedTable

    Mask = NDArray[np.bool_]

Codes = Mapping[str, list[str]]  # the codes of every concept of the holding
# The part of one concept that a cell covers: codes, or the smallest and the largest number; None: all.
Extent = frozenset[str] | tuple[float, float] | None
Address = Mapping[str, Extent]


@dataclass(frozen=True)
class PreviousCells:
    """Masks of cells in earlier answers: `hidden`; `shown` (the count); `shown_by_variable` (a statistic of the variable)."""

    hidden: Mask
    shown: Mask
    shown_by_variable: Mapping[str, Mask]


def find_previous_cells(
    question: Question, layout: Layout, released: Iterable[ReleasedTable], codes: Codes
) -> PreviousCells:
    """Finds the cells of the question's table that earlier answers showed or hid. `codes`: the holding's codes by concept."""
    hidden, shown = np.zeros((2, layout.cells), dtype=bool)
    by_variable: dict[str, Mask] = {}
    asked = {statistic.of for statistic in question.statistics}
    addresses = cell_addresses(question, layout, codes)
    for earlier in released:
        outside = {condition.concept: condition_extent(condition, codes) for condition in earlier.where}
        inside = {
            split.concept: _codes_by_extent(split, outside.pop(split.concept, None), earlier.margins, codes)
            for split in earlier.breakdown
        }
        for cell, address in enumerate(addresses):
            found = _find_cell(address, outside, inside)
            if found is None:
                continue
            if found in earlier.hidden:
                hidden[cell] |= earlier.variables <= asked
                continue
            shown[cell] = True
            for name in earlier.variables:
                by_variable.setdefault(name, np.zeros(layout.cells, dtype=bool))[cell] = True
    return PreviousCells(hidden, shown & ~hidden, {name: cells & ~hidden for name, cells in by_variable.items()})


def _find_cell(
    address: Address, outside: Address, inside: Mapping[str, Mapping[Extent, str]]
) -> tuple[str, ...] | None:
    """Returns the codes of the cell with this address in an earlier table, or None."""
    for concept in {*address, *outside}:
        if concept not in inside and address.get(concept) != outside.get(concept):
            return None
    found = tuple(codes.get(address.get(concept)) for concept, codes in inside.items())
    return None if None in found else tuple(code for code in found if code is not None)


def cell_addresses(question: Question, layout: Layout, codes: Codes) -> list[Address]:
    """Returns the address of every cell. A code that the holding does not have covers nobody."""
    conditions = {condition.concept: condition_extent(condition, codes) for condition in question.where}
    nodes = [code_extents(split, codes) for split in question.breakdown]
    found: list[Address] = []
    for cell in range(layout.cells):
        address: dict[str, Extent] = dict(conditions)
        for split, extents, code in zip(question.breakdown, nodes, layout.codes(cell), strict=True):
            address[split.concept] = intersect_extents(
                None if code == TOTAL else extents.get(code, frozenset()), conditions.get(split.concept)
            )
        found.append({concept: _simplify_extent(concept, extent, codes) for concept, extent in address.items()})
    return found


def _codes_by_extent(split: Split, within: Extent, margins: bool, codes: Codes) -> dict[Extent, str]:
    nodes = {
        code: _simplify_extent(split.concept, intersect_extents(extent, within), codes)
        for code, extent in code_extents(split, codes).items()
    }
    found = {extent: code for code, extent in nodes.items()}
    return found | {_simplify_extent(split.concept, within, codes): TOTAL} if margins else found


def _simplify_extent(concept: str, extent: Extent, codes: Codes) -> Extent:
    """Returns None if the extent covers all codes. (The only code of a number is UNKNOWN, which does not cover all numbers.)"""
    every = set(codes.get(concept, ()))
    return None if isinstance(extent, frozenset) and extent >= every != {UNKNOWN} else extent


def condition_extent(condition: Condition, codes: Codes) -> Extent:
    """Returns the extent of a condition."""
    if condition.codes:
        return _simplify_extent(condition.concept, frozenset(condition.codes), codes)
    low = -np.inf if condition.low is None else condition.low
    return low, np.inf if condition.high is None else condition.high


def intersect_extents(one: Extent, other: Extent) -> Extent:
    """Returns the intersection of two extents of one concept."""
    if one is None or other is None:
        return one if other is None else other
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return max(one[0], other[0]), min(one[1], other[1])
    return frozenset()  # a range does not include unknown numbers


def code_extents(split: Split, codes: Codes) -> dict[str, Extent]:
    """Returns the extent of every code of a split, except the total."""
    if split.bands:
        edges = [-np.inf, *split.bands, np.inf]
        names = [f"<{split.bands[0]}", *(f"{a}-{b - 1}" for a, b in zip(split.bands, split.bands[1:], strict=False))]
        names.append(f">={split.bands[-1]}")
        bands: dict[str, Extent] = {
            name: (low, high - 1) for name, low, high in zip(names, edges, edges[1:], strict=False)
        }
        return bands | {UNKNOWN: frozenset({UNKNOWN})}
    found: dict[str, set[str]] = {}
    for code in codes.get(split.concept, ()):
        for name in prefix_path(cut_code(code, split.digits), split.digits) if split.digits else (code,):
            found.setdefault(name, set()).add(code)
    return {name: frozenset(members) for name, members in found.items()}
