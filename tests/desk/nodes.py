"""Several nodes with holdings of the same concepts, and what their desks send into a sum, for the tests of sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bongsu.core.microdata_question import Question
from bongsu.desk.joint import JointTally, Members, build_joint_tally
from bongsu.desk.part import PartShape, build_part, plan_part, prepare_tally
from bongsu.desk.planning import PlannedQuestion, plan_question
from bongsu.desk.tally import Tally
from bongsu.store.microdata.expressions import run_expression
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

Place = tuple[Node, Holdings, str]


@dataclass(frozen=True)
class Nodes:
    """A question put to several holdings. `groups`: as in joint.Members."""

    places: Sequence[Place]
    data: Mapping[str, Any]
    groups: Mapping[str, str]

    @cached_property
    def plans(self) -> list[PlannedQuestion]:
        """The planned question of every node."""
        return [
            plan_question(node, holdings, holdings.get(name), Question.from_data({**self.data, "holding": name}), None)
            for node, holdings, name in self.places
        ]

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """All codes of the nodes."""
        found: dict[str, set[str]] = {}
        for plan in self.plans:
            for concept, codes in plan.codes.items():
                found.setdefault(concept, set()).update(codes)
        return {concept: sorted(codes) for concept, codes in found.items()}

    @cached_property
    def shape(self) -> PartShape:
        """The shape of every part."""
        shapes = [plan_part(plan.sums, self.codes, plan.policy) for plan in self.plans]
        assert len({shape.digest for shape in shapes}) == 1
        return shapes[0]

    @cached_property
    def tallies(self) -> list[tuple[Tally, float]]:
        """The table of every node, and its people."""
        return [prepare_tally(plan, run_expression, self.codes) for plan in self.plans]

    @cached_property
    def parts(self) -> list[np.ndarray]:
        """The numbers of every part."""
        return [
            self.shape.flatten(build_part(tally, self.shape, whole, plan.policy.minimum))
            for (tally, whole), plan in zip(self.tallies, self.plans, strict=True)
        ]

    def sum(self, *, rules_of_nodes: bool = True) -> JointTally:
        """The summed table, without the rules about nodes if `rules_of_nodes` is false."""
        sums = self.shape.split(np.sum(self.parts, axis=0))
        names = [str(number) for number in range(len(self.parts))]
        designs = [plan.sums.survey.design for plan in self.plans]
        found = build_joint_tally(self.plans[0].sums, self.shape, sums, Members.of(names, self.groups), designs)
        if rules_of_nodes:
            return found
        none = np.zeros(found.layout.cells)
        without = {**found.by_cell, "nodes": none + len(names), "veto": none, "n2": none}
        return replace(found, by_cell=without, members=Members(len(names), len(names)))
