"""The combined answer to a question: every node’s own figures, the combined ones, who answered, and why the others did not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bongsu.core.microdata_question import MODEL_KINDS, Question
from bongsu.network.combine.answers import NodeAnswer, read_answer
from bongsu.network.combine.cells import NODES_MINIMUM, CombinedCell, combine_cells
from bongsu.network.combine.models import CombinedModel, combine_model
from bongsu.network.models import Member, SentQuestion
from bongsu.network.peers import group_of
from bongsu.network.questions.checking import read_member, signed_body
from bongsu.network.questions.documents import shape_of
from bongsu.network.questions.own_desk import OwnAnswer
from bongsu.network.questions.states import ANSWERED


@dataclass(frozen=True)
class CombinedAnswer:
    """The combined answer. `answered` and `asked` count groups of nodes: those of one institution are one."""

    question: Question
    members: tuple[Member, ...]
    own: OwnAnswer | None
    cells: tuple[CombinedCell, ...]
    models: tuple[CombinedModel, ...]
    answered: int
    asked: int

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The concepts of the breakdown."""
        return tuple(split.concept for split in self.question.breakdown)

    @property
    def is_enough(self) -> bool:
        """Whether enough groups answered for combined figures."""
        return self.answered >= NODES_MINIMUM

    def to_data(self) -> dict[str, Any]:
        """Returns the answer as JSON data."""
        return {
            "dimensions": list(self.dimensions),
            "answered": self.answered,
            "asked": self.asked,
            "least": NODES_MINIMUM,
            "nodes": [
                *([{**self.own, "answer": None}] if self.own else []),
                *(describe_member(member) for member in self.members),
            ],
            "cells": [cell.to_data(self.dimensions) for cell in self.cells],
            "models": [asdict(model) for model in self.models],
        }


def combine_question(sent: SentQuestion) -> CombinedAnswer:
    """Combines what the nodes of a question have answered until now. Nodes without an answer are named with their state."""
    question = Question.from_data(sent.question)
    members = tuple(sent.members.select_related("peer", "sent").order_by("peer__url"))
    answers: list[NodeAnswer] = []
    absent: dict[str, str] = {}
    for member in members:
        if member.state == ANSWERED:
            answers.append(read_member(member, signed_body(member.answer)["answer"]))
        else:
            absent[f"{group_of(member.peer)}/{member.peer_id}"] = member.code or member.state
    layout = shape_of(question, sent.codes).layout
    own: OwnAnswer | None = sent.own
    if own and own["answer"] is not None:
        answers.insert(0, read_answer(own["node"], own["group"], own["answer"], question, layout))
    elif own:
        absent[f"{own['group']}/{own['node']}"] = own["code"]
    cells: list[CombinedCell] = []
    models: list[CombinedModel] = []
    if answers:
        cells = combine_cells(answers, question, layout, absent)
        names = [each.name for each in question.statistics if each.kind in MODEL_KINDS]
        models = [combine_model(name, answers, absent) for name in names]
    asked = {group_of(member.peer) for member in members} | ({own["group"]} if own else set())
    return CombinedAnswer(
        question, members, own, tuple(cells), tuple(models), len({answer.group for answer in answers}), len(asked)
    )


def describe_member(member: Member) -> dict[str, Any]:
    """Returns a node of a question as JSON data, without its figures."""
    return {
        "request": str(member.id),
        "node": member.peer_id,
        "url": member.peer.url,
        "group": group_of(member.peer),
        "holding": member.holding,
        "state": member.state,
        "code": member.code,
        "since": member.since.isoformat(),
        "mode": signed_body(member.answer)["mode"] if member.answer else None,
    }
