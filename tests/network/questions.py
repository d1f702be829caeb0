"""Nodes with a holding of people each, and the questions that one of them asks the others, for the tests of questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bongsu.core.microdata_question import Question
from bongsu.desk.policy import Policy
from bongsu.network.models import Member, Peer, ReceivedQuestion, SentQuestion
from bongsu.network.peers import trust_peer
from bongsu.network.questions.asking import Asked, ask_nodes
from bongsu.network.questions.following import follow_member
from bongsu.network.questions.limits import agree
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node
from tests.desk.town import MAPPING, people, write
from tests.network.world import COMMAND, World, now

COUNT = ({"kind": "count"},)


@dataclass
class Askers:
    """Node a, which asks, and nodes that are asked: each has a holding, named “people-NAME”, and trusts a with questions."""

    world: World
    asker: Node
    nodes: dict[str, Node] = field(default_factory=dict)

    def add(
        self, name: str, rows: list[dict[str, str]] | None = None, mapping: str = MAPPING, policy: str = ""
    ) -> Node:
        """Another node, a peer of a, with people."""
        node = self.nodes[name] = self.world.make_node(name)
        (node.root / "secret.key").write_text("5" * 64)
        path = write(self.world.folder / f"{name}.csv", rows or people(300, seed=len(self.nodes)))
        text = mapping.format(name=self.holding(name), design="", policy=policy)
        Holdings(node).add(path, text, check=Policy.from_data)
        if len(self.nodes) == 1:
            self.world.befriend(self.asker, node)
        else:  # the row of a is there already; the node needs its card
            card = self.asker.keys.card_envelope
            assert card is not None
            node.peers.folder(self.asker.identity.id).write_card(card)
            self.world.introduce(self.asker, node)
            self.world.tend(self.asker, node)
        trust_peer(COMMAND, self.peer(self.asker), "questions", self.holding(name), now())
        return node

    def holding(self, name: str) -> str:
        """The name of a node's holding."""
        return f"people-{name}"

    def peer(self, node: Node) -> Peer:
        """What the others know of a node."""
        return Peer.objects.get(node=node.identity.id)

    def agree(self, *names: str, purposes: tuple[str, ...] = ("*",), concepts: tuple[str, ...] = ("*",)) -> None:
        """These nodes have a standing agreement with a."""
        for name in names or self.nodes:
            agree(COMMAND, self.nodes[name], self.peer(self.asker), self.holding(name), (purposes, concepts), now())

    def ask(
        self, breakdown: tuple[Any, ...] = ("SEX",), statistics: Any = COUNT, own: str = "", **more: Any
    ) -> SentQuestion:
        """A asks all nodes, and its own holding if one is named."""
        data = {"holding": "people", "breakdown": list(breakdown), "statistics": list(statistics), **more}
        where = [(self.peer(node), self.holding(name)) for name, node in self.nodes.items()]
        with self.world.at(self.asker):
            return ask_nodes(
                COMMAND, self.asker, Question.from_data(data), where, Asked("research", "a test", own=own), now()
            )

    def member(self, sent: SentQuestion, name: str) -> Member:
        """A node of a question, as it is now."""
        return sent.members.get(peer_id=self.nodes[name].identity.id)

    def follow(self, sent: SentQuestion, *names: str) -> dict[str, str]:
        """A does its duty about some nodes, or all. Returns the states by node."""
        with self.world.at(self.asker):
            for name in names or self.nodes:
                member = self.member(sent, name)
                if member.state in ("asked", "waiting", "approved"):
                    follow_member(self.asker, member, now())
        return {name: self.member(sent, name).state for name in self.nodes}

    def received(self, sent: SentQuestion, name: str) -> ReceivedQuestion:
        """The question as a node has it."""
        return ReceivedQuestion.objects.get(request=self.member(sent, name).id)
