"""What officers, reviewers, the panel and applicants do with the applications in each state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bongsu.core.errors import BadInput
from bongsu.core.report import Report
from bongsu.incubator.applications.screening import rule_on_check, sign_overruling
from bongsu.incubator.assignment.problem import Parameters
from bongsu.incubator.calls.document import Criterion, count_steps
from bongsu.incubator.models import Application, Assignment, Comment, Round
from bongsu.incubator.panel.appeals import UPHOLD, find_appeal_end, make_appeal
from bongsu.incubator.panel.assigning import adopt_run, list_to_review, run_assignment
from bongsu.incubator.panel.reviewing import add_comment, save_review, submit_review
from bongsu.incubator.panel.scoring import rank_round
from bongsu.incubator.panel.waiting import count_spent
from bongsu.incubator.running.appealing import judge_appeal
from bongsu.incubator.running.deciding import SUGGESTED, cast_vote, follow_ranking
from bongsu.incubator.running.releasing import release_round
from bongsu.incubator.trial.awarding import deliver, sign
from bongsu.incubator.trial.people import act_as, needs_reviewers
from bongsu.incubator.trial.state import SIDE, Trial
from bongsu.incubator.workflow.refused import StepRefused

WHY = "A trial."
KEPT = 7  # applications of a state that take no side step, so that enough go on to the decision
KEPT_LATER = 2  # after the decision
LATER = ("accepted", "awarded", "running", "waiting-list")
_HOUR = timedelta(hours=1)


def take_side_steps(trial: Trial, applications: list[Application]) -> list[Application]:
    """Has one application of a state take each side step of the workflow, the last first. Returns the others."""
    left = list(applications)
    kept = KEPT_LATER if left and left[0].state in LATER else KEPT
    for event in SIDE:
        if len(left) <= kept or (left[-1].state, event) in trial.tried or not trial.has_way(left[-1].state, event):
            continue
        trial.tried.add((left[-1].state, event))
        trial.attempt(event, left.pop())
    return left


def screen(trial: Trial, applications: list[Application]) -> None:
    """An officer rules on what the node does not know, has reviewers assigned, and ends the screening."""
    officer = act_as(trial.people.officers[0])
    for application in applications:
        for check in application.checks.filter(kind="knock-out", truth="unknown", ruling=""):
            rule_on_check(officer, application, check.rule, "yes", WHY, trial.now)
    for round_ in Round.objects.filter(call=trial.call).exclude(head="").select_related("call"):
        waiting = list_to_review(round_)
        if waiting and not Assignment.objects.filter(application__in=waiting).exists():
            with suppress(BadInput):  # nothing is possible: the report has who lacks reviewers
                run, _ = run_assignment(officer, round_, Parameters(), trial.now)
                adopt_run(officer, run, trial.now)
    trial.attempt_all("end-screening", take_side_steps(trial, applications))


def overrule(trial: Trial, applications: list[Application]) -> None:
    """Two officers overrule the checks of one application."""
    first = applications[0]
    if (first.state, "overrule") in trial.tried or not trial.has_way(first.state, "overrule"):
        return
    trial.tried.add((first.state, "overrule"))
    for officer in trial.people.officers:
        sign_overruling(act_as(officer), first, WHY, trial.now)
    trial.attempt("overrule", first)


def review(trial: Trial, applications: list[Application]) -> None:
    """Reviewers submit in the last hour; a chair asks to discuss one application; then the reviews end."""
    rows = Assignment.objects.filter(application__in=applications, state="open", due__lte=trial.now + _HOUR)
    tasks = list(rows.select_related("application__call", "reviewer__person").order_by("pk"))
    for number, task in enumerate(tasks):
        reviewer = task.reviewer.person
        assert reviewer is not None
        points = draw_points(trial, task.application.number, number)
        save_review(act_as(reviewer), task, points, {"to_applicant": WHY, "to_panel": WHY}, trial.now)
        submit_review(act_as(reviewer), task, trial.now)
    asks = any("discussion.asked" in one.guard for one in trial.files.workflow.transition)
    if asks and tasks and not Comment.objects.filter(application__call=trial.call).exists():
        add_comment(act_as(trial.people.chairs[0]), applications[0], WHY, trial.now)
    trial.attempt_all("end-reviews", take_side_steps(trial, applications))


def draw_points(trial: Trial, number: str, review: int) -> dict[str, Any]:
    """Returns points for each criterion: around how good the application is, and for few that it does not apply."""
    quality = trial.random_for(number, "quality").uniform(0.3, 1)
    random = trial.random_for(number, review)

    def draw(one: Criterion) -> int | None:
        if one.may_be_left and random.random() < 0.1:
            return None
        value = one.least + (one.most - one.least) * (quality + random.uniform(-0.15, 0.15))
        return max(one.least, min(one.most, round(value)))

    return {one.key: draw(one) for one in trial.files.call.criterion}


def discuss(trial: Trial, applications: list[Application]) -> None:
    """The chair ends the discussion."""
    trial.attempt_all("end-discussion", take_side_steps(trial, applications))


def vote(trial: Trial, applications: list[Application]) -> None:
    """Those who decide follow the ranking, and vote by hand where it suggests nothing; an officer releases what is due."""
    take_side_steps(trial, [one for one in applications if not one.pending])
    voters = _list_voters(trial)
    for round_ in Round.objects.filter(call=trial.call, applications__state="ranked").distinct().select_related("call"):
        rows = rank_round(round_)
        if any(not row.application.pending for row in rows):
            for voter in voters:
                with suppress(StepRefused):  # the workflow does not know what the ranking suggests
                    follow_ranking(act_as(voter), round_, (), WHY, trial.now)
        _decide_by_hand(trial, round_, voters)
        if round_.results is None or round_.results <= trial.now:
            _release(trial, round_)


def _list_voters(trial: Trial) -> list[Any]:
    decide = trial.files.workflow.decide
    groups = {"panel": trial.people.panel, "officer": trial.people.officers[:1], "chair": trial.people.chairs[:1]}
    return [one for name in (decide.who if decide else ()) for one in groups.get(name, ())]


def _decide_by_hand(trial: Trial, round_: Round, voters: list[Any]) -> None:
    """Has the voters decide where the ranking suggests nothing: without reviews, they accept what fits."""
    rows = rank_round(round_)
    left = {
        line.key: count_steps(line, line.amount) - count_spent(round_.call, line.key)
        for line in trial.files.call.budget
    }
    for row in rows:
        if row.asked and row.application.pending == "accept":
            left[row.asked.line] -= row.asked.amount
    for row in rows:
        if row.application.pending:
            continue
        fits = row.asked is not None and row.asked.amount <= left[row.asked.line] and not needs_reviewers(trial.files)
        if fits and row.asked:
            left[row.asked.line] -= row.asked.amount
        first = "accept" if fits else SUGGESTED.get(row.row.place, "wait")
        _vote_by_hand(trial, row.application, list(dict.fromkeys((first, "wait", "reject"))), voters)


def _vote_by_hand(trial: Trial, application: Application, decisions: list[str], voters: list[Any]) -> None:
    for decision in decisions:
        with suppress(StepRefused):
            for voter in voters:
                cast_vote(act_as(voter), application, decision, WHY, trial.now)
            return


def _release(trial: Trial, round_: Round) -> None:
    try:
        release_round(act_as(trial.people.officers[0]), round_, trial.now, trial.site)
    except (BadInput, StepRefused) as error:
        trial.reasons[round_.key] = Report.of_error(error).to_json()
    else:
        trial.reasons.pop(round_.key, None)


def answer(trial: Trial, applications: list[Application]) -> None:
    """Applicants accept; one declines, and one does not answer."""
    left = take_side_steps(trial, applications)
    if len(left) > KEPT_LATER and (left[-1].state, "lapse") not in trial.tried:
        trial.tried.add((left[-1].state, "lapse"))
        trial.silent.add(left.pop().pk)
    trial.attempt_all("accept", left)


def appeal(trial: Trial, applications: list[Application]) -> None:
    """One applicant appeals, and a chair who did not vote upholds it."""
    first = applications[0]
    end = find_appeal_end(first)
    if (first.state, UPHOLD) in trial.tried or end is None or end <= trial.now:
        return
    trial.tried.add((first.state, UPHOLD))
    made_by = trial.find_applicant(first)
    make_appeal(made_by.actor, first, WHY, trial.now)
    with suppress(StepRefused):
        judge_appeal(act_as(trial.people.chairs[1]), first, "upheld", WHY, trial.now, trial.site)


def wait(trial: Trial, applications: list[Application]) -> None:
    """One withdraws from the waiting list; the others wait for the clock."""
    take_side_steps(trial, applications)


def reopen(trial: Trial, applications: list[Application]) -> None:
    """One application is written again, and one is withdrawn."""
    take_side_steps(trial, applications)


def start(trial: Trial, applications: list[Application]) -> None:
    """Both sides sign the agreements, and the awards start; one gives up before."""
    for application in take_side_steps(trial, applications):
        if application.pk not in trial.silent:
            sign(trial, application)


def run_on(trial: Trial, applications: list[Application]) -> None:
    """Teams hand in what is due; an officer completes an award; one gives up, and one is recalled."""
    for application in take_side_steps(trial, applications):
        deliver(trial, application)
        trial.attempt("complete", application)


Handle = Callable[[Trial, list[Application]], None]
# What is done with the applications in a state, in the order of the work.
HANDLERS: Mapping[str, Handle] = MappingProxyType(
    {
        "submitted": reopen,
        "ineligible": overrule,
        "screening": screen,
        "in-review": review,
        "discussion": discuss,
        "ranked": vote,
        "accepted": answer,
        "rejected": appeal,
        "awarded": start,
        "running": run_on,
        "waiting-list": wait,
    }
)
