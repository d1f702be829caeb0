"""Follows a question node by node: sends it, asks how far it is, checks the answer, and ends it at the deadline.

What comes from a node is believed only where the node signed it. An answer that cannot be true is not counted; it is noted with
the evidence, and the other nodes are not held up.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.report import Report
from bongsu.network.client import Client
from bongsu.network.errors import Misbehaved, to_record
from bongsu.network.messages import PeerRefused, send_message
from bongsu.network.misbehaviour import note_misbehaviour
from bongsu.network.models import Member, SentQuestion
from bongsu.network.peers import target_of_peer
from bongsu.network.questions.answering import DUTY
from bongsu.network.questions.asking import QUESTIONS_PATH
from bongsu.network.questions.checking import read_reply_answer
from bongsu.network.questions.documents import MAX_REPLY, ReplyShape
from bongsu.network.questions.states import ASKED, next_state, open_states, reasons_sent
from bongsu.network.states import ACTIVE
from bongsu.people.actions import act
from bongsu.store.node import Node

_log = logging.getLogger("bongsu.network")
_EVENTS = {
    "waiting": "wait",
    "approved": "approve",
    "answered": "answer",
    "refused": "refuse",
    "lapsed": "lapse",
    "failed": "fail",
}


def follow_question(node: Node, sent: SentQuestion, now: datetime) -> int:
    """Sends a question to the nodes that have not got it, and asks the others. Returns how many states changed."""
    changed = 0
    for member in sent.members.filter(state__in=open_states()).select_related("peer", "sent"):
        changed += follow_member(node, member, now).state != member.state
    return changed


def follow_member(node: Node, member: Member, now: datetime) -> Member:
    """Does for one node what is due; what is wrong with one stops no other. Returns the member as it is then."""
    if member.sent.deadline <= now:
        return move_member(member, "lapse", now, code="silent")
    member.tried, member.trouble = now, None
    if member.peer.state != ACTIVE:
        text = N_("No question is sent to a peer in this state: {state}.")
        member.trouble = Report(text, {"state": member.peer.state}).to_json()
        member.save(update_fields=["tried", "trouble"])
        return member
    moved = member
    try:
        moved = _ask(node, member, now)
    except PeerRefused as refused:
        if refused.values.get("signed") and member.state == ASKED and refused.values.get("peer_code") != "busy":
            moved = move_member(member, "refuse", now, code="error", report=to_record(refused))
        else:
            member.trouble = to_record(refused)
    except BongsuError as error:
        _log.warning("question %s to %s: %s: %s", member.id, member.peer_id, error.code, error)
        member.trouble = to_record(error)
    member.save(update_fields=["tried", "trouble"])
    return moved


def _ask(node: Node, member: Member, now: datetime) -> Member:
    card = node.peers.folder(member.peer_id).card
    if card is None:
        return member
    method, path, body = "GET", f"{QUESTIONS_PATH}/{member.id}", None
    if member.state == ASKED:
        method, path, body = "POST", QUESTIONS_PATH, member.request
    with Client(member.peer.url) as client:
        answer = send_message(node, client, card, method, path, body, now, MAX_REPLY)
    try:
        reply = convert_document(answer.document, ReplyShape, path)
        if reply.state != "answered":
            code = reply.code if reply.code in reasons_sent() else ""
            return move_member(member, _EVENTS[reply.state], now, code=code)
        envelope = read_reply_answer(member, reply.answer, card, now)
    except Misbehaved as misbehaved:
        note_misbehaviour(node, member.peer, misbehaved)
        return move_member(member, "fail", now, code="misbehaved", report=to_record(misbehaved))
    except BadInput as unreadable:
        return move_member(member, "fail", now, code="unreadable", report=to_record(unreadable))
    return move_member(member, "answer", now, answer=envelope.to_json().decode())


def move_member(member: Member, event: str, now: datetime, **fields: Any) -> Member:
    """Leads a member to the state that follows an event. Nothing is written if it is in that state already."""
    state = next_state(member.state, event)
    if state == member.state:
        return member
    with act(DUTY, "question.note", target_of_peer(member.peer_id)) as change:
        row = Member.locked(pk=member.pk)
        if row.state != member.state:  # another process was first
            return row
        change.before = {"request": str(member.id), "state": row.state}
        row.state, row.since = state, now
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        change.after = {"request": str(member.id), "state": row.state, "code": row.code}
    return row
