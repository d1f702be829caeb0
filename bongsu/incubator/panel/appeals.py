"""Appeals against decisions: one text within the days of the call, judged by a chair who took no part in the decision."""

from __future__ import annotations

from datetime import datetime, timedelta

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.models import Appeal, Application, Assignment, Letter, Vote
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import Person

MOST_TEXT = 20_000
UPHOLD = "uphold-appeal"


def find_appeal_end(application: Application) -> datetime | None:
    """Returns until when an applicant may appeal; None if the workflow has no appeal against the state, or the call none."""
    files = read_files(application)
    days = files.call.appeal.days
    letter = Letter.objects.filter(application=application).order_by("-written").first()
    if UPHOLD not in list_events(files.workflow, application.state, "chair") or letter is None or not days:
        return None
    end: datetime = letter.written + timedelta(days=days)
    return end


def make_appeal(actor: Actor, application: Application, text: str, now: datetime) -> Appeal:
    """Records the appeal of an applicant, once. Raises BadInput, Refused."""
    if not text.strip() or len(text) > MOST_TEXT:
        raise BadInput(N_("An appeal has 1 to {most} characters."), most=MOST_TEXT)
    with act(actor, "application.appeal", target_of_application(application)) as change:
        locked = Application.objects.select_for_update().get(pk=application.pk)
        end = find_appeal_end(locked)
        if end is None or now >= end:
            raise BadInput(N_("An appeal is no longer possible."))
        if Appeal.objects.filter(application=locked).exists():
            raise BadInput(N_("You have appealed already."))
        made: Appeal = Appeal.objects.create(application=locked, text=text.replace("\x00", "").strip(), made=now)
        change.after = {"appeal": "made"}
    return made


def took_part(person: Person, application: Application) -> bool:
    """Whether a person voted on an application, or reviewed it."""
    voted = Vote.objects.filter(application=application, person=person).exists()
    return voted or Assignment.objects.filter(application=application, reviewer__person=person).exists()


def record_outcome(actor: Actor, application: Application, outcome: str, why: str, now: datetime) -> Appeal:
    """Records the outcome of an appeal, inside an action. Raises BadInput, Refused."""
    if actor.person is not None and took_part(actor.person, application):
        raise Refused(N_("You took part in the decision: somebody else judges the appeal."))
    appeal: Appeal | None = Appeal.objects.select_for_update().filter(application=application, outcome="").first()
    if appeal is None:
        raise BadInput(N_("There is no appeal to judge."))
    if not why.strip():
        raise BadInput(N_("A ruling needs a reason."))
    appeal.outcome, appeal.why, appeal.decided_by, appeal.decided = outcome, why.strip()[:MOST_TEXT], actor.person, now
    appeal.save()
    return appeal
