"""A trial that runs: its clock, its people, and what it has found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.models import Application, Call
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.trial.people import Applicant, People, act_as
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.models import AuditLine

CLOCK = Actor.of_duty("calls")
# Steps that few take, and that nobody waits for: one application of each state takes each, if there are enough.
SIDE = ("withdraw", "reopen", "decline", "give-up", "recall")


class Move(msgspec.Struct, frozen=True):
    """Applications that took a step: the event, the states before and after, and how many took it."""

    event: str
    start: str
    to: str
    count: int


class Trial:
    """A trial. `now` is its clock."""

    def __init__(self, files: CallFiles, site: Site, seed: int, now: datetime) -> None:
        self.files, self.site, self.seed, self.now = files, site, seed, now
        self.random = Random(seed)  # noqa: S311 (no secret)
        self.call: Call
        self.people: People
        self.reviewers = 0
        self.tried: set[tuple[str, str]] = set()  # side steps, by state and event
        self.silent: set[object] = set()  # applications whose owner does not answer any more
        self.written: set[tuple[object, int]] = set()  # applications by the stage whose form was written
        self.not_met: Counter[str] = Counter()  # by rule
        self.unknown: Counter[str] = Counter()
        self.no_answers: set[str] = set()  # rules that no made-up answers break; "" if none are valid
        self.reasons: dict[str, dict[str, Any]] = {}  # why the last release of a round was refused
        self.has_moved = False  # at this moment
        self._seen = AuditLine.objects.count()

    def random_for(self, *of: object) -> Random:
        """Returns a source of draws that depends on the seed and on what it is for, and on no draw before."""
        return Random("/".join(map(str, (self.seed, *of))))  # noqa: S311 (no secret)

    def list_in(self, state: str) -> list[Application]:
        """Returns the applications in a state, by number."""
        rows = Application.objects.filter(call=self.call, state=state).select_related("call", "round", "owner")
        return list(rows.order_by("number"))

    def find_applicant(self, application: Application) -> Applicant:
        """Returns who made an application."""
        return next(one for one in self.people.applicants if one.person.pk == application.owner_id)

    def find_actor(self, application: Application, who: str) -> Actor | None:
        """Returns as whom an actor of the workflow acts; None for the clock, which acts by itself."""
        people = self.people
        found = {
            "applicant": application.owner,
            "officer": people.officers[0],
            "second-officer": people.officers[1],
            "chair": people.chairs[0],
            "panel": people.panel[0],
        }.get(who)
        return None if found is None else act_as(found)

    def attempt(self, event: str, application: Application) -> bool:
        """Has somebody who may cause an event cause it. Returns whether it was done."""
        ways = [one for one in self.files.workflow.list_from(application.state) if one.event == event]
        for name in dict.fromkeys(who for one in ways for who in one.who):
            actor = self.find_actor(application, name)
            try:
                if actor is not None and perform(actor, application, event, self.now, self.site):
                    return True
            except StepRefused:
                continue
        return False

    def attempt_all(self, event: str, applications: Iterable[Application]) -> None:
        """Does so for each application that answers."""
        for application in applications:
            if application.pk not in self.silent:
                self.attempt(event, application)

    def has_way(self, state: str, event: str) -> bool:
        """Whether the workflow has an event in a state."""
        return any(one.event == event for one in self.files.workflow.list_from(state))

    def count_states(self) -> dict[str, int]:
        """Returns how many applications are in each state."""
        return dict(
            Counter(Application.objects.filter(call=self.call).order_by("state").values_list("state", flat=True))
        )

    def take_moves(self) -> Sequence[Move]:
        """Returns the steps since it was asked last, from the audit."""
        lines = AuditLine.objects.filter(number__gt=self._seen).order_by("number")
        moves: Counter[tuple[str, str, str]] = Counter()
        for line in lines:
            self._seen = line.number
            before, after = (line.before or {}).get("state"), (line.after or {}).get("state")
            kind, _, event = line.action.partition(".")
            if kind == "application" and before and after:
                moves[event, before, after] += 1
        return [Move(*move, count) for move, count in moves.items()]
