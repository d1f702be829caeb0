"""What the page of an application shows: its questions as fields; and a panel: what is missing, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from babel.dates import format_timedelta
from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import find_locale
from bongsu.incubator.applications.drafting import carry_draft, may_be_written
from bongsu.incubator.applications.finding import find_form
from bongsu.incubator.applications.judging import Judgement, judge
from bongsu.incubator.applications.versions import read_version_files
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.document import RoundTimes
from bongsu.incubator.calls.retention import describe_terms
from bongsu.incubator.eligibility.evaluate import Outcome as RuleOutcome
from bongsu.incubator.eligibility.words import TRUTHS, describe_why
from bongsu.incubator.forms.answers import AnswerFinding
from bongsu.incubator.forms.carrying import Dropped
from bongsu.incubator.forms.document import Form
from bongsu.incubator.forms.fields import (
    ROWS_ADDED,
    Field,
    Shown,
    find_anchor,
    fingerprint,
    list_shown,
    make_field,
    name_place,
    show_answer,
)
from bongsu.incubator.forms.words import describe_answer_finding, describe_dropped
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.step import list_events, seen_state
from bongsu.incubator.workflow.tables import known_events, known_states
from bongsu.people.models import Person

# What the page says before it does what cannot be taken back.
CONFIRMATIONS: Mapping[str, str] = {
    "withdraw": N_("A withdrawn application takes no part in the round any more, and cannot be submitted again."),
    "decline": N_("The place goes to the next application on the waiting list."),
    "give-up": N_("The award ends, and what is left of it goes back."),
}


class Missing(NamedTuple):
    """What is missing or wrong: where it is answered, the question, and the sentence."""

    anchor: str
    place: str
    sentence: str


class Rule(NamedTuple):
    """What a rule says of the answers now: yes, no or unknown, in words; its reason, and what decided it."""

    truth: str
    verdict: str
    reason: str
    why: tuple[str, ...]


@dataclass
class Changes:
    """What the page shows beside the draft: what was typed and not saved, and what came of saving."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    conflicts: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)  # by question
    rows: str = ""  # the question to which empty rows are added
    all_findings: bool = False  # also what is only missing


class Page:
    """The page of an application for a person, at a moment."""

    def __init__(self, application: Application, person: Person, now: datetime, language: str) -> None:
        self.application, self.person, self.now, self.language = application, person, now, language
        self.is_owner = application.owner_id == person.pk
        rows = Draft.objects.select_related("edition", "application__call")
        self.draft = carry_draft(rows.get(application=application))
        self.versions: list[Version] = list(
            application.versions.select_related("edition", "application__call").order_by("-number")
        )
        self.files: CallFiles = read_edition(newest_edition(application.call))
        self.is_open = may_be_written(application, now)
        self.is_writable = self.is_open and application.state == "draft"

    @property
    def shown(self) -> Draft | Version:
        """What the page shows: the draft while it can be written or nothing was submitted, else the version that counts."""
        if self.is_writable or not self.versions:
            return self.draft
        return next((one for one in self.versions if one.frozen), self.versions[0])

    @property
    def form(self) -> Form:
        """The form of what is shown."""
        return find_form(read_edition(self.shown.edition), self.application)

    def describe(self, changes: Changes | None = None) -> dict[str, Any]:
        """Returns the variables of the template."""
        changes = changes or Changes()
        context = {
            "application": self.application,
            "draft": self.draft,
            "title": pick_text(self.files.call.title, self.language),
            "contact": self.files.call.contact,
            "state": name_state(self.application.state, self.language),
            "writable": self.is_writable,
            "is_owner": self.is_owner,
            "round": self.find_round(),
            "is_closed": self.application.round.closed is not None,
            "dropped": self._list_dropped(),
            "terms": describe_terms(self.files.call.retention.chosen, gettext, self.language),
            **self.describe_panel(),
        }
        if self.is_writable:
            context["sections"] = self._list_sections(changes)
        else:
            context["shown"] = self.list_shown()
        return context

    def list_shown(self) -> list[tuple[str, list[tuple[str, Shown]]]]:
        """Returns the answers to read, section by section."""
        return list_shown(self.form, self.shown.answers, read_version_files(self.shown), gettext, self.language)

    def describe_panel(self) -> dict[str, Any]:
        """Returns the variables of the panel alone, which is made anew after every save."""
        judgement = self.judgement if self.is_writable else None
        return {
            "application": self.application,
            "writable": self.is_writable,
            "is_owner": self.is_owner,
            "missing": list_missing(self.form, judgement, self.language) if judgement else [],
            "rules": [describe_rule(one, self.language) for one in judgement.outcomes] if judgement else [],
            "may_be_submitted": judgement is not None and judgement.may_be_submitted,
            "left": write_time_left(self.application.round.ends - self.now, self.language) if self.is_open else "",
            "versions": self.versions,
            "unsent": self._has_unsent(),
            "members": list(self.application.members.select_related("person").order_by("invited", "pk")),
            "events": self._list_events(),
            "questions": self._list_questions(),
        }

    @property
    def judgement(self) -> Judgement:
        """What the draft lacks, and what the rules say of it."""
        return judge(self.application, self.draft, self.now)

    def make_field(self, key: str, changes: Changes, findings: Sequence[AnswerFinding]) -> Field:
        """Returns one question as a field."""
        answers = self.draft.answers
        if key in changes.typed:
            answers = {**answers, key: changes.typed[key]}
        made = make_field(
            self.form.questions[key],
            {name: value for name, value in answers.items() if value is not None},
            read_version_files(self.draft),
            findings if changes.all_findings else [one for one in findings if one.severity == "wrong"],
            gettext,
            self.language,
            ROWS_ADDED if changes.rows == key else 0,
        )
        return made._replace(
            fingerprint=fingerprint(self.draft.answers.get(key))
        )  # of what is saved, not of what was typed

    def find_round(self) -> RoundTimes | None:
        """Returns the times of the application's round, in the zone of the call."""
        return next((one for one in self.files.call.rounds if one.key == self.application.round.key), None)

    def _list_sections(self, changes: Changes) -> list[tuple[str, list[dict[str, Any]]]]:
        findings = self.judgement.findings
        titles = {one.key: pick_text(one.title, self.language) for one in self.form.section}
        sections: dict[str, list[dict[str, Any]]] = {}
        for question in self.form.question:
            shown = self.describe_field(question.key, changes, findings)
            sections.setdefault(titles.get(question.section, ""), []).append(shown)
        return list(sections.items())

    def describe_field(self, key: str, changes: Changes, findings: Sequence[AnswerFinding]) -> dict[str, Any]:
        """Returns the variables of the template of one field."""
        made = self.make_field(key, changes, findings)
        other = None
        if key in changes.conflicts:
            other = show_answer(
                self.form.questions[key],
                changes.conflicts[key],
                read_version_files(self.draft),
                gettext,
                self.language,
            )
            # The page now knows what somebody else wrote: what is sent next replaces it.
            made = made._replace(fingerprint="")
        return {
            "field": made,
            "other": other,
            "note": changes.notes.get(key, ""),
            "number": self.application.number,
        }

    def _list_dropped(self) -> list[tuple[str, str, str]]:
        """Returns what the newest edition could not keep: the question, what was answered, and why."""
        rows = []
        for place, value, reason in self.draft.dropped:
            text = "; ".join(_list_texts(value))
            why = describe_dropped(Dropped(place, value, reason), gettext)
            rows.append((self._name_dropped(place), text, why))
        return rows

    def _name_dropped(self, place: str) -> str:
        key = place.partition("[")[0].partition(".")[0]
        for edition in self.application.call.editions.order_by("-number"):
            form = read_edition(edition).form
            if key in form.questions:
                return name_place(form, place, gettext, self.language)
        return key

    def _has_unsent(self) -> bool:
        """Whether the draft differs from the version that counts."""
        if not self.versions:
            return False
        newest = self.versions[0]
        return (self.draft.answers, self.draft.files) != (newest.answers, newest.files)

    def _list_events(self) -> list[tuple[str, str, str]]:
        """Returns what the owner can do now beside submitting: event, words, and what it means if it cannot be taken back."""
        if not self.is_owner:
            return []
        events = list_events(self.files.workflow, self.application.state, "applicant")
        offered = [one for one in events if one != "submit" and (one != "reopen" or self.is_open)]
        return [
            (
                one,
                known_events()[one].text.to(self.language),
                gettext(CONFIRMATIONS[one]) if one in CONFIRMATIONS else "",
            )
            for one in offered
        ]

    def _list_questions(self) -> list[Any]:
        """Returns the checks about which an officer asked."""
        return [one for one in self.application.checks.exclude(question="").order_by("pk") if one.outcome == "unknown"]


def name_state(state: str, language: str) -> str:
    """Returns the state as the applicant sees it, in words."""
    return known_states()[seen_state(state)].text.to(language)


def list_missing(form: Form, judgement: Judgement, language: str) -> list[Missing]:
    """Returns what is missing or wrong in the answers, in the order of the form."""
    return [
        Missing(
            find_anchor(form, one.question),
            name_place(form, one.question, gettext, language),
            describe_answer_finding(one, gettext, language),
        )
        for one in judgement.findings
    ]


def describe_rule(outcome: RuleOutcome, language: str) -> Rule:
    """Returns what a rule says, in words."""
    why = dict.fromkeys(describe_why(one, gettext, language) for one in outcome.why)
    return Rule(outcome.truth, gettext(TRUTHS[outcome.truth]), pick_text(outcome.rule.reason, language), tuple(why))


def write_time_left(left: timedelta, language: str) -> str:
    """Returns how long there is still time: days and hours, or hours and minutes."""
    locale, seconds = find_locale(language), int(left.total_seconds())
    if seconds <= 0:
        return ""
    parts = {"day": 86400, "hour": 3600, "minute": 60}
    counted: list[str] = []
    for unit, length in parts.items():
        count, seconds = divmod(seconds, length)
        if count or counted or unit == "minute":
            counted.append(
                format_timedelta(timedelta(seconds=count * length), granularity=unit, threshold=1e9, locale=locale)  # type: ignore[arg-type]
            )
    return " ".join(counted[:2])


def _list_texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _list_texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _list_texts(one)]
    return [str(value)]
