"""Releases the decisions of a round: all of them in one transaction, or none."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.applications.asking import Asked
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.models import Application, Call, Decision, Round
from bongsu.incubator.opening import newest_edition, read_edition, target_of_call
from bongsu.incubator.panel.scoring import RankingRow, rank_round
from bongsu.incubator.panel.waiting import count_spent, list_first
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import lock_application, perform, take_step
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people import audit
from bongsu.people.access import Actor
from bongsu.people.actions import act


class Over(NamedTuple):
    """A budget line of which more would be granted than it has, in steps of its unit."""

    line: str
    granted: int
    amount: int


def find_undecided(rows: list[RankingRow]) -> list[str]:
    """Returns the numbers of ranked applications that have no decision."""
    return [row.application.number for row in rows if not row.application.pending]


def find_overspent(call: Call, rows: list[RankingRow]) -> list[Over]:
    """Returns the budget lines that the decisions would overspend."""
    over = []
    for line in read_edition(newest_edition(call)).call.budget:
        granted = count_spent(call, line.key)
        granted += sum(
            row.asked.amount
            for row in rows
            if row.application.pending == "accept" and row.asked and row.asked.line == line.key
        )
        if granted > count_steps(line, line.amount):
            over.append(Over(line.key, granted, count_steps(line, line.amount)))
    return over


def release_round(actor: Actor, round_: Round, now: datetime, site: Site, why: str = "") -> int:
    """Releases the decisions of a round to everybody at once. Returns how many.

    Raises BadInput if a ranked application is undecided or a budget line would be overspent, StepRefused, Refused.
    """
    with act(actor, "round.release", target_of_call(round_.call), why) as change:
        rows = rank_round(Round.objects.select_for_update().select_related("call").get(pk=round_.pk))
        if not rows:
            raise BadInput(N_("There is nothing to release in this round."))
        if undecided := find_undecided(rows):
            raise BadInput(N_("Not yet decided: {count} applications."), count=len(undecided))
        if over := find_overspent(round_.call, rows):
            raise BadInput(
                N_("More would be granted than there is in these budget lines: {lines}."),
                lines=", ".join(one.line for one in over),
            )
        for row in rows:
            _release(actor, row, now, site)
        change.after = {"round": round_.key, "released": len(rows)}
    return len(rows)


def _release(actor: Actor, row: RankingRow, now: datetime, site: Site) -> None:
    application = lock_application(row.application)
    asked = row.asked or Asked("", 0)
    before, decided = application.state, application.pending
    granted = asked.amount if application.pending in ("accept", "wait") else 0
    Decision.objects.create(
        application=application,
        stage=application.stage,
        decision=application.pending,
        line=asked.line,
        granted=granted,
        rank=row.row.rank,
        released=now,
    )
    take_step(application, "release", actor, now, site)
    after = {"state": application.state, "decision": decided}
    audit.append(actor.name, "application.release", "application", str(application.pk), {"state": before}, after)


def offer_free_places(actor: Actor, now: datetime, site: Site) -> int:
    """Offers free places to the first of each waiting list of open calls, as long as there are any. Returns how many."""
    count = 0
    for call in Call.objects.filter(applications__state="waiting-list").distinct():
        while moved := [one for one in list_first(call) if _offer(actor, one, now, site)]:
            count += len(moved)
    return count


def _offer(actor: Actor, application: Application, now: datetime, site: Site) -> bool:
    try:
        perform(actor, application, "offer", now, site)
    except StepRefused:
        return False
    return True
