"""Submits applications: what the draft has becomes a version, which arrived when its last byte did."""

from __future__ import annotations

from datetime import UTC, datetime

from bongsu.core.errors import N_, CheckFailed
from bongsu.incubator.applications.drafting import NotOpen, carry_draft
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.applications.judging import judge
from bongsu.incubator.applications.rounds import find_next_round, is_open_for
from bongsu.incubator.applications.versions import make_version, newest_version, sign_receipts
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.reviewers.conflicts import compare_application
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import lock_application, take_step
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import Actor
from bongsu.people.actions import act


class NotComplete(CheckFailed):
    """The application lacks something, or a rule of the call refuses it."""

    code = "application-not-complete"


def submit(
    actor: Actor, application: Application, arrival: datetime, site: Site, now: datetime | None = None
) -> Version:
    """Submits the draft of an application, which arrived at `arrival`, and signs its receipt `now`. The last version counts.

    In a rolling call, what is late goes to the next round. Raises NotComplete, NotOpen, StepRefused, Refused.
    """
    with act(actor, "application.submit", target_of_application(application)) as change:
        locked = lock_application(application)
        change.before = {"state": locked.state}
        _move_if_late(locked, arrival)
        draft = carry_draft(
            Draft.objects.select_for_update().select_related("edition", "application").get(application=locked)
        )
        judgement = judge(locked, draft, arrival)
        if not judgement.may_be_submitted:
            raise NotComplete(
                N_("The application is not complete: {count} answers are missing or wrong."),
                fix=N_("The page of the application lists them."),
                count=len(judgement.findings) + len(judgement.summary.refused) + len(judgement.summary.stopped),
            )
        if locked.state != "draft" and "reopen" in list_events(read_files(locked).workflow, locked.state, "applicant"):
            take_step(locked, "reopen", actor, arrival, site)
        draft.save()
        version = make_version(locked, draft, arrival)
        locked.compared = None  # until the round closes; take_step saves it
        take_step(locked, "submit", actor, arrival, site)
        compare_application(locked, arrival)
        change.after = {"state": locked.state, "version": version.number, "digest": version.digest}
    sign_receipts(site.node, datetime.now(UTC) if now is None else now, locked)
    version.refresh_from_db()
    return version


def _move_if_late(application: Application, arrival: datetime) -> None:
    """Moves a draft that is late to the next round, if the call is rolling. Raises NotOpen."""
    if is_open_for(application, arrival):
        return
    following = find_next_round(application.call, application.round, application.stage)
    late = arrival >= application.round.ends
    if late and following and read_files(application).call.rolling and newest_version(application) is None:
        application.round = following
        if is_open_for(application, arrival):
            application.save(update_fields=["round"])
            return
    raise NotOpen(
        N_("The round has closed: this arrived too late.") if late else N_("The round is not open."),
        fix=N_("The last version that arrived in time counts."),
    )
