"""Finds the cells of a plan that a question asks about. It is inside the plan if all its cells are sums of published ones.

Its cells are hidden if any part is. Nothing else decides, so that answers do not depend on what was asked before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import Condition, Question, Split
from bongsu.desk.plans.solving import published_codes
from bongsu.desk.previously_released import Extent, cell_addresses, code_extents, condition_extent, intersect_extents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.plans.linked_cells import CellKey
    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.desk.previously_released import Address, Codes

    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class PlanLookup:
    """The published cells of a base. `codes`: the holding's codes by concept."""

    base: ProtectedBase
    codes: Codes

    @cached_property
    def _allowed(self) -> list[tuple[frozenset[str], Mapping[str, frozenset[str]]]]:
        return [(frozenset(table.measures), published_codes(table, self.codes)) for table in self.base.plan.tables]

    @cached_property
    def _extents(self) -> dict[str, list[tuple[str, Extent]]]:
        """The nodes of every classification, those with most codes first."""
        found = {}
        for split in self.base.plan.classifications:
            nodes = list(code_extents(split, self.codes).items())
            found[split.concept] = sorted(
                nodes, key=lambda node: -len(node[1]) if isinstance(node[1], frozenset) else -1
            )
        return found

    def is_published(self, key: CellKey, measure: str = "") -> bool:
        """Whether a table of the plan has the cell, with the measure if it is given."""
        return any(
            (not measure or measure in measures) and all(code in allowed.get(concept, ()) for concept, code in key)
            for measures, allowed in self._allowed
        )

    def is_any_hidden(self, keys: Sequence[CellKey], measures: Collection[str]) -> bool:
        """Whether one of the cells is hidden for people or for one of the measures."""
        return any(key in self.base.hidden.get(measure, ()) for key in keys for measure in ("", *measures))

    def find_parts(self, address: Address) -> list[CellKey] | None:
        """Returns the cells of the plan that add up to a cell; None if there are none (its people are not a sum of cells)."""
        choices = []
        for concept, extent in address.items():
            if extent is None:
                continue
            codes = self._split_extent(concept, extent)
            if codes is None:
                return None
            choices.append([(concept, code) for code in codes])
        return [frozenset(chosen) for chosen in product(*choices)]

    def _split_extent(self, concept: str, extent: Extent) -> list[str] | None:
        """Returns the codes of a classification that add up to an extent."""
        nodes = self._extents.get(concept)
        if nodes is None:
            return None
        if isinstance(extent, frozenset):
            left, found = set(extent), []
            for code, covered in nodes:
                if isinstance(covered, frozenset) and covered and covered <= left:
                    found.append(code)
                    left -= covered
            return None if left else found
        assert extent is not None
        if extent[0] > extent[1]:
            return []  # a band outside the condition
        bands = sorted(
            (covered, code)
            for code, covered in nodes
            if isinstance(covered, tuple) and covered[0] >= extent[0] and covered[1] <= extent[1]
        )
        joined = bool(bands) and bands[0][0][0] == extent[0] and bands[-1][0][1] == extent[1]
        return [code for _, code in bands] if joined else None


def find_hidden_cells(
    lookup: PlanLookup, question: Question, layout: Layout, measures: Mapping[str, str]
) -> tuple[Mask, list[list[CellKey]]]:
    """Returns the hidden cells of a question's table, and the parts of every cell.

    `measures`: the measures and scores that the question uses, with their names in the plan. Raises Refused if the question is
    outside the plan.
    """
    addresses = cell_addresses(question, layout, lookup.codes)
    hidden, parts = np.zeros(layout.cells, bool), []
    for cell, address in enumerate(addresses):
        found = lookup.find_parts(address)
        if found is None:
            raise outside_plan(question, sorted(address))
        for key in found:
            for measure in ("", *measures.values()):
                if not lookup.is_published(key, measure):
                    raise outside_plan(question, sorted(concept for concept, _ in key), measure)
        parts.append(found)
        hidden[cell] = not found or lookup.is_any_hidden(found, measures.values())
    return hidden, parts


def outside_plan(question: Question, concepts: Sequence[str], measure: str = "") -> Refused:
    """Returns the error of a question that the plan does not answer."""
    return Refused(
        N_("The plan of “{holding}” does not publish this: {cells}."),
        fix=N_("“bongsu desk plan {holding}” shows what it publishes. The custodian can extend it."),
        holding=question.holding,
        cells=" × ".join([*concepts, *([measure] if measure else [])]),
    )


def is_crossing_shown(
    lookup: PlanLookup, where: Sequence[Condition], splits: Sequence[Split], measure: str
) -> bool | None:
    """Whether all cells of the crossing of `splits` are shown; None if the plan does not publish them all."""
    address: dict[str, Extent] = {one.concept: condition_extent(one, lookup.codes) for one in where}
    shown = True
    choices = [[(split.concept, extent) for extent in code_extents(split, lookup.codes).values()] for split in splits]
    for chosen in product(*choices):
        extents = {concept: intersect_extents(extent, address.get(concept)) for concept, extent in chosen}
        if frozenset() in extents.values():
            continue
        parts = lookup.find_parts({**address, **extents})
        if parts is None or not all(lookup.is_published(key, measure) for key in parts):
            return None
        shown &= not lookup.is_any_hidden(parts, [measure])
    return shown
