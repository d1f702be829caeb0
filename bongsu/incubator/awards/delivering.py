"""Milestones and reports of an award: opened at its start, handed in by the team, judged by an officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import find_plan, lock_award
from bongsu.incubator.awards.messages import MILESTONE, REPORT, name_deliverable, tell_officers, tell_team
from bongsu.incubator.awards.money import pay_tranches, void_tranches
from bongsu.incubator.calls.awards import find_due, list_report_dues
from bongsu.incubator.models import Application, Award, Deliverable, Delivery
from bongsu.incubator.opening import read_edition
from bongsu.incubator.site import Site
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.actions import act

WAITING = ("open", "sent-back")  # states in which the team must do something
VERDICTS = ("accepted", "sent-back", "failed")
HANDED_IN = N_("“{title}” was handed in")
JUDGED = N_("there is a verdict on “{title}”")
REMINDERS = (30, 7, 0)  # days before something is due
RUNNING = ("running", "completed")  # states of an application in which something is handed in and judged
MOST = 20_000  # characters


def open_deliverables(award: Award, now: datetime) -> int:
    """Opens the milestones and reports of an award that starts, inside the action of the step. Returns how many."""
    plan, zone = find_plan(award), read_edition(award.edition).call.zone
    rows = [(MILESTONE, one.key, one.evidence, find_due(one, zone, now)) for one in plan.milestone]
    if plan.reports:
        dues = list_report_dues(plan.reports, now, plan.days)
        rows += [(REPORT, f"report-{number}", plan.reports.evidence, due) for number, due in enumerate(dues, start=1)]
    for kind, key, evidence, due in rows:
        Deliverable.objects.create(
            award=award, kind=kind, key=key, evidence=evidence, due=due, reminded=find_reminder(due, now)
        )
    return len(rows)


def find_reminder(due: datetime, now: datetime) -> int | None:
    """Returns the last reminder whose time has come, in days before `due`; None if none has."""
    return min((days for days in REMINDERS if now >= due - timedelta(days=days)), default=None)


def is_late(one: Deliverable, now: datetime) -> bool:
    """Whether a milestone or a report is late: the team must do something, and its time has passed."""
    return one.state in WAITING and now >= one.due


def are_milestones_done(award: Award) -> bool:
    """Whether every milestone of an award that has started is accepted."""
    if award.started is None:
        return False
    return not award.deliverables.filter(kind=MILESTONE).exclude(state="accepted").exists()


def find_deliverable(award: Award, kind: str, key: str) -> Deliverable:
    """Returns a milestone or a report of an award. Raises Missing."""
    found: Deliverable | None = award.deliverables.filter(kind=kind, key=key).first()
    if found is None:
        raise Missing(N_("The award has no milestone or report “{name}”."), name=key[:40])
    return found


def hand_in(
    actor: Actor,
    application: Application,
    kind: str,
    key: str,
    text: str,
    files: Sequence[Mapping[str, Any]],
    now: datetime,
    site: Site,
) -> Delivery:
    """Hands in a milestone or a report, which an officer then judges; what is late is taken, too.

    `files` have the sha256, name, type and size of stored files. Raises BadInput if the evidence that the call demands is
    missing, StepRefused if nothing is to be handed in, Missing, Refused.
    """
    with act(actor, "award.hand-in", target_of_application(application)) as change:
        award = lock_award(application)
        one = find_deliverable(award, kind, key)
        if one.state not in WAITING or award.application.state not in RUNNING:
            raise StepRefused(N_("Nothing is to be handed in here now."))
        if not text.strip() and one.evidence != "file":
            raise BadInput(N_("Write what was done."))
        if not files and one.evidence != "text":
            raise BadInput(N_("Add a file."))
        if len(text) > MOST:
            raise BadInput(N_("The text is too long: {most} characters at most."), most=MOST)
        made: Delivery = Delivery.objects.create(
            deliverable=one,
            number=one.deliveries.count() + 1,
            text=text.strip(),
            files=list(files),
            by=actor.person,
            received=now,
        )
        one.state = "handed-in"
        one.save(update_fields=["state"])
        change.after = {kind: key, "is": one.state}
        tell_officers(site, award, HANDED_IN, title=name_deliverable(one))
    return made


def judge_delivery(
    actor: Actor, application: Application, kind: str, key: str, verdict: str, why: str, now: datetime, site: Site
) -> Deliverable:
    """Gives the verdict on what was handed in; the tranches of an accepted milestone are paid, those of a failed one voided.

    A milestone that nobody handed in can fail. Raises BadInput, StepRefused, also with the ledger's words, Missing, Refused.
    """
    if verdict not in VERDICTS or (kind == REPORT and verdict == "failed"):
        raise BadInput(N_("A verdict is accepted, sent back or, of a milestone, failed."))
    if verdict != "accepted" and not why.strip():
        raise BadInput(N_("Say why."))
    with act(actor, "award.judge", target_of_application(application)) as change:
        award = lock_award(application)
        one = find_deliverable(award, kind, key)
        is_failing = verdict == "failed" and one.state in WAITING
        if not (one.state == "handed-in" or is_failing) or award.application.state not in RUNNING:
            raise StepRefused(N_("There is nothing to judge here now."))
        change.before = {kind: key, "is": one.state}
        if one.state == "handed-in":
            last = one.deliveries.latest("number")
            last.verdict, last.why, last.judged_by, last.judged = verdict, why.strip(), actor.person, now
            last.save(update_fields=["verdict", "why", "judged_by", "judged"])
        one.state = verdict
        one.save(update_fields=["state"])
        if kind == MILESTONE and verdict == "accepted":
            pay_tranches(award, key, actor, now)
        if kind == MILESTONE and verdict == "failed":
            void_tranches(award, actor, now, key)
        change.after = {kind: key, "is": verdict}
        tell_team(site, award, JUDGED, title=name_deliverable(one))
    return one
