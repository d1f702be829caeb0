"""The side that is asked: a peer's question is checked and kept; the desk answers when a custodian or an agreement permits it.

Checked in this order: the document, whether the id was used, trust, whether the question fits, and limits. A node that is not
trusted with a holding learns nothing about it, not even whether it exists.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.core.microdata_question import Question
from bongsu.core.report import Report
from bongsu.network.errors import Conflict, NotTrusted
from bongsu.network.models import Peer, ReceivedQuestion
from bongsu.network.peers import actor_of_peer, is_trusted, target_of_peer
from bongsu.network.questions.documents import OFFERS, RequestShape, digest_of, read_request, shape_of
from bongsu.network.questions.limits import (
    find_agreement,
    limits_of,
    list_in_force,
    refuse_beyond_limits,
    target_of_holding,
)
from bongsu.network.questions.own_desk import (
    ask_own_desk,
    describe_offer,
    edition_of,
    fit_question,
    sign_again,
)
from bongsu.network.questions.states import (
    ANSWERED,
    APPROVED,
    WAITING,
    next_state,
    open_states,
)
from bongsu.network.questions.telling import tell_custodians
from bongsu.network.states import ACTIVE
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.microdata.holdings import Holding, Holdings
from bongsu.store.node import Node

DUTY = Actor.of_duty("questions")
LONGEST = timedelta(days=90)


def make_offers(node: Node, peer: Peer, now: datetime) -> dict[str, Any]:
    """Returns what this node offers to questions of a peer: the holdings that it is trusted with."""
    found = []
    for holding in Holdings(node).all():
        if is_trusted(peer, "questions", holding.name, now):
            agreed = list_in_force(now).filter(peer=peer, holding=holding.name).exists()
            found.append({**describe_offer(node, holding), "agreement": agreed})
    return {"format": OFFERS, "holdings": found}


def receive_question(node: Node, peer: Peer, document: Any, now: datetime) -> ReceivedQuestion:
    """Keeps a question of a peer and returns it; the same request again returns what was kept.

    Raises BadInput, UnknownName, Conflict, NotTrusted or TooMany; nothing is kept then.
    """
    request, question = read_request(document)
    digest = digest_of(document)
    if (known := _find_known(peer, request.id, digest)) is not None:
        return known
    holding = _require_trusted(node, peer, question.holding, now)
    deadline = _read_deadline(request.deadline, now)
    if node.identity.id not in request.nodes:
        raise BadInput(N_("This node is not among those that are asked."), where="nodes")
    cells = _fit(node, holding, request, question)
    with act(actor_of_peer(peer.node), "question.receive", target_of_peer(peer.node)) as change:
        if (known := _find_known(peer, request.id, digest)) is not None:  # it came twice at the same time
            return known
        refuse_beyond_limits(peer, holding.name, cells, now)
        agreement = find_agreement(peer, holding.name, request.purpose.code, question, now)
        row = ReceivedQuestion.objects.create(
            peer=peer,
            request=request.id,
            digest=digest,
            document=document,
            holding=holding.name,
            question_id=question.id,
            edition=edition_of(holding),
            cells=cells,
            received=now,
            lapses=min(deadline, now + timedelta(days=limits_of(peer, holding.name).days)),
            state=APPROVED if agreement else WAITING,
            since=now,
            by_agreement=agreement is not None,
        )
        change.after = {
            "request": str(request.id),
            "holding": holding.name,
            "question": question.id,
            "purpose": request.purpose.code,
            "state": row.state,
            "agreement": agreement.pk if agreement else None,
        }
        if row.state == WAITING:
            tell_custodians(node, row)
    return row


def _find_known(peer: Peer, id: UUID, digest: str) -> ReceivedQuestion | None:
    row: ReceivedQuestion | None = ReceivedQuestion.objects.filter(peer=peer, request=id).first()
    if row is not None and row.digest != digest:
        raise Conflict(N_("The id {id} was used for another question."), id=str(id))
    return row


def _require_trusted(node: Node, peer: Peer, name: str, now: datetime) -> Holding:
    if is_trusted(peer, "questions", name, now):
        for holding in Holdings(node).all():
            if holding.name == name:
                return holding
    raise NotTrusted(N_("This node does not answer your questions about such a holding."))


def _read_deadline(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(N_("“{moment}” is not a valid date."), moment=text, where="deadline") from None
    if not now < moment <= now + LONGEST:
        raise BadInput(N_("The deadline is within 90 days from now."), where="deadline")
    return moment


def _fit(node: Node, holding: Holding, request: RequestShape, question: Question) -> int:
    """Returns the cells of the question. What is wrong with it stays here: the text of an error could name codes."""
    try:
        _, cells = fit_question(node, holding, question, request.codes)
        shape = shape_of(question, request.codes).digest
    except BongsuError:
        raise BadInput(N_("The question does not fit what this node offers. Read its offers again.")) from None
    if shape != request.shape:
        raise BadInput(
            N_("This node arranges the table of the question otherwise than you: the two have different versions."),
            where="shape",
        )
    return cells


def find_received(peer: Peer, id: UUID) -> ReceivedQuestion:
    """Returns a question of a peer. Raises Missing."""
    row: ReceivedQuestion | None = ReceivedQuestion.objects.filter(peer=peer, request=id).first()
    if row is None:
        raise Missing(N_("This node has no such question of yours."))
    return row


def describe_reply(node: Node, row: ReceivedQuestion, now: datetime) -> tuple[int, dict[str, Any]]:
    """Returns the HTTP status and the document that tells the peer how far its question is.

    Raises NotTrusted if the peer is not trusted any more: an answer that was given is not sent again then. It is signed by
    the key of now.
    """
    if not is_trusted(row.peer, "questions", row.holding, now):
        raise NotTrusted(N_("This node does not answer your questions about such a holding."))
    found: dict[str, Any] = {"state": row.state}
    if row.code and row.state not in open_states():
        found["code"] = row.code
    if row.state == ANSWERED:
        found["answer"] = json.loads(sign_again(node, row.answer, now))
    return (202 if row.state in (WAITING, APPROVED) else 200), found


def finish_question(node: Node, row: ReceivedQuestion, now: datetime) -> ReceivedQuestion:
    """Lets the desk answer a question that was approved, and keeps the answer before it is sent. Does it twice without harm.

    Raises TryAgain if the desk is busy.
    """
    if row.state != APPROVED:
        return row
    if row.peer.state != ACTIVE or not is_trusted(row.peer, "questions", row.holding, now):
        return _end(row, "refuse", now, code="other")
    if row.answer:  # as the custodian saw it
        return _end(row, "answer", now)
    outcome = ask_own_desk(node, row, now)
    if outcome.answer:
        return _end(row, "answer", now, answer=outcome.answer)
    event = "fail" if outcome.code == "not-answered" else "refuse"
    return _end(row, event, now, code=outcome.code, report=_store(outcome.report))


def _store(report: Report | None) -> dict[str, Any] | None:
    return report.to_json() if report else None


def _end(row: ReceivedQuestion, event: str, now: datetime, **fields: Any) -> ReceivedQuestion:
    with act(DUTY, "question.answer", target_of_holding(row.holding)) as change:
        locked = ReceivedQuestion.locked(pk=row.pk)
        if locked.state != row.state:  # somebody else was first
            return locked
        change.before = {"request": str(row.request), "state": locked.state}
        locked.state, locked.since = next_state(locked.state, event), now
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.save()
        change.after = {"request": str(row.request), "state": locked.state, "code": locked.code}
    return locked


def lapse_question(row: ReceivedQuestion, now: datetime) -> ReceivedQuestion:
    """Ends a question that nobody decided in time; an answer that was prepared is deleted."""
    return _end(row, "lapse", now, code="undecided", answer="")
