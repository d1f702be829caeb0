"""What an officer wants to know before a call opens, read from the records that a trial left. No names, no texts: codes.

The words are in words.py, so that a report is read in any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.incubator.applications.asking import find_asked
from bongsu.incubator.applications.versions import application_version
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.models import Application, Assignment, Check, Decision, Letter, Round
from bongsu.incubator.panel.waiting import count_spent, find_decision
from bongsu.incubator.steps.take import find_step
from bongsu.incubator.trial.people import count_needed, needs_reviewers
from bongsu.incubator.trial.state import CLOCK, SIDE, Move, Trial
from bongsu.incubator.workflow.document import Workflow
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.incubator.workflow.tables import START, known_states


class Moment(msgspec.Struct, frozen=True):
    """A time at which something moved, the steps, and how many applications are in each state after them."""

    at: datetime
    moves: tuple[Move, ...]
    states: Mapping[str, int]


class Stuck(msgspec.Struct, frozen=True):
    """Applications that wait in a state for an event that does not come: the guards that do not hold, and who may cause it.

    Without guards the event could happen, but is the clock's, and the clock does not cause it by itself.
    """

    state: str
    event: str
    guards: tuple[str, ...]
    who: tuple[str, ...]
    count: int


class Way(msgspec.Struct, frozen=True):
    """A transition of the workflow."""

    event: str
    start: str
    to: str


class Lacking(msgspec.Struct, frozen=True):
    """A letter that would be sent without a text in a language: the state that it is about, and whose text it is."""

    state: str
    language: str
    text: str  # “title”, or the id of a rule


class Timing(msgspec.Struct, frozen=True):
    """The times of a round: its closing, the end of its reviews, its decisions, and what was announced."""

    round: str
    closed: datetime
    reviewed: datetime | None
    released: datetime | None
    announced: datetime | None

    @property
    def days(self) -> int | None:
        """Days from the closing to the decision."""
        return None if self.released is None else (self.released - self.closed).days


class Reviewing(msgspec.Struct, frozen=True):
    """Reviewers: the reviews wanted and assigned, what one reviewer takes, and how many are needed."""

    applications: int
    wanted: int
    most_each: int
    needed: int
    assigned: int


class BudgetRow(msgspec.Struct, frozen=True):
    """A budget line, in steps of its unit: what there is, was asked for, was granted, and is held when the trial ends."""

    line: str
    unit: str
    amount: int
    asked: int
    granted: int
    held: int
    accepted: int
    waiting: int
    rejected: int


class TrialReport(msgspec.Struct, frozen=True):
    """The whole report."""

    call: str
    seed: int
    moments: tuple[Moment, ...]
    states: dict[str, int]
    stuck: tuple[Stuck, ...]
    reasons: tuple[dict[str, Any], ...]  # why a release was refused, as core.report writes it
    no_answers: tuple[str, ...]  # rules that no made-up answers break; “” if no answers are valid
    never_fired: tuple[str, ...]
    unknown: tuple[str, ...]  # rules that the node cannot decide
    never_taken: tuple[Way, ...]
    letters: tuple[Lacking, ...]
    timings: tuple[Timing, ...]
    reviewing: Reviewing | None
    budget: tuple[BudgetRow, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing got stuck, and there are answers that are valid."""
        return not (self.stuck or self.reasons or "" in self.no_answers)


def report_trial(trial: Trial, moments: Sequence[Moment]) -> TrialReport:
    """Returns the report of a trial that has run."""
    failed = set(Check.objects.filter(application__call=trial.call, truth="no").values_list("rule", flat=True))
    rules = [rule.id for rule in trial.files.rules.rule]
    return TrialReport(
        trial.call.name,
        trial.seed,
        tuple(moments),
        trial.count_states(),
        tuple(_find_stuck(trial)),
        tuple(trial.reasons.values()),
        tuple(sorted(trial.no_answers)),
        tuple(rule for rule in rules if not trial.not_met[rule] and rule not in failed),
        tuple(rule for rule in rules if trial.unknown[rule]),
        tuple(_find_never_taken(trial.files.workflow, moments)),
        tuple(_find_lacking(trial)),
        tuple(_time_round(one, moments) for one in Round.objects.filter(call=trial.call).order_by("opens")),
        _count_reviewing(trial),
        tuple(_list_budget(trial)),
    )


def _find_stuck(trial: Trial) -> Iterator[Stuck]:
    """Yields what does not go on: of each state that is no end, every event that would lead on, and why it does not happen."""
    found: Counter[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = Counter()
    for state, known in known_states().items():
        if known.is_end or (state == START and trial.files.call.rolling):  # such a draft waits for the next round
            continue
        leading = [one for one in trial.files.workflow.list_from(state) if one.event not in SIDE]
        who = {
            one.event: tuple(dict.fromkeys(who for way in leading if way.event == one.event for who in way.who))
            for one in leading
        }
        for application in trial.list_in(state):
            found.update((state, event, _find_guards(trial, application, event), who[event]) for event in who)
    for (state, event, guards, may), count in found.items():
        yield Stuck(state, event, guards, may, count)


def _find_guards(trial: Trial, application: Application, event: str) -> tuple[str, ...]:
    """Returns the guards that hinder an event, for the first who may cause it; none if it could happen."""
    lacking: tuple[str, ...] = ()
    ways = [one for one in trial.files.workflow.list_from(application.state) if one.event == event]
    for name in dict.fromkeys(who for one in ways for who in one.who):
        try:
            find_step(application, event, trial.find_actor(application, name) or CLOCK, trial.now)
        except StepRefused as error:
            refusal = error.refusal
            lacking = lacking or (tuple(refusal.values.get("guards", ())) if refusal else ())
        else:
            return ()
    return lacking


def _find_never_taken(workflow: Workflow, moments: Sequence[Moment]) -> Iterator[Way]:
    taken = {Way(move.event, move.start, move.to) for moment in moments for move in moment.moves}
    for transition in workflow.transition:
        for start in transition.starts:
            way = Way(transition.event, start, transition.to)
            if way not in taken and not (way.event == "reopen" and start == "submitted"):
                yield way


def _find_lacking(trial: Trial) -> Iterator[Lacking]:
    """Yields the letters that were written, by the languages that their texts lack."""
    call, rules = trial.files.call, {rule.id: rule for rule in trial.files.rules.rule}
    states = dict(Letter.objects.filter(application__call=trial.call).values_list("kind", "application__state"))
    ineligible = Application.objects.filter(call=trial.call, letters__kind="end-screening")
    failed = Check.objects.filter(application__in=ineligible, kind="knock-out", truth="no")
    reasons = sorted(set(failed.values_list("rule", flat=True)))
    for language in TABLE_LANGUAGES:
        for kind in sorted(states):
            if not call.title.get(language):
                yield Lacking(kind, language, "title")
            if kind == "end-screening":
                yield from (Lacking(kind, language, one) for one in reasons if not rules[one].reason.get(language))


def _time_round(round_: Round, moments: Sequence[Moment]) -> Timing:
    of_round = Application.objects.filter(round=round_)
    reviewed = Assignment.objects.filter(application__in=of_round, state="submitted").order_by("-changed").first()
    decided = Decision.objects.filter(application__in=of_round, stage=round_.stage).order_by("released").first()
    return Timing(
        round_.key,
        round_.ends,
        reviewed.changed if reviewed else None,
        decided.released if decided else None,
        round_.results,
    )


def _count_reviewing(trial: Trial) -> Reviewing | None:
    if not needs_reviewers(trial.files):
        return None
    reviews = trial.files.call.reviews
    count = Application.objects.filter(call=trial.call, to_review=True).exclude(state="ineligible").count()
    assigned = Assignment.objects.filter(application__call=trial.call).count()
    return Reviewing(count, reviews.wanted, reviews.most_each, count_needed(trial.files, count), assigned)


def _list_budget(trial: Trial) -> Iterator[BudgetRow]:
    call = trial.files.call
    decided: list[tuple[Decision, int]] = []
    for application in Application.objects.filter(call=trial.call, decisions__isnull=False).distinct():
        decision, version = find_decision(application), application_version(application)
        asked = find_asked(call, version.answers) if version else None
        if decision is not None:
            decided.append((decision, asked.amount if asked else 0))
    for line in call.budget:
        rows = [(decision, asked) for decision, asked in decided if decision.line == line.key]
        counts = Counter(decision.decision for decision, _ in rows)
        granted = sum(decision.granted for decision, _ in rows if decision.decision == "accept")
        yield BudgetRow(
            line.key,
            line.unit,
            count_steps(line, line.amount),
            sum(asked for _, asked in rows),
            granted,
            count_spent(trial.call, line.key),
            counts["accept"],
            counts["wait"],
            counts["reject"],
        )
