"""The applicants apply: most in time, one late, one incomplete, one who leaves, and one for each rule that she breaks."""

from __future__ import annotations

from contextlib import suppress

from bongsu.incubator.applications.drafting import NotOpen, begin_application, save_draft
from bongsu.incubator.applications.files import attach_file
from bongsu.incubator.applications.finding import find_form
from bongsu.incubator.applications.judging import judge, take_rules
from bongsu.incubator.applications.rounds import is_open_for
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.models import Application, Draft
from bongsu.incubator.running.submitting import NotComplete, submit
from bongsu.incubator.trial.answers import Drawer, make_file
from bongsu.incubator.trial.people import INCOMPLETE, LATE, LEAVES, Applicant
from bongsu.incubator.trial.state import Trial
from bongsu.incubator.workflow.refused import StepRefused


def begin_all(trial: Trial) -> None:
    """Everybody begins an application and writes it; all but the late one submit."""
    for applicant in trial.people.applicants:
        with suppress(NotOpen):
            application = begin_application(applicant.actor, trial.files.call.call, trial.now)
            fill_in(trial, application, applicant)
            if applicant.fate == LEAVES:
                trial.attempt("withdraw", application)
            elif applicant.fate != LATE:
                send(trial, application, applicant)


def fill_in(trial: Trial, application: Application, applicant: Applicant) -> None:
    """Writes the draft of an application with answers to the form of its stage."""
    form = find_form(trial.files, application)
    rules = take_rules(trial.files, form)
    today = trial.now.astimezone(find_zone(trial.files.call.zone)).date()
    random = trial.random_for(application.number, application.stage)
    person = {"name": applicant.person.name, "email": str(applicant.person.email)}
    breaks = applicant.breaks if applicant.breaks in {rule.id for rule in rules.rule} else ""
    drawer = Drawer(form, rules, today, random, asked=trial.files.call.asked.amount)
    drawn = drawer.draw(person, applicant.language, breaks)
    if drawn is None:
        trial.no_answers.add(breaks)
        return
    answers = dict(drawn.answers)
    if applicant.fate == INCOMPLETE:
        needed = [one.key for one in form.question if one.required and one.key in answers]
        for key in needed[-1:]:
            del answers[key]
    draft = Draft.objects.get(application=application)
    save_draft(applicant.actor, application, answers, draft.revision, trial.now)
    for key, types in drawn.files.items():
        for number, type_ in enumerate(types):
            name = f"{key}-{number}.{type_}"
            attach_file(applicant.actor, application, key, name, make_file(type_), trial.now, trial.site.node)


def send(trial: Trial, application: Application, applicant: Applicant) -> None:
    """Submits an application as it is, and counts what the rules said of it."""
    draft = Draft.objects.select_related("edition", "application").get(application=application)
    for outcome in judge(application, draft, trial.now, "screening").outcomes:
        trial.not_met[outcome.rule.id] += outcome.truth == "no"
        trial.unknown[outcome.rule.id] += outcome.truth == "unknown" and not applicant.fate
    with suppress(NotComplete, NotOpen, StepRefused):
        submit(applicant.actor, application, trial.now, trial.site, trial.now)


def send_late(trial: Trial) -> None:
    """The late one submits after the end; in a rolling call that is the next round."""
    for application in trial.list_in("draft"):
        applicant = trial.find_applicant(application)
        if applicant.fate == LATE and application.round.ends <= trial.now and not application.versions.exists():
            send(trial, application, applicant)


def complete_stages(trial: Trial) -> None:
    """Who was accepted at a stage writes the form of the next one, once, when its round is open."""
    for application in trial.list_in("draft"):
        written = (application.pk, application.stage)
        if application.stage > 1 and written not in trial.written and is_open_for(application, trial.now):
            trial.written.add(written)
            applicant = trial.find_applicant(application)
            fill_in(trial, application, applicant)
            send(trial, application, applicant)
