"""The use of the hours of an award, measured in the ledger, and notices that it is too low.

What was there to be used in the window is the amount of the award spread evenly over its days, but not more than its account
had in the window. Use below the least share of that is under-use. Nothing is recalled without a notice and its time to answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import find_plan, lock_award
from bongsu.incubator.awards.money import count_received, count_used
from bongsu.incubator.models import Application, Award, UseNotice
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.actions import act


class Use(NamedTuple):
    """The use of an award in the window from `since` on, in steps; `least` is the share in per cent that is demanded."""

    since: datetime
    used: int
    allotted: int
    least: int

    @property
    def is_too_low(self) -> bool:
        """Whether less was used than demanded; exactly the least share is enough."""
        return self.used * 100 < self.least * self.allotted


def measure_use(award: Award, now: datetime) -> Use | None:
    """Returns the use over the window that ends now; None without a rule, or before the award has run for a whole window."""
    plan = find_plan(award)
    if plan.recall is None or award.started is None:
        return None
    since = now - timedelta(days=plan.recall.days)
    if since < award.started:
        return None
    used = count_used(award, since, now)
    pace = award.amount * plan.recall.days // plan.days
    there = count_received(award, now) - count_used(award, None, since)
    return Use(since, used, max(min(pace, there), 0), plan.recall.least)


def find_open_notice(award: Award) -> UseNotice | None:
    """Returns the notice about which nothing is decided yet; None if there is none."""
    found: UseNotice | None = award.notices.filter(decided=None).first()
    return found


def find_under_use(award: Award, now: datetime) -> Use | None:
    """Returns the use of a running award of which notice is to be given now.

    None if it is enough, if a notice is open, or if an officer decided on one within the window.
    """
    if award.application.state != "running":
        return None
    use = measure_use(award, now)
    if use is None or not use.is_too_low or find_open_notice(award):
        return None
    return None if award.notices.filter(decided__gt=use.since).exists() else use


def give_notice(actor: Actor, award: Award, now: datetime) -> UseNotice | None:
    """Gives notice of under-use, as an action; None if there is no reason to."""
    if find_under_use(award, now) is None:
        return None
    with act(actor, "award.notice", target_of_application(award.application)) as change:
        locked = lock_award(award.application)
        recall, use = find_plan(locked).recall, find_under_use(locked, now)
        if recall is None or use is None:
            return None
        row: UseNotice = UseNotice.objects.create(
            award=locked,
            used=use.used,
            allotted=use.allotted,
            since=use.since,
            noticed=now,
            answer_by=now + timedelta(days=recall.answer),
        )
        change.after = {"used": use.used, "allotted": use.allotted}
    return row


def answer_notice(actor: Actor, application: Application, text: str, now: datetime) -> UseNotice:
    """Answers a notice for the team, before an officer decides. Raises BadInput, StepRefused, Refused."""
    if not text.strip():
        raise BadInput(N_("Write why the hours were not used."))
    with act(actor, "award.hand-in", target_of_application(application)) as change:
        notice = require_notice(lock_award(application))
        notice.answer, notice.answered = text.strip()[:20_000], now
        notice.save(update_fields=["answer", "answered"])
        change.after = {"notice": "answered"}
    return notice


def require_notice(award: Award) -> UseNotice:
    """Returns the open notice of an award. Raises StepRefused."""
    notice = find_open_notice(award)
    if notice is None:
        raise StepRefused(N_("There is no open notice of under-use."))
    return notice


def decide_notice(notice: UseNotice, decision: str, why: str, actor: Actor, now: datetime) -> None:
    """Keeps what an officer decides about a notice, inside an action. Raises BadInput, StepRefused before the answer is due.

    What the team answered can be decided on at once; without an answer, an officer waits until the time to answer has passed.
    """
    if decision not in ("kept", "recalled") or not why.strip():
        raise BadInput(N_("Decide to keep or to recall the hours, and say why."))
    if notice.answered is None and now < notice.answer_by:
        raise StepRefused(N_("The team may still answer."))
    notice.decision, notice.why, notice.by, notice.decided = decision, why.strip(), actor.person, now
    notice.save(update_fields=["decision", "why", "by", "decided"])
