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
from bongsu.network.rounds import Round, RoundKey, add_parts, mask_part
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
    def hidden(self) -> list[np.ndarray]:
        """What the plan of every node hides: nothing, in tests of the sums alone."""
        return [np.zeros(self.shape.layout.cells, bool) for _ in self.plans]

    @cached_property
    def parts(self) -> list[np.ndarray]:
        """The numbers of every part."""
        return [
            self.shape.flatten(build_part(tally, self.shape, whole, plan.policy.minimum, hidden))
            for (tally, whole), plan, hidden in zip(self.tallies, self.plans, self.hidden, strict=True)
        ]

    def masked_sum(self, names: Sequence[str]) -> JointTally:
        """The summed table, by a masked round."""
        keys = {name: RoundKey() for name in names}
        agreed = Round("request", self.shape.digest, names[0], {name: key.public for name, key in keys.items()})
        parts = {name: mask_part(part, name, keys[name], agreed) for name, part in zip(names, self.parts, strict=True)}
        return self._arrange(add_parts(parts, agreed, self.shape.count))

    def sum(self, *, rules_of_nodes: bool = True) -> JointTally:
        """The summed table, without the rules about nodes if `rules_of_nodes` is false."""
        found = self._arrange(np.sum(self.parts, axis=0))
        if rules_of_nodes:
            return found
        none = np.zeros(found.layout.cells)
        without = {**found.by_cell, "nodes": none + len(self.parts), "veto": none, "n2": none}
        return replace(found, by_cell=without, members=Members(len(self.parts), len(self.parts)))

    def _arrange(self, total: np.ndarray) -> JointTally:
        names = [str(number) for number in range(len(self.parts))]
        designs = [plan.sums.survey.design for plan in self.plans]
        members = Members.of(names, self.groups)
        return build_joint_tally(self.plans[0].sums, self.shape, self.shape.split(total), members, designs)
