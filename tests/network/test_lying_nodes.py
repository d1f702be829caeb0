"""A node that lies: whatever it signs or sends in the place of its answer is not counted, and kept as evidence."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from bongsu.core.envelope import Envelope, parse_envelope, sign_body
from bongsu.network.models import Member, Peer, SentQuestion
from bongsu.network.questions import answering, messages
from bongsu.network.questions.combined import combine_question
from bongsu.network.questions.documents import ANSWER_TYPE
from bongsu.network.questions.own_desk import Outcome, read_signed
from bongsu.people.models import AuditLine
from bongsu.store.node import Node
from tests.network.questions import Askers
from tests.network.world import World, now

Body = dict[str, Any]
Change = Callable[[Body], object]


class Liar:
    """Node b, whose operator changed its program: it answers with what `lie` makes of the honest envelope."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.askers = Askers(world, world.make_node("a"))
        self.node = self.askers.add("b")
        self.askers.agree()
        self.honest = answering.ask_own_desk

    def ask(self, lie: Callable[[str], str], breakdown: tuple[Any, ...] = ("SEX",), **more: Any) -> Member:
        """A asks, b lies. Returns what a makes of it."""

        def answer(node: Node, row: Any, moment: Any) -> Outcome:
            honest = self.honest(node, row, moment)
            return Outcome(lie(honest.answer)) if node is self.node else honest

        sent = self.askers.ask(breakdown, **more)
        self.world.monkeypatch.setattr(answering, "ask_own_desk", answer)
        try:
            self.askers.follow(sent)
        finally:
            self.world.monkeypatch.setattr(answering, "ask_own_desk", self.honest)
        return self.askers.member(sent, "b")

    def rewrite(self, change: Change) -> Callable[[str], str]:
        """Returns the lie that signs a changed body with b's own key."""

        def lie(envelope: str) -> str:
            body = read_signed(envelope)
            change(body)
            return self.sign(json.dumps(body).encode()).to_json().decode()

        return lie

    def sign(self, body: bytes, type_: str = ANSWER_TYPE) -> Envelope:
        """Signs anything as b."""
        return self.node.keys.sign(type_, body, now())

    @property
    def evidence(self) -> dict[str, list[str]]:
        """What a keeps about b."""
        return self.askers.asker.peers.folder(self.node.identity.id).list_evidence()


@pytest.fixture
def liar(world: World) -> Liar:
    """Node b, which a asks."""
    return Liar(world)


def set_cell(place: int, name: str, value: Any) -> Change:
    """Changes a field of a cell of the answer."""
    return lambda body: body["answer"]["cells"][place].__setitem__(name, value)


def change_field(name: str, value: Any) -> Change:
    """Changes a field of the signed body."""
    return lambda body: body.__setitem__(name, value)


def call_exact_private(body: Body) -> None:
    """A forged figure in an answer that says it is private, whose margins nobody adds up."""
    body["answer"]["cells"][0]["value"] = 10**6
    body["mode"], body["answer"]["privacy"] = "private", {"epsilon": 1.0}


# By kind of evidence: what the node signs in the place of its answer (cells: _T, F, M).
LIES: list[tuple[str, Change]] = [
    # another node's name, another request, another table
    ("other-answer", change_field("node", "0" * 16)),
    ("other-answer", change_field("request", "00000000-0000-4000-8000-000000000000")),
    ("other-answer", change_field("digest", "0" * 64)),
    ("other-answer", change_field("shape", "0" * 64)),
    ("other-answer", change_field("holding", "people-c")),
    ("other-answer", change_field("question", "0" * 16)),
    ("other-answer", change_field("mode", "private")),  # to escape the checks of exact values
    ("other-answer", lambda body: body["answer"].__setitem__("holding", "people-c")),
    ("other-answer", lambda body: body["answer"].__setitem__("question", "0" * 16)),
    ("other-answer", lambda body: body["answer"].__setitem__("privacy", {"epsilon": 1.0})),
    # another shape
    ("impossible-answer", lambda body: body["answer"]["dimensions"].append("REGION")),
    ("impossible-answer", lambda body: body["answer"]["cells"].append(dict(body["answer"]["cells"][0]))),
    ("impossible-answer", set_cell(1, "SEX", "X")),
    ("impossible-answer", set_cell(1, "SEX", ["F"])),
    ("impossible-answer", set_cell(0, "statistic", "total")),
    ("other-answer", lambda body: body.__setitem__("answer", {})),
    ("impossible-answer", change_field("format", "bongsu.answer/2")),
    ("impossible-answer", change_field("extra", 1)),
    # forged figures
    ("impossible-answer", set_cell(0, "value", 1000)),  # the parts do not add up to it
    ("impossible-answer", set_cell(1, "value", -1)),
    ("impossible-answer", set_cell(1, "value", 150.5)),
    ("impossible-answer", set_cell(1, "value", float("nan"))),
    ("impossible-answer", set_cell(1, "value", 1e400)),
    ("impossible-answer", set_cell(1, "value", None)),
    ("impossible-answer", set_cell(1, "noise", 5.0)),
    ("impossible-answer", set_cell(1, "standard_error", -1.0)),
    ("impossible-answer", set_cell(1, "reason", "\x00")),
    ("impossible-answer", call_exact_private),
    ("impossible-answer", lambda body: body["answer"]["cells"][1].update(status="perturbed", noise=9.0)),
]


def test_whatever_it_signs_in_the_place_of_its_answer_is_evidence(liar: Liar) -> None:
    asked: set[str] = set()
    for number, (kind, change) in enumerate(LIES):
        member = liar.ask(liar.rewrite(change))
        assert (member.state, member.code, member.answer) == ("failed", "misbehaved", ""), number
        name = f"{kind}-{member.id}"
        assert liar.evidence[name] == ["answer.json", "request.json"], number
        path = liar.askers.asker.peers.folder(liar.node.identity.id).evidence_path(name, "answer.json")
        assert path is not None
        assert parse_envelope(path.read_bytes()).signatures  # what the node signed, to show to others
        asked.add(name)
    assert set(liar.evidence) == asked
    assert AuditLine.objects.filter(action="peer.observe", why__contains="other-answer").count() == 11
    journal = [line for line in liar.askers.asker.journal.lines() if line.event == "misbehaved"]
    assert {line.detail["evidence"] for line in journal} == asked
    # It stays a peer, the operators decide; and an honest answer counts.
    assert Peer.objects.get(node=liar.node.identity.id).state == "active"
    assert liar.ask(lambda envelope: envelope).state == "answered"


def test_answers_that_it_did_not_sign_or_that_are_no_answers_do_not_count(liar: Liar) -> None:
    other = liar.world.make_node("z")
    said: list[str] = []

    def as_another(envelope: str) -> str:
        """The honest body, signed by another node under its own name, and under b's key id."""
        body = parse_envelope(envelope.encode()).body
        return other.keys.sign(ANSWER_TYPE, body, now()).to_json().decode()

    def under_its_name(envelope: str) -> str:
        (key,) = parse_envelope(envelope.encode()).signatures
        return (
            sign_body(ANSWER_TYPE, parse_envelope(envelope.encode()).body, {key: other.keys.find_signer(now())[1]})
            .to_json()
            .decode()
        )

    def of_another_type(envelope: str) -> str:
        return liar.sign(parse_envelope(envelope.encode()).body, "application/vnd.bongsu.card+json").to_json().decode()

    def no_json(envelope: str) -> str:
        return liar.sign(b"[" * 100_000).to_json().decode()

    # The server signs what it sends anew with b's key; this one sends what it wants.
    liar.world.monkeypatch.setattr(answering, "sign_again", lambda node, envelope, moment: envelope)
    for lie in (as_another, under_its_name, of_another_type, no_json, lambda _: '{"payload": 1}', lambda _: "{}"):
        member = liar.ask(lie)
        assert (member.state, member.code, member.answer) == ("failed", "misbehaved", "")
        said.append(str((member.report or {})["message"]))
    assert len(liar.evidence) == 6
    assert set(said) == {"The node {node} has sent an answer that cannot be true: {reason}"}


def test_an_answer_to_another_question_or_of_yesterday_is_a_replay(liar: Liar) -> None:
    honest = liar.ask(lambda envelope: envelope, ("REGION",))
    assert honest.state == "answered"
    replay = liar.ask(lambda _: honest.answer, ("REGION",))  # the same question, another request
    assert (replay.state, replay.code) == ("failed", "misbehaved")
    assert f"other-answer-{replay.id}" in liar.evidence
    other = liar.ask(lambda _: honest.answer)
    assert (other.state, other.code) == ("failed", "misbehaved")


def test_two_answers_to_one_question_are_found(liar: Liar) -> None:
    first = liar.ask(lambda envelope: envelope)
    cells = copy.deepcopy(read_signed(first.answer)["answer"]["cells"])

    def move(body: Body) -> None:
        """One person more in each part and two in the total: it adds up."""
        for place, more in ((0, 2), (1, 1), (2, 1)):
            body["answer"]["cells"][place]["value"] = cells[place]["value"] + more

    second = liar.ask(liar.rewrite(move))
    assert (second.state, second.code) == ("failed", "misbehaved")
    assert liar.evidence[f"two-answers-{second.id}"] == ["answer-before.json", "answer.json", "request.json"]
    assert (second.report or {})["values"]["count"] == 6
    # Of another copy of the holding it may answer otherwise.

    def move_another_copy(body: Body) -> None:
        move(body)
        body["edition"] = "0" * 16

    third = liar.ask(liar.rewrite(move_another_copy))
    assert third.state == "answered"


def test_a_liar_does_not_hold_up_the_others_and_is_named(liar: Liar) -> None:
    for name in "cde":
        liar.askers.add(name)
    liar.askers.agree("c", "d", "e")
    member = liar.ask(liar.rewrite(set_cell(0, "value", 10**9)))
    combined = combine_question(SentQuestion.objects.get(pk=member.sent_id))
    total = combined.cells[0]
    assert (total.value, total.coverage) == (900, (3, 4))
    assert total.left_out == ((liar.node.identity.id, "misbehaved"),)


def test_replies_that_are_none_change_nothing_that_was_decided(liar: Liar) -> None:
    """States that lead nowhere, unknown fields and codes, and words of the node: nothing of it is believed or shown."""
    for reply, state, code in (
        ({"state": "refused", "code": "<script>"}, "refused", ""),
        ({"state": "refused", "code": "silent"}, "refused", ""),  # a reason that only this node gives
        ({"state": "answered"}, "failed", "misbehaved"),
        ({"state": "asked"}, "failed", "unreadable"),
        ({"state": "waiting", "words": "x" * 9999}, "failed", "unreadable"),
        ([], "failed", "unreadable"),
    ):
        sent = liar.askers.ask()
        liar.world.monkeypatch.setattr(messages, "describe_reply", lambda *_, reply=reply: (200, reply))
        liar.askers.follow(sent)
        member = liar.askers.member(sent, "b")
        assert (member.state, member.code) == (state, code), reply
    liar.world.monkeypatch.setattr(messages, "describe_reply", lambda *_: (200, {"state": "answered", "answer": {}}))
    assert liar.askers.follow(sent)["b"] == "failed"  # it is not asked again
