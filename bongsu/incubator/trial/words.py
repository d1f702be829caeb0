"""The report of a trial as titled tables and sentences, for the command and the page alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from bongsu.core.errors import N_
from bongsu.core.languages import describe_language
from bongsu.core.report import Report
from bongsu.credits.rules.amounts import write_amount, write_day
from bongsu.credits.unit_table import known_units
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.texts import Translate, pick_text, write_sentence
from bongsu.incubator.trial.report import Stuck, TrialReport
from bongsu.incubator.workflow.tables import known_actors, known_events, known_states
from bongsu.incubator.workflow.words import write_guards


class Part(NamedTuple):
    """A part of the report: a table with rows, or sentences."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    sentences: Sequence[str] = ()

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """The rows, each cell with the name of its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


HOLDS = N_("The trial went through: every application reached an end, or waits for its applicant.")
STUCK = N_("The trial got stuck: see “What got stuck”.")
ABOUT = N_("Made-up people, a clock of its own, seed {seed}. Nothing of it was kept.")
CLOCK_ALONE = N_("nothing, but only the clock may cause it, and the node's clock does not")
NO_VALID = N_("No answers were found that meet all rules: compare the rules with the limits of the form.")
NOT_BROKEN = N_("No answers were found that break “{rule}” alone.")
LACKS_TITLE = N_("The letter about “{state}” has no title of the call in this language: {language}.")
LACKS_REASON = N_("The letter about “{state}” has no reason of the rule “{rule}” in this language: {language}.")
REVIEWERS = N_(
    "{applications} applications × {wanted} reviews, {most_each} reviews each at most: {needed} reviewers at least, and more "
    "if some are in conflict. Assigned in the trial: {assigned} reviews."
)
LATE_REVIEWS = N_("The reviews end after the announced results.")


def list_parts(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> list[Part]:
    """Returns the parts of a report, in the order in which an officer reads them."""
    writers = (_write_verdict, _write_stuck, _write_steps, _write_budget, _write_times, _write_found)
    return [writer(report, files, translate, language) for writer in writers]


def _write_verdict(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    verdict = translate(HOLDS if report.holds else STUCK)
    about = write_sentence(ABOUT, {"seed": report.seed}, translate, language)
    states = ", ".join(f"{_name_state(state, language)} {count}" for state, count in report.states.items())
    end = translate(N_("At the end"))
    return Part(translate(N_("Result")), sentences=(verdict, f"{end}: {states}.", about))


def _name_state(state: str, language: str) -> str:
    return str(known_states()[state].text.to(language))


def _name_event(event: str, language: str) -> str:
    return str(known_events()[event].text.to(language)) if event in known_events() else event


def _write_day(moment: datetime, files: CallFiles, language: str) -> str:
    return write_day(moment.astimezone(find_zone(files.call.zone)).date(), language)


def _write_stuck(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    columns = (N_("State"), N_("Event"), N_("What must hold first"), N_("Who"), N_("Applications"))

    def write(one: Stuck) -> tuple[str, ...]:
        guards = write_guards(one.guards, translate, language) or translate(CLOCK_ALONE)
        who = ", ".join(str(known_actors()[name].text.to(language)) for name in one.who)
        return _name_state(one.state, language), _name_event(one.event, language), guards, who, str(one.count)

    reasons = [Report.from_json(reason).describe(translate) for reason in report.reasons]
    reasons += [translate(NO_VALID)] if "" in report.no_answers else []
    if not report.stuck and not reasons:
        reasons = [translate(N_("Nothing."))]
    rows = [write(one) for one in report.stuck]
    return Part(translate(N_("What got stuck")), [translate(one) for one in columns] if rows else (), rows, reasons)


def _write_steps(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    columns = (N_("Day"), N_("Step"), N_("From"), N_("To"), N_("Applications"), N_("After it"))
    rows = []
    for moment in report.moments:
        day, after = _write_day(moment.at, files, language), _write_states(moment.states, language)
        for number, move in enumerate(moment.moves, 1):
            states = (_name_state(move.start, language), _name_state(move.to, language))
            last = after if number == len(moment.moves) else ""
            rows.append((day, _name_event(move.event, language), *states, str(move.count), last))
            day = ""
    return Part(translate(N_("Step by step")), [translate(one) for one in columns], rows)


def _write_states(states: Mapping[str, int], language: str) -> str:
    return ", ".join(f"{_name_state(state, language)} {count}" for state, count in states.items())


def _write_budget(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    columns = (
        N_("Budget line"),
        N_("Amount"),
        N_("Asked for"),
        N_("Granted"),
        N_("Held at the end"),
        N_("Accepted"),
        N_("Waiting list"),
        N_("Rejected"),
    )
    titles = {line.key: pick_text(line.title, language) for line in files.call.budget}
    rows = []
    for row in report.budget:
        write = partial(write_amount, unit=known_units()[row.unit], language=language)
        amounts = [write(steps) for steps in (row.amount, row.asked, row.granted, row.held)]
        rows.append((titles[row.line], *amounts, str(row.accepted), str(row.waiting), str(row.rejected)))
    return Part(translate(N_("Budget")), [translate(one) for one in columns], rows)


def _write_times(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    columns = (N_("Round"), N_("Closes"), N_("Reviews end"), N_("Decision"), N_("Announced"), N_("Days"))

    def write(moment: datetime | None) -> str:
        return _write_day(moment, files, language) if moment else "–"

    titles = {one.key: pick_text(one.title or {}, language) or one.key for one in files.call.round}
    rows = []
    for one in report.timings:
        times = (one.closed, one.reviewed, one.released, one.announced)
        rows.append((titles[one.round], *map(write, times), "–" if one.days is None else str(one.days)))
    late = any(one.reviewed and one.announced and one.reviewed > one.announced for one in report.timings)
    sentences = [translate(LATE_REVIEWS)] if late else []
    if report.reviewing:
        sentences.append(write_sentence(REVIEWERS, msgspec.structs.asdict(report.reviewing), translate, language))
    title = translate(N_("Days and reviewers"))
    return Part(title, [translate(one) for one in columns], rows, sentences)


def _write_found(report: TrialReport, files: CallFiles, translate: Translate, language: str) -> Part:
    """Returns what was found beside: rules that never fired, steps that nobody took, languages that letters lack."""
    rules = {rule.id: pick_text(rule.reason, language) for rule in files.rules.rule}
    never = translate(N_("A rule that nobody failed: {rule} ({text})"))
    unknown = translate(N_("A rule that the node cannot decide, so that an officer rules on it: {rule} ({text})"))
    lines = [never.format(rule=rule, text=rules[rule]) for rule in report.never_fired]
    lines += [unknown.format(rule=rule, text=rules[rule]) for rule in report.unknown]
    lines += [translate(NOT_BROKEN).format(rule=rule) for rule in report.no_answers if rule]
    for one in report.letters:
        text = LACKS_TITLE if one.text == "title" else LACKS_REASON
        name = describe_language(one.language).name
        lines.append(translate(text).format(state=_name_state(one.state, language), rule=one.text, language=name))
    step = translate(N_("A step that nobody took: {event}, from “{start}” to “{to}”."))
    for way in report.never_taken:
        names = {"event": _name_event(way.event, language), "start": way.start, "to": way.to}
        names |= {name: _name_state(names[name], language) for name in ("start", "to")}
        lines.append(step.format(**names))
    return Part(translate(N_("Also noticed")), sentences=lines or (translate(N_("Nothing.")),))
