"""The custodian's decision about a peer's question: see the answer as it would leave, approve, or refuse with a reason.

Without a standing agreement a holding answers with differential privacy. Exact values of a holding in mode plan need the
custodian's word for this one question. Nobody approves twice, and what is undecided lapses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.desk.policy import PLAN
from bongsu.network.models import ReceivedQuestion
from bongsu.network.questions.answering import finish_question
from bongsu.network.questions.limits import limits_of, target_of_holding
from bongsu.network.questions.own_desk import ask_own_desk, mode_of
from bongsu.network.questions.states import WAITING, NotNow, next_state, reasons_of_custodians
from bongsu.people.access import Actor, require
from bongsu.people.actions import act
from bongsu.store.node import Node


def find_question(id: str) -> ReceivedQuestion:
    """Returns a received question by its number or the beginning of its id. Raises Missing."""
    text = id.strip().lower()
    rows = ReceivedQuestion.objects.all()
    if text.isascii() and text.isdigit() and len(text) < 16:
        row = rows.filter(pk=int(text)).first()
        if row is not None:
            found: ReceivedQuestion = row
            return found
    raise Missing(N_("There is no question “{id}” here."), id=text[:40], fix=N_("“bongsu ask received” lists them."))


def prepare_answer(actor: Actor, node: Node, row: ReceivedQuestion, now: datetime) -> ReceivedQuestion:
    """Asks the desk and keeps the answer as it would leave, for the custodian to see. It is not sent.

    The privacy budget of the asker is spent by it. Raises Refused, NotNow, TryAgain.
    """
    target = target_of_holding(row.holding)
    require(actor, "question.decide", target)
    if row.state != WAITING:
        raise NotNow(N_("The question is {state}: this cannot be done now."), state=row.state)
    outcome = ask_own_desk(node, row, now)
    with act(actor, "question.decide", target) as change:
        locked = _lock_waiting(row)
        locked.answer, locked.code = outcome.answer, outcome.code
        locked.report = outcome.report.to_json() if outcome.report else None
        locked.save()
        change.after = {"request": str(row.request), "prepared": bool(outcome.answer), "code": outcome.code}
    return locked


def _lock_waiting(row: ReceivedQuestion) -> ReceivedQuestion:
    locked = ReceivedQuestion.locked(pk=row.pk)
    if locked.state != WAITING:
        raise NotNow(N_("The question is {state}: this cannot be done now."), state=locked.state)
    return locked


def needs_exact(node: Node, row: ReceivedQuestion) -> bool:
    """Whether approving the question permits exact values without a standing agreement."""
    return mode_of(node, row.holding) == PLAN


def approve_question(
    actor: Actor, node: Node, row: ReceivedQuestion, now: datetime, *, exact: bool = False, why: str = ""
) -> ReceivedQuestion:
    """Approves a question; the desk answers when as many custodians approved as the limits say.

    `exact`: exact values may leave though no agreement stands. Raises BadInput, NotNow or Refused.
    """
    with act(actor, "question.decide", target_of_holding(row.holding), why) as change:
        locked = _lock_waiting(row)
        if locked.lapses <= now:
            raise NotNow(N_("The question has lapsed."))
        if needs_exact(node, locked) and not (exact or locked.exact):
            raise BadInput(
                N_("No standing agreement covers this question, and the holding answers with exact values."),
                fix=N_("Say that exact values may leave, make an agreement, or refuse."),
            )
        if actor.name in locked.approved_by:
            raise BadInput(N_("You have approved it already; another custodian must approve too."))
        locked.approved_by, locked.exact = [*locked.approved_by, actor.name], locked.exact or exact
        if len(locked.approved_by) >= limits_of(locked.peer, locked.holding).custodians:
            locked.state, locked.since, locked.code = next_state(locked.state, "approve"), now, ""
        locked.save()
        change.after = {"request": str(row.request), "state": locked.state, "approved_by": locked.approved_by}
    return finish_question(node, locked, now)


def refuse_question(actor: Actor, row: ReceivedQuestion, code: str, now: datetime, why: str = "") -> ReceivedQuestion:
    """Refuses a question. `code` is sent, `why` is for the audit. Raises UnknownName, NotNow or Refused."""
    if code not in reasons_of_custodians():
        raise unknown_name(N_("reason"), code, reasons_of_custodians())
    with act(actor, "question.decide", target_of_holding(row.holding), why) as change:
        locked = _lock_waiting(row)
        locked.state, locked.since, locked.code = next_state(locked.state, "refuse"), now, code
        locked.answer, locked.report = "", None
        locked.save()
        change.after = {"request": str(row.request), "state": locked.state, "code": code}
    return locked


def describe_received(row: ReceivedQuestion) -> dict[str, Any]:
    """Returns a received question as JSON data, without the answer."""
    document = row.document
    return {
        "id": row.pk,
        "request": str(row.request),
        "peer": row.peer_id,
        "holding": row.holding,
        "state": row.state,
        "code": row.code,
        "received": row.received.isoformat(),
        "lapses": row.lapses.isoformat(),
        "asker": document["asker"],
        "purpose": document["purpose"],
        "nodes": document["nodes"],
        "question": document["question"],
        "cells": row.cells,
        "by_agreement": row.by_agreement,
        "approved_by": row.approved_by,
    }
