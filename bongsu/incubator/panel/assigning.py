"""Runs the assignment of a round from its records, and adopts it: two officers who run it see the same result.

The seed is the head of the journal at the closing of the round. Reviews that have started are kept, who declined stays
declined, and whoever has a conflict is barred.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import product

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.assignment.affinity import Texts, compute_affinity
from bongsu.incubator.assignment.assign import Run, assign
from bongsu.incubator.assignment.problem import ApplicationNeed, Pair, Parameters, Problem, ReviewerLoad
from bongsu.incubator.models import Application, Assignment, AssignmentRun, Profile, Reviewer, Round
from bongsu.incubator.opening import newest_edition, read_edition, target_of_call
from bongsu.incubator.panel.reviewing import view_application
from bongsu.incubator.reviewers.doors import list_barred_pairs
from bongsu.people.access import Actor
from bongsu.people.actions import act

TO_REVIEW = ("screening", "in-review")
KEPT = ("open", "submitted")
SEVERAL = "und"  # of a text whose language nobody said


def build_problem(round_: Round, parameters: Parameters) -> Problem:
    """Returns the assignment of a round as it is asked now: applications by number, reviewers by the id of their row."""
    call = read_edition(newest_edition(round_.call)).call
    applications = list_to_review(round_)
    reviewers = list(
        Reviewer.objects.filter(call=round_.call, state="accepted").select_related("person").order_by("pk")
    )
    tasks = list(Assignment.objects.filter(application__in=applications).select_related("application"))
    declined = frozenset((str(one.reviewer_id), one.application.number) for one in tasks if one.state not in KEPT)
    names = {str(one.pk) for one in reviewers}
    fixed = frozenset(
        (str(one.reviewer_id), one.application.number)
        for one in tasks
        if one.state in KEPT and str(one.reviewer_id) in names
    )
    return Problem(
        needs=tuple(ApplicationNeed(one.number, call.reviews.wanted) for one in applications),
        loads=tuple(ReviewerLoad(str(one.pk), one.least, min(one.most, call.reviews.most_each)) for one in reviewers),
        scores=_score_pairs(applications, reviewers),
        parameters=parameters,
        barred=_find_barred(applications, reviewers) - fixed,
        declined=declined,
        fixed=fixed,
    )


def list_to_review(round_: Round) -> list[Application]:
    """Returns the applications of a round that need reviewers: those whose checks did not fail."""
    rows = (
        Application.objects.filter(round=round_, state__in=TO_REVIEW, to_review=True)
        .select_related("call", "round")
        .prefetch_related("checks")
    )
    failed = {
        one.pk for one in rows if any(check.outcome == "no" and check.kind == "knock-out" for check in one.checks.all())
    }
    return [one for one in rows.order_by("number") if one.pk not in failed]


def _find_barred(applications: list[Application], reviewers: list[Reviewer]) -> frozenset[Pair]:
    numbers = {one.pk: one.number for one in applications}
    rows = {one.person_id: str(one.pk) for one in reviewers}
    pairs = list_barred_pairs(applications)
    return frozenset((rows[person], numbers[one]) for person, one in pairs if person in rows)


def _score_pairs(applications: list[Application], reviewers: list[Reviewer]) -> dict[Pair, float]:
    """Returns how close the texts of applications and reviewers are."""
    left = [_take_texts(one) for one in applications]
    right = [_read_expertise(one) for one in reviewers]
    found = compute_affinity(left, right)
    return {
        (str(reviewer.pk), application.number): float(found[row, column])
        for (row, application), (column, reviewer) in product(enumerate(applications), enumerate(reviewers))
        if found[row, column] > 0
    }


def _read_expertise(reviewer: Reviewer) -> Texts:
    """Returns what a reviewer says that she knows, by language."""
    profile = Profile.objects.filter(person=reviewer.person).first()
    return dict(profile.expertise) if profile else {}


def _take_texts(application: Application) -> Texts:
    """Returns the texts that reviewers will see, in the language that they are in as far as their letters say it."""
    text = " ".join(_list_texts(view_application(application).answers.values()))
    return {"ko" if any("\uac00" <= letter <= "\ud7a3" for letter in text) else "en": text}


def _list_texts(answers: Iterable[object]) -> Iterable[str]:
    for answer in answers:
        if isinstance(answer, str):
            yield answer
        elif isinstance(answer, list):
            yield from _list_texts(answer)
        elif isinstance(answer, dict):
            yield from _list_texts(answer.values())


def run_assignment(actor: Actor, round_: Round, parameters: Parameters, now: datetime) -> tuple[AssignmentRun, Run]:
    """Runs the assignment of a round that has closed, and keeps its record. Raises BadInput, Refused."""
    if not round_.head:
        raise BadInput(N_("The round has not closed yet."))
    run = assign(build_problem(round_, parameters), bytes.fromhex(round_.head))
    with act(actor, "round.assign", target_of_call(round_.call)) as change:
        made: AssignmentRun = AssignmentRun.objects.create(
            round=round_,
            input_hash=run.input_hash,
            record=run.to_json().decode(),
            feasible=bool(run.chosen),
            actor=actor.name,
            made=now,
        )
        change.after = {"run": made.pk, "input": run.input_hash}
    return made, run


def adopt_run(actor: Actor, made: AssignmentRun, now: datetime) -> int:
    """Makes the assignments that a run chose. Returns how many are new.

    Raises BadInput if the run has no pairs, or what it was made from has changed since; Refused.
    """
    with act(actor, "round.assign", target_of_call(made.round.call)) as change:
        record = json.loads(made.record)
        problem = build_problem(made.round, Parameters(**record["parameters"]))
        if not made.feasible:
            raise BadInput(N_("This run found no assignment."))
        if problem.hash() != made.input_hash:
            raise BadInput(
                N_("Something has changed since this run: a conflict, a reviewer, or an application."),
                fix=N_("Run the assignment again."),
            )
        applications = {one.number: one for one in list_to_review(made.round)}
        days = timedelta(days=read_edition(newest_edition(made.round.call)).call.reviews.days)
        chosen = [(int(reviewer), number) for reviewer, number in record["chosen"]]
        there = set(
            Assignment.objects.filter(application__in=applications.values()).values_list(
                "reviewer_id", "application__number"
            )
        )
        Assignment.objects.bulk_create(
            [
                Assignment(
                    reviewer_id=reviewer,
                    application=applications[number],
                    run=made,
                    due=now + days,
                    made=now,
                    changed=now,
                )
                for reviewer, number in chosen
                if (reviewer, number) not in there
            ]
        )
        AssignmentRun.objects.filter(pk=made.pk).update(adopted=now)
        change.after = {"run": made.pk, "pairs": len(chosen)}
    return sum(pair not in there for pair in chosen)
