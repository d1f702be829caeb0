"""Lets the time of a call pass: people act, and the clock as in `bongsu tend`, until nothing moves; then undoes it all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from bongsu.core.log_line import FIRST_HASH, Line
from bongsu.credits import storage
from bongsu.incubator.applications.versions import sign_receipts
from bongsu.incubator.calls.folder import parse_files
from bongsu.incubator.models import Application, Assignment, Deliverable, Round
from bongsu.incubator.opening import add_call, open_call
from bongsu.incubator.running.closing import WAIT, close_due_rounds, move_waiting_drafts
from bongsu.incubator.running.passing import pass_time
from bongsu.incubator.site import Site
from bongsu.incubator.trial.applying import begin_all, complete_stages, send_late
from bongsu.incubator.trial.awarding import fill_ledger
from bongsu.incubator.trial.deciding import HANDLERS
from bongsu.incubator.trial.people import MAKER, invite_all, make_people
from bongsu.incubator.trial.report import Moment, TrialReport, report_trial
from bongsu.incubator.trial.state import CLOCK, Trial
from bongsu.store.logs.journal import Journal
from bongsu.store.node import Node

VALID = 10  # applicants whose answers meet every rule
MOST_MOMENTS = 200
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class SeededJournal(Journal):
    """A journal that keeps nothing: its hashes follow from the seed, so that every draw of a trial can be repeated."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(path)
        self._seed = seed

    def append(self, event: str, subject: str, **detail: Any) -> Line:
        """Returns a line without writing it."""
        return Line(1, "", event, subject, {**detail, "seed": self._seed}, FIRST_HASH).with_hash()


def try_call(texts: Mapping[str, str], seed: int = 1, valid: int = VALID) -> TrialReport:
    """Runs a call with made-up people on the database that is set up, and leaves nothing there.

    Raises BadInput and Missing for files that cannot be read, CallNotReady for a call that could not be opened.
    """
    files = parse_files(texts)
    with tempfile.TemporaryDirectory(prefix="bongsu-try-") as folder, transaction.atomic():
        node = Node.create(Path(folder) / "node")
        node.journal = SeededJournal(node.journal.path, seed)
        site = Site(node, lambda route, *arguments: "/".join(["https://trial.example", route, *map(str, arguments)]))
        before = files.call.rounds[0].opens.starts - _DAY
        trial = Trial(files, site, seed, before)
        with storage.use_clock(lambda: trial.now):
            report = _run(trial, texts, valid)
        transaction.set_rollback(True)
    return report


def _run(trial: Trial, texts: Mapping[str, str], valid: int) -> TrialReport:
    trial.call = add_call(MAKER, texts, trial.now)
    trial.people = make_people(trial.files, valid)
    trial.call = open_call(MAKER, trial.call.name, trial.now)
    fill_ledger(trial)
    moments: list[Moment] = []
    trial.take_moves()
    for number, now in enumerate(_list_moments(trial)):
        trial.now = now
        if number == 0:
            begin_all(trial)
            trial.reviewers = invite_all(trial.people, trial.call, trial.files, trial.random, trial.now)
        _work(trial)
        moves = trial.take_moves()
        trial.has_moved = bool(moves)
        if moves:
            moments.append(Moment(now, tuple(moves), trial.count_states()))
    return report_trial(trial, moments)


def _work(trial: Trial) -> None:
    """Lets the clock and the people act until nothing changes at this moment."""
    before: object = None
    while before != (before := _sign(trial)):
        send_late(trial)
        complete_stages(trial)
        for state, handle in HANDLERS.items():
            if applications := trial.list_in(state):
                handle(trial, applications)
        close_due_rounds(CLOCK, trial.now, trial.site)
        move_waiting_drafts(CLOCK, trial.now)
        pass_time(CLOCK, trial.now, trial.site)
        sign_receipts(trial.site.node, trial.now)


def _sign(trial: Trial) -> object:
    """Returns what differs whenever something has moved."""
    applications = Application.objects.filter(call=trial.call).order_by("number")
    tasks = Assignment.objects.filter(application__call=trial.call).order_by("pk")
    return [*applications.values_list("number", "state", "stage", "pending", "round")], [
        *tasks.values_list("pk", "state")
    ]


def _list_moments(trial: Trial) -> Iterator[datetime]:
    """Yields the times at which something can happen, each later than the one before, and closes the waiting list last."""
    yield trial.call.rounds.order_by("opens")[0].opens + _HOUR
    for _ in range(MOST_MOMENTS):
        following = [one for one in _list_times(trial) if one > trial.now]
        if following:
            yield min(following)
            continue
        waiting = trial.list_in("waiting-list")
        trial.attempt_all("close-list", waiting)
        if not waiting or trial.list_in("waiting-list"):
            return
        yield trial.now + _DAY


def _list_times(trial: Trial) -> Iterator[datetime]:
    for round_ in Round.objects.filter(call=trial.call):
        yield from (round_.opens + _HOUR, round_.ends, round_.ends + WAIT, round_.ends + timedelta(minutes=15) + WAIT)
        if round_.results:
            yield round_.results
    if trial.has_moved and trial.list_in("ranked"):
        yield trial.now + _DAY  # after an appeal the panel meets again
    tasks = Assignment.objects.filter(application__call=trial.call, state="open", application__state="in-review")
    yield from Deliverable.objects.filter(
        award__application__call=trial.call, award__application__state="running", state="open"
    ).values_list("due", flat=True)
    yield from (due - _HOUR for due in tasks.exclude(due=None).values_list("due", flat=True))
    yield from Application.objects.filter(call=trial.call).exclude(due=None).values_list("due", flat=True)
