"""Letters to applicants: written in all three languages in the transaction of the step, read on the application's page.

The mail of the step says only that there is news. What reviewers wrote for the panel is never part of a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.utils.translation import gettext, override

from bongsu.core.errors import N_
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.credits.rules.amounts import write_amount, write_day
from bongsu.credits.unit_table import known_units
from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.calls.document import Call
from bongsu.incubator.models import Application, Check, Letter
from bongsu.incubator.panel.appeals import UPHOLD
from bongsu.incubator.panel.waiting import find_decision
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.step import list_events

SUBJECT = N_("{call}: your application {number}")
# By the state after the step; a step to another state has no letter.
BODIES: Mapping[str, str] = MappingProxyType(
    {
        "accepted": N_("Your application {number} to “{call}” was accepted. Please accept or decline by {due}."),
        "waiting-list": N_(
            "Your application {number} to “{call}” is on the waiting list, at place {place}. "
            "You will hear from us as soon as a place is free."
        ),
        "rejected": N_("Your application {number} to “{call}” was not accepted."),
        "ineligible": N_("Your application {number} to “{call}” does not meet its conditions:"),
        "draft": N_("Your application {number} to “{call}” goes on to the next stage. Please complete its form."),
    }
)
GRANTED = N_("Granted: {amount}.")
APPEAL = N_("You may appeal until {day}, on the page of your application.")


def write_letter(application: Application, event: str, now: datetime) -> Letter | None:
    """Writes the letter about the state that an application has now, inside an action; None if it has none."""
    subjects, texts = preview_letter(application, application.state, now)
    if not texts:
        return None
    letter: Letter = Letter.objects.create(
        application=application, kind=event, subjects=subjects, texts=texts, written=now
    )
    return letter


def preview_letter(application: Application, state: str, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the subjects and the texts, by language, of the letter that an application in a state would get."""
    if state not in BODIES:
        return {}, {}
    call = read_files(application).call
    subjects, texts = {}, {}
    for language in TABLE_LANGUAGES:
        with override(language):
            title = pick_text(call.title, language)
            subjects[language] = gettext(SUBJECT).format(call=title, number=application.number)
            texts[language] = "\n\n".join(_write_parts(application, state, call, title, language, now))
    return subjects, texts


def _write_parts(
    application: Application, state: str, call: Call, title: str, language: str, now: datetime
) -> list[str]:
    waiting = getattr(application, "waiting", None)
    values = {
        "number": application.number,
        "call": title,
        "due": write_day(application.due.date(), language) if application.due else "",
        "place": waiting.place if waiting else "",
    }
    parts = [gettext(BODIES[state]).format(**values)]
    decision = find_decision(application)
    if state == "accepted" and decision and decision.granted:
        line = next(one for one in call.budget if one.key == decision.line)
        parts.append(gettext(GRANTED).format(amount=write_amount(decision.granted, known_units()[line.unit], language)))
    if state == "ineligible":
        failed = Check.objects.filter(application=application, kind="knock-out").order_by("pk")
        reasons = {rule.id: rule.reason for rule in read_files(application).rules.rule}
        parts += ["- " + pick_text(reasons[one.rule], language) for one in failed if one.outcome == "no"]
    may_appeal = UPHOLD in list_events(read_files(application).workflow, state, "chair")
    if may_appeal and call.appeal.days:
        parts.append(gettext(APPEAL).format(day=write_day((now + timedelta(days=call.appeal.days)).date(), language)))
    return parts
