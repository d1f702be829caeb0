"""Cells of a new table that stood in an answer before: what is known of them already decides what may be done with them.

A cell that was hidden stays hidden, so that two answers never take turns in showing each other's hidden cells (unless it
was hidden for a variable that is not asked for now: few who dominate its total are no reason to hide a count). A cell that
was shown is known to every reader and can protect nothing any more. Without this, an answer to the second of two tables
that share a margin would have to be refused more often than not.

Two cells are the same where they hold the same people by their codes: "2512" among plain codes, at the fourth level of a
hierarchy, or as a condition. So a cell's address says, by concept, which codes or which range of a number it covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.microdata_question import Condition, Question, Split
from bongsu.desk.layout import TOTAL, UNKNOWN, prefix_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.released_tables import ReleasedTable

    Mask = NDArray[np.bool_]

Codes = Mapping[str, list[str]]  # the codes of every concept of the holding
# What a cell covers of one concept: its codes, or the least and the largest number; None for all.
Extent = frozenset[str] | tuple[float, float] | None
Address = Mapping[str, Extent]


@dataclass(frozen=True)
class PreviousCells:
    """`hidden`: cells that were hidden before; `shown`: of which people were shown; `of`: by variable, its cells."""

    hidden: Mask
    shown: Mask
    of: Mapping[str, Mask]


def find_previous_cells(
    question: Question, layout: Layout, released: Iterable[ReleasedTable], codes: Codes
) -> PreviousCells:
    """What earlier answers say of the cells of `question`'s table. `codes`: those of the whole holding, by concept."""
    hidden, shown = np.zeros((2, layout.cells), dtype=bool)
    of: dict[str, Mask] = {}
    asked = {statistic.of for statistic in question.statistics}
    addresses = _cell_addresses(question, layout, codes)
    for earlier in released:
        outside = {condition.concept: _condition_extent(condition, codes) for condition in earlier.where}
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
                of.setdefault(name, np.zeros(layout.cells, dtype=bool))[cell] = True
    return PreviousCells(hidden, shown & ~hidden, {name: cells & ~hidden for name, cells in of.items()})


def _find_cell(
    address: Address, outside: Address, inside: Mapping[str, Mapping[Extent, str]]
) -> tuple[str, ...] | None:
    """The codes of the cell at an address in an earlier table, where it has that cell."""
    for concept in {*address, *outside}:
        if concept not in inside and address.get(concept) != outside.get(concept):
            return None
    found = tuple(codes.get(address.get(concept)) for concept, codes in inside.items())
    return None if None in found else tuple(code for code in found if code is not None)


def _cell_addresses(question: Question, layout: Layout, codes: Codes) -> list[Address]:
    """The address of every cell."""
    conditions = {condition.concept: _condition_extent(condition, codes) for condition in question.where}
    nodes = [_code_extents(split, codes) for split in question.breakdown]
    found: list[Address] = []
    for cell in range(layout.cells):
        address: dict[str, Extent] = dict(conditions)
        for split, extents, code in zip(question.breakdown, nodes, layout.codes(cell), strict=True):
            address[split.concept] = _intersect_extents(extents.get(code), conditions.get(split.concept))
        found.append({concept: _simplify_extent(concept, extent, codes) for concept, extent in address.items()})
    return found


def _codes_by_extent(split: Split, within: Extent, margins: bool, codes: Codes) -> dict[Extent, str]:
    nodes = {
        code: _simplify_extent(split.concept, _intersect_extents(extent, within), codes)
        for code, extent in _code_extents(split, codes).items()
    }
    found = {extent: code for code, extent in nodes.items()}
    return found | {_simplify_extent(split.concept, within, codes): TOTAL} if margins else found


def _simplify_extent(concept: str, extent: Extent, codes: Codes) -> Extent:
    """None where all codes are covered. (Of a number the holding's codes are UNKNOWN alone, which is not all.)"""
    every = set(codes.get(concept, ()))
    return None if isinstance(extent, frozenset) and extent >= every != {UNKNOWN} else extent


def _condition_extent(condition: Condition, codes: Codes) -> Extent:
    if condition.codes:
        return _simplify_extent(condition.concept, frozenset(condition.codes), codes)
    low = -np.inf if condition.low is None else condition.low
    return low, np.inf if condition.high is None else condition.high


def _intersect_extents(one: Extent, other: Extent) -> Extent:
    """What two extents of one concept have in common."""
    if one is None or other is None:
        return one if other is None else other
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return max(one[0], other[0]), min(one[1], other[1])
    return frozenset()  # a range has nobody whose number is unknown


def _code_extents(split: Split, codes: Codes) -> dict[str, Extent]:
    """The extent of every code of a split but the total."""
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
        cut = code[: max(split.digits)] if split.digits else code
        for name in prefix_path(cut, split.digits) if split.digits else (code,):
            found.setdefault(name, set()).add(code)
    return {name: frozenset(members) for name, members in found.items()}
