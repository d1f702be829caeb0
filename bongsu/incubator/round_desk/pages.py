"""The pages of a round: at a glance, one application with its checks and history, the ranking with the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, get_args

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.incubator.applications.finding import (
    find_allowed,
    find_form,
    no_application,
    read_files,
    target_of_application,
)
from bongsu.incubator.applications.screening import ASKED_BY_NODE, ask_applicant, rule_on_check, sign_overruling
from bongsu.incubator.applications.versions import application_version, read_version_files
from bongsu.incubator.assignment.problem import Parameters
from bongsu.incubator.attachments import send_file
from bongsu.incubator.awards.making import find_award, find_reduction, reduce_grant
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.document import Call as CallFile
from bongsu.incubator.calls.document import find_unit
from bongsu.incubator.forms.fields import list_shown
from bongsu.incubator.models import Appeal, Application, Assignment, AssignmentRun, Call, Decision, Round
from bongsu.incubator.opening import find_call, newest_edition, read_edition, target_of_call
from bongsu.incubator.panel.assigning import adopt_run, list_to_review, run_assignment
from bongsu.incubator.panel.letters import preview_letter
from bongsu.incubator.panel.reviewing import newest_reviews
from bongsu.incubator.panel.scoring import rank_round, read_score
from bongsu.incubator.panel.votes import count_votes
from bongsu.incubator.reviewers.lookers import CHAIR, OFFICER, PANEL
from bongsu.incubator.round_desk.overview import Row, list_hidden, list_titles, show_overview
from bongsu.incubator.running.appealing import judge_appeal
from bongsu.incubator.running.deciding import cast_vote, follow_ranking
from bongsu.incubator.running.releasing import find_overspent, find_undecided, release_round
from bongsu.incubator.site import site_of
from bongsu.incubator.steps.take import perform, stands_for
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.document import Decision as DecisionName
from bongsu.incubator.workflow.document import Workflow
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.incubator.workflow.step import list_events
from bongsu.incubator.workflow.tables import known_events, known_states
from bongsu.people.access import holds, may, require
from bongsu.people.models import AuditLine, Person
from bongsu.people.words import name_action

# What an officer or a chair does with many applications at once.
FOR_ALL = ("end-screening", "end-reviews", "end-discussion", "close-list")
ROLES = {"officer": OFFICER, "second-officer": OFFICER, "chair": CHAIR, "panel": PANEL}
ELSEWHERE = ("release", "uphold-appeal")  # events with a form of their own
PLACES = {
    "funded": N_("within the budget"),
    "at-line": N_("at the line: the panel decides"),
    "waiting": N_("after the line"),
    "below-threshold": N_("below the threshold"),
    "unranked": N_("too few reviews"),
}


def _language() -> str:
    return get_language() or "en"


def _find_round(request: Any, name: str, key: str, action: str = "round.see") -> Round:
    call = find_call(name)
    if call.state == "draft" and not may(request.actor, action, target_of_call(call)):
        raise Missing(N_("There is no call “{name}”."), name=name)  # as a name that nobody has used
    require(request.actor, action, target_of_call(call))
    found: Round | None = call.rounds.filter(key=key).select_related("call").first()
    if found is None:
        raise Missing(N_("The call has no round “{name}”."), name=key)
    return found


def _find_application(request: Any, number: str) -> Application:
    """Returns an application that the reader may see; for others it is as if it were not there."""
    application = find_allowed(request.actor, number, "application.inspect")
    if application.state == "draft":
        raise no_application(number)
    return application


@require_safe
def show_round(request: Any, name: str, key: str) -> HttpResponse:
    """Shows a round at a glance: how many applications are in each state, and each with what it waits for."""
    round_ = _find_round(request, name, key)
    files = read_edition(newest_edition(round_.call))
    target = target_of_call(round_.call)
    overview = show_overview(request.actor, round_)
    counted = _count_events(request, files.workflow, round_.call, overview.rows)
    context = {
        "round": round_,
        "title": pick_text(files.call.title, _language()),
        "round_title": _name_round(files.call, round_),
        "may_change": may(request.actor, "call.change", target),
        "to_review": bool(list_to_review(round_)),
        "overview": overview,
        "reviews": files.call.reviews,
        # A run tells of all applications: nobody who may not know of one of them reads it.
        "runs": [] if list_hidden(request.actor, round_) else list(round_.runs.order_by("-made")[:10]),
        "may_assign": may(request.actor, "round.assign", target),
        "may_release": may(request.actor, "round.release", target),
        "may_list_awards": may(request.actor, "award.list", target),
        "events": [(event, known_events()[event].text, counted[event]) for event in FOR_ALL if counted[event]],
    }
    return render(request, "incubator/round.html", context)


def _name_round(call: CallFile, round_: Round) -> str:
    """Returns the title of a round; its key if it has none."""
    titles = {one.key: one.title or {} for one in call.round}
    return pick_text(titles.get(round_.key, {}), _language()) or round_.key


def _count_events(request: Any, workflow: Workflow, call: Call, rows: Sequence[Row]) -> Counter[str]:
    """Returns for how many applications the reader can cause each event, by her roles and whatever the guards."""
    scopes = target_of_call(call).scopes
    mine = [who for who, role in ROLES.items() if request.actor.trusted or holds(request.actor, role, scopes)]
    states = Counter(row.application.state for row in rows)
    counted: Counter[str] = Counter()
    for state, count in states.items():
        for event in {event for who in mine for event in list_events(workflow, state, who)}:
            counted[event] += count
    return counted


def _list_own_events(request: Any, workflow: Workflow, application: Application) -> list[str]:
    target = target_of_application(application)
    found: dict[str, None] = {}
    for who in ROLES:
        if stands_for(request.actor, who, target):
            found |= dict.fromkeys(list_events(workflow, application.state, who))
    return [event for event in found if event not in ELSEWHERE and may(request.actor, f"application.{event}", target)]


def _do(request: Any, change: Callable[[], object]) -> None:
    """Makes a change, and says what became of it."""
    try:
        change()
    except (BadInput, StepRefused, Refused) as wrong:
        messages.error(request, describe_public_error(wrong, gettext).sentence)
    else:
        messages.success(request, gettext("Saved."))


@require_POST
def step_all(request: Any, name: str, key: str) -> HttpResponse:
    """Causes an event for every application of a round for which it can be caused now."""
    round_ = _find_round(request, name, key)
    event = request.POST.get("event", "")
    workflow = read_edition(newest_edition(round_.call)).workflow
    done, refused = 0, {}
    for row in show_overview(request.actor, round_).rows if event in FOR_ALL else ():
        if event not in _list_own_events(request, workflow, row.application):
            continue
        try:
            perform(request.actor, row.application, event, timezone.now(), site_of(request))
            done += 1
        except StepRefused as wrong:
            refused[row.application.number] = describe_public_error(wrong, gettext).sentence
    messages.success(request, gettext("Applications that went on: {count}.").format(count=done))
    for number, reason in list(refused.items())[:10]:
        messages.warning(request, f"{number}: {reason}")
    return redirect("call-round", name, key)


@require_POST
def assign_round(request: Any, name: str, key: str) -> HttpResponse:
    """Runs the assignment of a round, or adopts a run."""
    round_ = _find_round(request, name, key, "round.assign")
    now = timezone.now()
    if adopted := request.POST.get("adopt", ""):
        run = AssignmentRun.objects.filter(round=round_, pk=adopted if adopted.isdecimal() else 0).first()
        if run is None:
            raise Missing(N_("There is no such run."))
        _do(request, lambda: adopt_run(request.actor, run, now))
    else:
        _do(request, lambda: run_assignment(request.actor, round_, _read_parameters(request), now))
    return redirect("call-round", name, key)


def _read_parameters(request: Any) -> Parameters:
    objective = request.POST.get("objective", "floor")
    if objective not in ("total", "floor", "random"):
        raise BadInput(N_("Choose one of the objectives."))
    try:
        cap = float(request.POST.get("cap") or 1)
    except ValueError:
        raise BadInput(N_("The cap must be between 0.3 and 1.")) from None
    return Parameters(objective=objective, cap=cap, gap=0.001 if objective == "floor" else 0.0)


@require_safe
def show_inspected(request: Any, number: str) -> HttpResponse:
    """Shows an application to who runs or decides its call: answers, checks, reviews, and why it is as it is."""
    application = _find_application(request, number)
    files, language = read_files(application), _language()
    version = application_version(application) or application.versions.order_by("-number").first()
    target = target_of_application(application)
    rules = {rule.id: pick_text(rule.reason, language) for rule in files.rules.rule}
    form = find_form(files, application)
    may_assign = may(request.actor, "round.assign", target_of_call(application.call))
    sees_scores = may(request.actor, "application.read-reviews", target)
    context = {
        "application": application,
        "state": known_states()[application.state].text,
        "version": version,
        "has_award": may_assign and find_award(application) is not None,
        "shown": list_shown(form, version.answers, read_version_files(version), gettext, language) if version else [],
        "checks": [
            (check, rules.get(check.rule, check.rule), "" if check.question == ASKED_BY_NODE else check.question)
            for check in application.checks.select_related("by").order_by("pk")
        ],
        "signatures": application.signatures.select_related("person").order_by("signed"),
        "events": [
            (event, known_events()[event].text) for event in _list_own_events(request, files.workflow, application)
        ],
        "may_check": may(request.actor, "application.rule-on-check", target),
        "may_vote": may(request.actor, "application.vote", target) and files.workflow.decide is not None,
        "assignments": _list_assignments(application) if may_assign else (),
        "reviews": [
            (review, [(pick_text(one.title, language), review.points.get(one.key)) for one in files.call.criterion])
            for review in (newest_reviews(application) if sees_scores else ())
        ],
        "sees_scores": sees_scores,
        "score": getattr(application, "score", None) if sees_scores else None,
        "votes": count_votes(application).votes if sees_scores else [],
        "decisions": get_args(DecisionName),
        "may_reduce": application.state == "ranked" and may(request.actor, "application.reduce", target),
        "reduction": find_reduction(application),
        "appeal": Appeal.objects.filter(application=application).first(),
        "may_judge": may(request.actor, "application.uphold-appeal", target),
        "letter": preview_letter(application, _after_release(application), timezone.now())[1].get(language, ""),
        "history": list_history(application, language, names_reviewers=may_assign),
    }
    return render(request, "incubator/inspected.html", context)


@require_safe
def show_file(request: Any, number: str, sha256: str) -> HttpResponse:
    """Sends a file of an application to who may read it."""
    return send_file(request.node, _find_application(request, number), sha256)


def list_history(
    application: Application, language: str, names_reviewers: bool
) -> list[tuple[AuditLine, str, str, str]]:
    """Returns what was done to an application: the line of the audit, the action in words, who did it, and why.

    Who reviewed is named to officers only.
    """
    lines = list(AuditLine.objects.filter(object_id=str(application.pk)).order_by("number"))
    ids = {line.actor.partition(" ")[2] for line in lines if line.actor.startswith("person ")}
    names = {f"person {person.pk}": str(person) for person in Person.objects.filter(pk__in=ids)}
    if not names_reviewers:
        reviewers = application.call.reviewers.values_list("person", flat=True)
        names |= {f"person {id_}": gettext("a reviewer") for id_ in reviewers}
    reasons = {one.pk: one.text for one in application.reasons.all()}
    return [
        (
            line,
            name_action(line.action, language),
            names.get(line.actor, line.actor),
            reasons.get((line.after or {}).get("reason"), ""),
        )
        for line in lines
    ]


def _list_assignments(application: Application) -> Sequence[Assignment]:
    rows = Assignment.objects.filter(application=application).select_related("reviewer__person")
    return list(rows.order_by("pk"))


def _after_release(application: Application) -> str:
    return {"accept": "accepted", "wait": "waiting-list", "reject": "rejected"}.get(application.pending, "")


@require_POST
def change_inspected(request: Any, number: str) -> HttpResponse:
    """Takes a step, rules on a check, asks the applicant, signs, or votes."""
    application = _find_application(request, number)
    post, now = request.POST, timezone.now()
    changes: dict[str, Callable[[], object]] = {
        "step": partial(_step, request, application, now),
        "rule": lambda: rule_on_check(
            request.actor, application, post.get("check", ""), _read_ruling(post), post.get("why", ""), now
        ),
        "ask": lambda: ask_applicant(request.actor, application, post.get("check", ""), post.get("question", ""), now),
        "sign": lambda: sign_overruling(request.actor, application, post.get("why", ""), now),
        "judge": lambda: judge_appeal(
            request.actor, application, _read_outcome(post), post.get("why", ""), now, site_of(request)
        ),
        "reduce": lambda: reduce_grant(request.actor, application, post.get("amount", ""), post.get("why", ""), now),
        "vote": lambda: cast_vote(request.actor, application, post.get("decision", ""), post.get("why", ""), now),
    }
    if change := changes.get(post.get("do", "")):
        _do(request, change)
    return redirect("call-inspected", number)


def _read_ruling(post: Any) -> Any:
    if post.get("ruling") not in ("yes", "no"):
        raise BadInput(N_("Say whether the rule is met."))
    return post["ruling"]


def _read_outcome(post: Any) -> Any:
    if post.get("outcome") not in ("upheld", "refused"):
        raise BadInput(N_("Say whether the appeal is upheld."))
    return post["outcome"]


def _step(request: Any, application: Application, now: datetime) -> None:
    event = request.POST.get("event", "")
    if event not in _list_own_events(request, read_files(application).workflow, application):
        raise BadInput(N_("This cannot be done now."))
    perform(request.actor, application, event, now, site_of(request), request.POST.get("why", ""))


@require_safe
def show_ranking(request: Any, name: str, key: str) -> HttpResponse:
    """Shows the ranking of a round: scores, the line of each budget, votes and what waits to be released."""
    round_ = _find_round(request, name, key, "round.rank")
    files, language = read_edition(newest_edition(round_.call)), _language()
    hidden = list_hidden(request.actor, round_)
    rows = rank_round(round_, hidden)
    titles = list_titles(files, [row.application for row in rows])
    lines = {line.key: (pick_text(line.title, language), find_unit(line)) for line in files.call.budget}
    context = {
        "round": round_,
        "title": pick_text(files.call.title, language),
        "rows": [
            (
                row,
                titles[row.application.pk],
                gettext(PLACES[row.row.place]),
                lines[row.asked.line] if row.asked else ("", None),
            )
            for row in rows
        ],
        "released": _list_released(round_, hidden, files),
        "undecided": find_undecided(rows),
        "over": [lines[one.line][0] for one in find_overspent(round_.call, rows)] if not hidden else [],
        "may_vote": files.workflow.decide is not None
        and not may(request.actor, "round.release", target_of_call(round_.call)),
        "may_release": may(request.actor, "round.release", target_of_call(round_.call)),
    }
    return render(request, "incubator/ranking.html", context)


def _list_released(round_: Round, hidden: Collection[object], files: CallFiles) -> list[tuple[Any, ...]]:
    """Returns the decisions that were released: each with the title, the score, and the unit of its budget line."""
    found = Decision.objects.filter(application__round=round_, stage=round_.stage).exclude(application__in=hidden)
    rows = list(found.select_related("application__score").order_by("rank", "application__number", "released"))
    if hidden:  # a gap would tell the rank of what is hidden
        for place, row in enumerate((row for row in rows if row.rank is not None), start=1):
            row.rank = place
    titles = list_titles(files, [row.application for row in rows])
    units = {line.key: find_unit(line) for line in files.call.budget}
    return [
        (
            row,
            titles[row.application_id],
            read_score(row.application, getattr(row.application, "score", None)),
            units.get(row.line),
        )
        for row in rows
    ]


@require_POST
def change_ranking(request: Any, name: str, key: str) -> HttpResponse:
    """Votes as the ranking suggests for all but those at the line, or releases the decisions."""
    round_ = _find_round(request, name, key, "round.rank")
    why, now = request.POST.get("why", ""), timezone.now()
    if request.POST.get("do") == "follow":
        hidden = list_hidden(request.actor, round_)
        _do(request, lambda: follow_ranking(request.actor, round_, hidden, why, now))
    elif request.POST.get("do") == "release":
        _do(request, lambda: release_round(request.actor, round_, now, site_of(request), why))
    return redirect("call-ranking", name, key)
