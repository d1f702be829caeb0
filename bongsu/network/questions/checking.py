"""Checks the signed answer of a node to a question: that this node signed it, for this request, and that it can be true.

What no honest node sends is evidence (Misbehaved). The message that brought it was signed by the node for this request, so an
answer in it that is signed by another key, or by nobody, is the node's doing too.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bongsu.core.document_shape import convert_document
from bongsu.core.envelope import Envelope, open_envelope, parse_envelope
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.microdata_question import Question
from bongsu.core.node_card import Card
from bongsu.desk.answer import PERTURBED
from bongsu.desk.policy import PRIVATE
from bongsu.network.combine.answers import NodeAnswer, find_changes, read_answer
from bongsu.network.errors import Misbehaved
from bongsu.network.models import Member
from bongsu.network.peers import group_of
from bongsu.network.questions.documents import ANSWER_TYPE, SignedShape, digest_of, require_storable, shape_of
from bongsu.network.questions.states import ANSWERED
from bongsu.store.disk.clock import format_moment

Check = tuple[str, object, object]


def question_of(member: Member) -> Question:
    """Returns the question as this node was asked it: with the name of its holding."""
    return Question.from_data({**member.sent.question, "holding": member.holding})


def read_reply_answer(member: Member, document: object, card: Card, now: datetime) -> Envelope:
    """Returns the envelope of an answer that can be counted. Raises Misbehaved with the evidence."""
    data = json.dumps(document).encode()
    evidence = {"request.json": json.dumps(member.request, ensure_ascii=False).encode(), "answer.json": data}
    try:
        envelope = parse_envelope(data, member.peer_id)
        keys = {key.id: key.bytes for key in card.signing if key.signs_at(format_moment(now))}
        open_envelope(envelope, ANSWER_TYPE, keys)
        body = json.loads(envelope.body)
        require_storable(body)
        signed = convert_document(body, SignedShape, "answer")
        _require_same(member, signed, digest_of(member.request))
        _read_numbers(member, signed)
    except Misbehaved as misbehaved:
        misbehaved.parts = {**evidence, **misbehaved.parts}
        raise
    except (BongsuError, ValueError, RecursionError) as wrong:
        reason = str(wrong) if isinstance(wrong, BongsuError) else N_("This is not valid JSON.")
        raise Misbehaved(
            N_("The node {node} has sent an answer that cannot be true: {reason}"),
            _kind("impossible-answer", member),
            evidence,
            node=member.peer_id,
            reason=reason,
        ) from None
    return envelope


def _kind(name: str, member: Member) -> str:
    return f"{name}-{member.id}"


def _require_same(member: Member, signed: SignedShape, digest: str) -> None:
    """Raises Misbehaved if the answer is of another node, to another request, or in another table."""
    checks: tuple[Check, ...] = (
        ("node", signed.node, member.peer_id),
        ("request", signed.request, member.id),
        ("digest", signed.digest, digest),
        ("holding", signed.holding, member.holding),
        ("question", signed.question, member.question_id),
        ("shape", signed.shape, member.sent.shape),
        ("answer.holding", signed.answer.get("holding"), member.holding),
        ("answer.question", signed.answer.get("question"), member.question_id),
        ("mode", signed.mode == PRIVATE, "privacy" in signed.answer),
    )
    for name, found, wanted in checks:
        if found != wanted:
            raise Misbehaved(
                N_("The node {node} has signed an answer to something else: its field “{field}” is another."),
                _kind("other-answer", member),
                {},
                node=member.peer_id,
                field=name,
            )


def _read_numbers(member: Member, signed: SignedShape) -> None:
    _require_noise(signed.mode, read_member(member, signed.answer))
    earlier = Member.objects.filter(
        peer_id=member.peer_id, holding=member.holding, question_id=member.question_id, state=ANSWERED
    )
    for one in earlier.exclude(pk=member.pk):
        before = signed_body(one.answer)
        same_copy = (before["edition"], before["answer"].get("plan")) == (signed.edition, signed.answer.get("plan"))
        if same_copy and (changes := find_changes(before["answer"], signed.answer, member.peer_id)):
            raise Misbehaved(
                N_("The node {node} has signed two answers to one question, with {count} differences."),
                _kind("two-answers", member),
                {"answer-before.json": one.answer.encode()},
                node=member.peer_id,
                count=len(changes),
            )


def _require_noise(mode: str, answer: NodeAnswer) -> None:
    """Raises BadInput for exact values in a private answer, which nobody checks, and for noise in another."""
    for cells in answer.statistics.values():
        noisy = cells.status == PERTURBED
        if (cells.shown & (noisy != (mode == PRIVATE))).any():
            raise BadInput(N_("Every value of a private answer has noise, and none of another answer."))


def signed_body(envelope: str) -> dict[str, Any]:
    """Returns the body of an envelope that was checked when it came."""
    body: dict[str, Any] = json.loads(parse_envelope(envelope.encode()).body)
    return body


def read_member(member: Member, answer: object) -> NodeAnswer:
    """Reads a node's answer in the table of the question. Raises BadInput or UnknownName for what cannot be true."""
    question = question_of(member)
    layout = shape_of(question, member.sent.codes).layout
    return read_answer(member.peer_id, group_of(member.peer), answer, question, layout)
