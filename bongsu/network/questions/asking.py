"""The side that asks: a question is written once, with the codes that all asked nodes offer, and sent to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils.crypto import salted_hmac

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, unknown_name
from bongsu.core.microdata_question import Question
from bongsu.network.client import Client
from bongsu.network.messages import send_message
from bongsu.network.models import Member, Offer, Peer, SentQuestion
from bongsu.network.peers import find_peer, group_of
from bongsu.network.questions.documents import (
    MAX_REPLY,
    REQUEST,
    OfferedShape,
    OffersShape,
    require_askable,
    require_storable,
    shape_of,
    used_concepts,
)
from bongsu.network.questions.limits import target_of_holding
from bongsu.network.questions.own_desk import OwnAnswer, answer_own, describe_offer
from bongsu.network.questions.states import ASKED, FAILED, purposes
from bongsu.network.states import ACTIVE
from bongsu.people.access import Actor, require
from bongsu.people.actions import act
from bongsu.store.disk.clock import format_moment
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

OFFERS_PATH, QUESTIONS_PATH = "/network/v1/offers", "/network/v1/questions"
MOST_DAYS = 60


@dataclass(frozen=True)
class Asked:
    """What a question is for (a row of purposes.csv and words), and how many days the nodes have.

    `own`: the holding of this node that is asked too; “” without one.
    """

    purpose: str
    reason: str = ""
    days: int = 14
    own: str = ""


def read_offers(actor: Actor, node: Node, peer: Peer, now: datetime) -> OffersShape:
    """Asks a peer what it offers to questions of this node, and keeps it. Raises BadInput, Unreachable or Refused."""
    require(actor, "question.ask")
    card = node.peers.folder(peer.node).card
    if peer.state != ACTIVE or card is None:
        raise BadInput(N_("“{name}” is {state}: this cannot be done now."), name=peer.url, state=peer.state)
    with Client(peer.url) as client:
        answer = send_message(node, client, card, "GET", OFFERS_PATH, None, now, MAX_REPLY)
    require_storable(answer.document)
    offers = convert_document(answer.document, OffersShape, peer.node)
    Offer.objects.update_or_create(peer=peer, defaults={"document": answer.document, "read": now})
    return offers


def known_offers(peer: Peer) -> list[OfferedShape]:
    """Returns what a peer offered when it was asked last."""
    offer = Offer.objects.filter(peer=peer).first()
    return convert_document(offer.document, OffersShape, peer.node).holdings if offer else []


def ask_nodes(
    actor: Actor, node: Node, question: Question, where: Sequence[tuple[Peer, str]], asked: Asked, now: datetime
) -> SentQuestion:
    """Writes a question to the holdings of several peers, after reading what they offer. following.py sends it.

    `where`: peers and the names of their holdings. Raises BadInput, UnknownName or Refused; nothing is kept then.
    """
    require(actor, "question.ask")
    require_askable(question)
    _check(where, asked)
    offered = {peer.node: _find_offered(actor, node, peer, holding, now) for peer, holding in where}
    if asked.own:
        require(actor, "question.decide", target_of_holding(asked.own))
        offered[node.identity.id] = own_offer(node, asked.own)
    codes = _join_codes(question, offered)
    shape = shape_of(question, codes).digest
    own = _answer_own(actor, node, question, where, asked.own) if asked.own else None
    with act(actor, "question.ask") as change:
        sent = SentQuestion.objects.create(
            id=uuid4(),
            asker=actor.name,
            question=question.to_data(),
            codes=codes,
            shape=shape,
            purpose=asked.purpose,
            reason=asked.reason.strip()[:500],
            asked=now,
            deadline=now + timedelta(days=asked.days),
            own=own,
        )
        nodes = sorted(peer.node for peer, _ in where)
        for peer, holding in where:
            known = offered[peer.node] is not None
            request = make_request(node, sent, holding, nodes)
            Member.objects.create(
                id=request["id"],
                sent=sent,
                peer=peer,
                holding=holding,
                question_id=Question.from_data(request["question"]).id,
                request=request,
                state=ASKED if known else FAILED,
                since=now,
                code="" if known else "not-offered",
            )
        change.after = {
            "question": str(sent.id),
            "nodes": [f"{peer.node}:{holding}" for peer, holding in where],
            "purpose": asked.purpose,
        }
    return sent


def own_offer(node: Node, holding: str) -> OfferedShape:
    """Returns a holding of this node as it would be offered. Raises UnknownName."""
    return convert_document(describe_offer(node, Holdings(node).get(holding)), OfferedShape)


def _answer_own(
    actor: Actor, node: Node, question: Question, where: Sequence[tuple[Peer, str]], holding: str
) -> OwnAnswer:
    """Lets the desk of this node answer. An asked node of the same agency belongs to the same institution."""
    same = (group_of(peer) for peer, _ in where if peer.agency == node.identity.agency)
    own = Question.from_data({**question.to_data(), "holding": holding})
    return answer_own(node, own, next(same, node.identity.id), actor.name)


def _check(where: Sequence[tuple[Peer, str]], asked: Asked) -> None:
    if not where:
        raise BadInput(N_("A question names the nodes that are asked."))
    if len({peer.node for peer, _ in where}) < len(where):
        raise BadInput(N_("A node is named twice."))
    if asked.purpose not in purposes():
        raise unknown_name(N_("purpose"), asked.purpose, purposes())
    if not 1 <= asked.days <= MOST_DAYS:
        raise BadInput(N_("{value} is not between {least} and {most}."), value=asked.days, least=1, most=MOST_DAYS)


def _find_offered(actor: Actor, node: Node, peer: Peer, holding: str, now: datetime) -> OfferedShape | None:
    """Returns what a peer offers of a holding; None if it never said. Raises UnknownName if it does not offer it."""
    try:
        offers = read_offers(actor, node, peer, now).holdings
    except BongsuError:
        offers = known_offers(peer)
        if not offers:
            return None
    found = next((one for one in offers if one.name == holding), None)
    if found is None:
        raise unknown_name(N_("holding that the node offers"), holding, [one.name for one in offers], where=peer.node)
    return found


def _join_codes(question: Question, offered: dict[str, OfferedShape | None]) -> dict[str, list[str]]:
    """Returns all codes of the question's concepts that the nodes offer. Raises UnknownName for a concept that one lacks."""
    used = used_concepts(question)
    codes: dict[str, set[str]] = {}
    for node, offer in offered.items():
        if offer is None:
            continue
        for concept in sorted(used):
            if concept not in offer.concepts:
                raise unknown_name(N_("concept of the holding"), concept, offer.concepts, where=f"{node}:{offer.name}")
            codes.setdefault(concept, set()).update(offer.codes.get(concept, ()))
    if not codes and used:
        raise Missing(N_("None of the nodes says what it offers, so the question cannot be written."))
    return {concept: sorted(found) for concept, found in sorted(codes.items())}


def make_request(node: Node, sent: SentQuestion, holding: str, nodes: list[str]) -> dict[str, Any]:
    """Returns the request to a node, with an id of its own."""
    return {
        "format": REQUEST,
        "id": str(uuid4()),
        "mode": "each",
        "question": {**sent.question, "holding": holding},
        "codes": sent.codes,
        "shape": sent.shape,
        "nodes": nodes,
        "asker": {"person": make_pseudonym(sent.asker), "organisation": node.identity.agency},
        "purpose": {"code": sent.purpose, "text": sent.reason},
        "deadline": format_moment(sent.deadline),
    }


def make_pseudonym(asker: str) -> str:
    """Returns the name under which other nodes see an asker: always the same, and only this node knows whose it is."""
    return salted_hmac("bongsu.network.asker", asker).hexdigest()[:16]


def find_sent(text: str) -> SentQuestion:
    """Returns the question with this id, or the only one whose id begins so. Raises Missing."""
    wanted = text.strip().lower()
    ids = [one for one in SentQuestion.objects.values_list("id", flat=True) if wanted and str(one).startswith(wanted)]
    if len(ids) != 1:
        raise Missing(
            N_("There is no question “{id}”, or several begin so."),
            id=text[:40],
            fix=N_("“bongsu ask list” shows all."),
        )
    found: SentQuestion = SentQuestion.objects.get(pk=ids[0])
    return found


def parse_places(texts: Sequence[str], holding: str) -> list[tuple[Peer, str]]:
    """Reads NODE or NODE=HOLDING, separated by commas. Without a name it is the holding of the question. Raises Missing."""
    found = []
    for one in (part.strip() for text in texts for part in text.split(",")):
        if one:
            node, _, name = one.partition("=")
            found.append((find_peer(node), name.strip() or holding))
    return found
