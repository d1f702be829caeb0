"""What the node does with a transition: one function for each row of effects.csv. All run inside the action of the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.applications.rounds import find_next_round
from bongsu.incubator.applications.screening import ask_about_unknown, overrule_checks, run_checks
from bongsu.incubator.applications.versions import ask_for_receipt, freeze_version
from bongsu.incubator.awards.cohorts import join_cohort
from bongsu.incubator.awards.delivering import open_deliverables
from bongsu.incubator.awards.making import end_award, find_plan, free_place, make_award, require_award, start_award
from bongsu.incubator.awards.money import post_tranches, return_credits
from bongsu.incubator.calls.document import Call
from bongsu.incubator.calls.retention import APPLICATION, REVIEWS, add_months, find_months
from bongsu.incubator.models import Application, Decision
from bongsu.incubator.panel.letters import write_letter
from bongsu.incubator.panel.reviewing import open_reviews, stop_reviews
from bongsu.incubator.panel.scoring import keep_score
from bongsu.incubator.panel.waiting import find_decision, join_list, leave_list
from bongsu.incubator.site import Site
from bongsu.incubator.workflow.document import Transition
from bongsu.people.access import Actor

TERM_TO_ACCEPT = timedelta(days=14)
TERM_TO_START = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """A step that is being taken: the application has the new state already."""

    application: Application
    transition: Transition
    actor: Actor
    now: datetime
    site: Site

    @cached_property
    def call(self) -> Call:
        """The call's file."""
        return read_files(self.application).call


Effect = Callable[[Step], object]


def _wait_for_assignment(step: Step) -> None:
    step.application.to_review = True


def _show_texts(step: Step) -> None:
    Decision.objects.filter(application=step.application, released=step.now).update(texts_shown=True)


def _run_checks(step: Step) -> None:
    run_checks(step.application, step.now)
    if step.transition.event == "overrule":
        overrule_checks(step.application, step.now)


def _start_term(step: Step) -> None:
    term = TERM_TO_ACCEPT if step.application.state == "accepted" else TERM_TO_START
    step.application.due = step.now + term


def _start_retention(step: Step) -> None:
    chosen = step.call.retention.chosen
    step.application.delete_after = add_months(step.now, find_months(chosen, APPLICATION))
    step.application.delete_reviews_after = add_months(step.now, find_months(chosen, REVIEWS))


def _open_stage(step: Step) -> None:
    """Moves the application to the next stage, and to its round: without one, an officer must add it to the call."""
    application = step.application
    application.stage += 1
    following = find_next_round(application.call, application.round, application.stage)
    if following is not None:
        application.round = following


def _post_credits(step: Step) -> None:
    award = require_award(step.application)
    start_award(award, step.now)
    post_tranches(award, find_plan(award).keeper, step.actor, step.now)


def _return_credits(step: Step) -> None:
    award = require_award(step.application)
    return_credits(award, step.actor, step.now)
    end_award(award, step.now)


def _open_milestones(step: Step) -> None:
    award = require_award(step.application)
    start_award(award, step.now)
    open_deliverables(award, step.now)


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "freeze-version": lambda step: freeze_version(step.application),
        "receipt": lambda step: ask_for_receipt(step.application),
        "run-checks": _run_checks,
        "ask-applicant": lambda step: ask_about_unknown(step.application, step.now),
        "assign-reviewers": _wait_for_assignment,
        "open-reviews": lambda step: open_reviews(step.application, step.call, step.now),
        "stop-reviews": lambda step: stop_reviews(step.application, step.transition.event, step.now),
        "open-discussion": lambda step: stop_reviews(step.application, step.transition.event, step.now),
        "rank": lambda step: keep_score(step.application, step.call, step.now),
        "write-letter": lambda step: write_letter(step.application, step.transition.event, step.now),
        "release-texts": _show_texts,
        "join-list": lambda step: join_list(step.application, find_decision(step.application), step.now),
        "leave-list": lambda step: leave_list(step.application, step.now),
        "start-term": _start_term,
        "open-stage": _open_stage,
        "make-award": lambda step: make_award(step.application, step.now),
        "post-credits": _post_credits,
        "return-credits": _return_credits,
        "free-place": lambda step: free_place(step.application, step.now),
        "open-milestones": _open_milestones,
        "join-cohort": lambda step: join_cohort(require_award(step.application), step.now),
        "start-retention": _start_retention,
    }
)
