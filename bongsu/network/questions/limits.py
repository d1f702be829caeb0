"""How much a peer may ask about a holding, and standing agreements. Each change is an action of a custodian.

Counted are questions, beside the privacy budget that the desk keeps; whichever is used up first refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q, Sum

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.microdata_question import Question
from bongsu.network.errors import TooMany
from bongsu.network.models import Agreement, Peer, QuestionLimit, ReceivedQuestion
from bongsu.network.peers import EVERYTHING
from bongsu.network.questions.documents import used_concepts
from bongsu.network.questions.states import purposes
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.store.disk.clock import format_moment
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

DAY, MONTH = timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True)
class Limits:
    """How many custodians approve, questions in 24 hours, cells asked for in 30 days, and days until a question lapses."""

    custodians: int = 1
    questions_day: int = 50
    cells_month: int = 200_000
    days: int = 10


def target_of_holding(holding: str) -> Target:
    """A holding as an object of actions."""
    return Target("holding", holding)


def limits_of(peer: Peer, holding: str) -> Limits:
    """Returns what a peer may ask about a holding."""
    row = QuestionLimit.objects.filter(peer=peer, holding=holding).first()
    return Limits(row.custodians, row.questions_day, row.cells_month, row.days) if row else Limits()


def set_limits(actor: Actor, node: Node, peer: Peer, holding: str, limits: Limits, why: str = "") -> None:
    """Sets what a peer may ask about a holding. Raises BadInput, UnknownName or Refused."""
    known = Holdings(node).get(holding).name
    if limits.custodians not in (1, 2):
        raise BadInput(N_("One custodian approves, or two."))
    for value, most in ((limits.questions_day, 10_000), (limits.cells_month, 10**9), (limits.days, 90)):
        if not 0 <= value <= most:
            raise BadInput(N_("{value} is not between 0 and {most}."), value=value, most=most)
    with act(actor, "question.agree", target_of_holding(known), why) as change:
        change.before = {"peer": peer.node, **asdict(limits_of(peer, known))}
        QuestionLimit.objects.update_or_create(peer=peer, holding=known, defaults=asdict(limits))
        change.after = {"peer": peer.node, **asdict(limits)}


def refuse_beyond_limits(peer: Peer, holding: str, cells: int, now: datetime) -> None:
    """Raises TooMany if a question with so many cells is more than the peer may ask now."""
    limits = limits_of(peer, holding)
    asked = ReceivedQuestion.objects.filter(peer=peer, holding=holding)
    day = asked.filter(received__gt=now - DAY).order_by("received")
    if day.count() >= limits.questions_day:
        raise TooMany(
            N_("This node answers {most} questions a day of yours about “{holding}”; ask again after {again}."),
            most=limits.questions_day,
            holding=holding,
            again=_refill(day.first(), DAY, now),
        )
    month = asked.filter(received__gt=now - MONTH).order_by("received")
    used = month.aggregate(cells=Sum("cells"))["cells"] or 0
    if used + cells > limits.cells_month:
        raise TooMany(
            N_("This node answers {most} cells in 30 days of yours about “{holding}”; {left} are left until {again}."),
            most=limits.cells_month,
            holding=holding,
            left=limits.cells_month - used,
            again=_refill(month.first(), MONTH, now),
        )


def _refill(oldest: ReceivedQuestion | None, window: timedelta, now: datetime) -> str:
    return format_moment((oldest.received if oldest else now) + window)


def agree(
    actor: Actor,
    node: Node,
    peer: Peer,
    holding: str,
    covered: tuple[Sequence[str], Sequence[str]],
    now: datetime,
    until: date | None = None,
    why: str = "",
) -> Agreement:
    """Makes a standing agreement. `covered`: purposes and concepts; “*” for all. Raises BadInput, UnknownName or Refused."""
    holdings = Holdings(node)
    known = holdings.get(holding)
    for chosen, all_, kind in (
        (covered[0], purposes(), N_("purpose")),
        (covered[1], known.concepts, N_("concept of the holding")),
    ):
        if not chosen:
            raise BadInput(N_("An agreement names purposes and concepts, or “*” for all."))
        for one in chosen:
            if one != EVERYTHING and one not in all_:
                raise unknown_name(kind, one, all_)
    if until is not None and until < now.date():
        raise BadInput(N_("{date} has passed."), date=until)
    with act(actor, "question.agree", target_of_holding(known.name), why) as change:
        row = Agreement.objects.create(
            peer=peer,
            holding=known.name,
            purposes=sorted(set(covered[0])),
            concepts=sorted(set(covered[1])),
            until=until,
            decided=now,
            decided_by=actor.name,
        )
        change.after = describe_agreement(row)
    return row


def end_agreement(actor: Actor, id: int, why: str = "") -> None:
    """Ends a standing agreement. Raises Missing or Refused."""
    row = Agreement.objects.filter(pk=id).first()
    if row is None:
        raise Missing(N_("There is no such agreement."))
    with act(actor, "question.agree", target_of_holding(row.holding), why) as change:
        change.before = describe_agreement(row)
        row.delete()


def describe_agreement(row: Agreement) -> dict[str, object]:
    """Returns an agreement as JSON data."""
    return {
        "id": row.pk,
        "peer": row.peer_id,
        "holding": row.holding,
        "purposes": row.purposes,
        "concepts": row.concepts,
        "until": str(row.until or ""),
        "decided_by": row.decided_by,
    }


def list_in_force(now: datetime) -> models.QuerySet[Agreement]:
    """Returns the agreements in force: one made before its peer was introduced anew ended with the relation."""
    return Agreement.objects.filter(Q(until=None) | Q(until__gte=now.date()), decided__gte=F("peer__introduced"))


def find_agreement(peer: Peer, holding: str, purpose: str, question: Question, now: datetime) -> Agreement | None:
    """Returns a standing agreement that covers a question now, or None."""
    used = used_concepts(question)
    for row in list_in_force(now).filter(peer=peer, holding=holding):
        if _covers(row.purposes, {purpose}) and _covers(row.concepts, used):
            return row
    return None


def _covers(listed: Sequence[str], used: set[str]) -> bool:
    return EVERYTHING in listed or used <= set(listed)
