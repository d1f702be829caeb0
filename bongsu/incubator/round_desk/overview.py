"""What a round looks like to somebody: her applications, counted over what she may see and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q

from bongsu.core.text import Text
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.forms.answers import Answers
from bongsu.incubator.models import Application, Check, Draft, Round, Version
from bongsu.incubator.opening import newest_edition, read_edition, target_of_call
from bongsu.incubator.reviewers.doors import list_barred, list_barred_officer
from bongsu.incubator.workflow.tables import known_states
from bongsu.people.access import Actor, may

UNKNOWN, FAILED = "unknown", "no"


def list_hidden(actor: Actor, round_: Round) -> set[UUID]:
    """Returns the ids of a round's applications that are to the actor as if they were not there."""
    if actor.person is None:
        return set()
    applications = Application.objects.filter(round=round_)
    if may(actor, "round.assign", target_of_call(round_.call)):
        return list_barred_officer(actor.person, applications)
    return list_barred(actor.person, applications)


class Row(NamedTuple):
    """An application of a round: its title, how many checks failed or are unknown, and its reviews."""

    application: Application
    title: str
    state: Text
    failed: int
    unknown: int
    assigned: int
    submitted: int


class Overview(NamedTuple):
    """A round: its rows, and how many applications are in each state."""

    rows: Sequence[Row]
    states: Sequence[tuple[Text, int]]


def show_overview(actor: Actor, round_: Round) -> Overview:
    """Returns what the actor may see of a round, in eight queries whatever its size."""
    files = read_edition(newest_edition(round_.call))
    hidden = list_hidden(actor, round_)
    assigned = Count("assignments", filter=Q(assignments__state__in=("open", "submitted")), distinct=True)
    submitted = Count("assignments", filter=Q(assignments__state="submitted"), distinct=True)
    found = Application.objects.filter(round=round_).exclude(state="draft").exclude(pk__in=hidden)
    applications = list(
        found.annotate(assigned=assigned, submitted=submitted).select_related("owner").order_by("number")
    )
    titles = list_titles(files, applications)
    checks = _count_checks(applications)
    rows = [
        Row(
            one,
            titles[one.pk],
            known_states()[one.state].text,
            checks[one.pk, FAILED],
            checks[one.pk, UNKNOWN],
            one.assigned,
            one.submitted,
        )
        for one in applications
    ]
    counted = Counter(one.state for one in applications)
    states = [(state.text, counted[name]) for name, state in known_states().items() if counted[name]]
    return Overview(rows, states)


def _count_checks(applications: Iterable[Application]) -> Counter[tuple[object, str]]:
    checks = Check.objects.filter(application__in=list(applications), kind="knock-out")
    return Counter((check.application_id, check.outcome) for check in checks)


def list_titles(files: CallFiles, applications: Sequence[Application]) -> dict[object, str]:
    """Returns what each application is called: its first answer that is a short text, else its number."""
    drafts = Draft.objects.filter(application__in=applications).only("answers")
    answers: dict[object, Answers] = {one.application_id: one.answers for one in drafts}
    versions = Version.objects.filter(application__in=applications).order_by("number")
    answers |= {one.application_id: one.answers for one in versions.only("application", "number", "answers")}
    keys = [question.key for question in files.form.question if question.kind == "text"]
    return {
        one.pk: next((str(answers[one.pk][key]) for key in keys if answers.get(one.pk, {}).get(key)), one.number)
        for one in applications
    }
