"""What the node does with a transition: one function for each row of effects.csv. All run inside the action of the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bongsu.incubator.applications.rounds import find_next_round
from bongsu.incubator.applications.screening import overrule_checks, run_checks
from bongsu.incubator.applications.versions import ask_for_receipt, freeze_version
from bongsu.incubator.models import Application
from bongsu.incubator.site import Site
from bongsu.incubator.workflow.document import Transition
from bongsu.people.access import Actor

TERM_TO_ACCEPT = timedelta(days=14)
TERM_TO_START = timedelta(days=30)
RETENTION = timedelta(days=730)  # of what was not funded


@dataclass(frozen=True)
class Step:
    """A step that is being taken: the application has the new state already."""

    application: Application
    transition: Transition
    actor: Actor
    now: datetime
    site: Site


Effect = Callable[[Step], None]


def _run_checks(step: Step) -> None:
    run_checks(step.application, step.now)
    if step.transition.event == "overrule":
        overrule_checks(step.application, step.now)


def _start_term(step: Step) -> None:
    term = TERM_TO_ACCEPT if step.application.state == "accepted" else TERM_TO_START
    step.application.due = step.now + term


def _start_retention(step: Step) -> None:
    step.application.delete_after = step.now + RETENTION


def _open_stage(step: Step) -> None:
    """Moves the application to the next stage, and to its round: without one, an officer must add it to the call."""
    application = step.application
    application.stage += 1
    following = find_next_round(application.call, application.round, application.stage)
    if following is not None:
        application.round = following


# Effects of parts that are not built yet: nothing is done.
NOT_BUILT = frozenset(
    {
        "ask-applicant",
        "assign-reviewers",
        "open-reviews",
        "stop-reviews",
        "open-discussion",
        "rank",
        "write-letter",
        "release-texts",
        "join-list",
        "leave-list",
        "free-place",
        "make-award",
        "post-credits",
        "return-credits",
        "open-milestones",
        "join-cohort",
    }
)

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "freeze-version": lambda step: freeze_version(step.application),
        "receipt": lambda step: ask_for_receipt(step.application),
        "run-checks": _run_checks,
        "start-term": _start_term,
        "open-stage": _open_stage,
        "start-retention": _start_retention,
    }
)
