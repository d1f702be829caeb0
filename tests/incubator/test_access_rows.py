"""Who sees and does what with an application in which state: some 7,000 rows, against the rules of the specification.

RULES says it in the words of the specification: who, in which phase, sees and does what. Which event leaves which state stands
in the file of the workflow, which is read here without the code. The answers are those of the functions that the pages call.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from bongsu.core.errors import BongsuError
from bongsu.incubator.applications.drafting import may_be_written
from bongsu.incubator.applications.finding import list_own, read_files, target_of_application
from bongsu.incubator.applying.decided import read_decided
from bongsu.incubator.applying.page import name_state
from bongsu.incubator.applying.views import find_own
from bongsu.incubator.models import (
    Application,
    Assignment,
    Conflict,
    Decision,
    Letter,
    Member,
    Profile,
    Reviewer,
    ReviewVersion,
)
from bongsu.incubator.opening import target_of_call
from bongsu.incubator.panel.appeals import find_appeal_end
from bongsu.incubator.panel.reviewing import view_application
from bongsu.incubator.reviewing.pages import _find as find_task
from bongsu.incubator.reviewing.pages import _list_others
from bongsu.incubator.round_desk.overview import show_overview
from bongsu.incubator.round_desk.pages import _find_application as find_inspected
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import list_acting
from bongsu.incubator.workflow.shipped import read_shipped_text
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import NOBODY, Actor, may
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from tests.incubator.cast import NAME, OPEN, make_call, make_person, submit_application
from tests.incubator.test_panel import on_site

__all__ = ["on_site"]
pytestmark = pytest.mark.django_db
OPEN_PHASE = ("draft", "submitted")
HIDDEN = ("screening", "in-review", "discussion", "ranked")  # nothing has been told yet
TOLD = ("ineligible", "accepted", "waiting-list", "rejected", "declined", "withdrawn", "awarded", "running")
TOLD += ("completed", "ended-early")
STATES = (*OPEN_PHASE, *HIDDEN, *TOLD)
SENT = tuple(state for state in STATES if state != "draft")
REVIEWING = ("in-review", "discussion")


class Rule(NamedTuple):
    """Who in which states sees which groups of fields, and does what. What no rule says is not seen and not done."""

    who: str
    states: tuple[str, ...]
    sees: str
    does: str = ""
    acts_as: str = ""  # in the workflow


RULES = (
    Rule("applicant", STATES, "exists answers", "invite", "applicant"),
    Rule("applicant", OPEN_PHASE, "", "edit"),
    Rule("applicant", ("in-review", "discussion", "ranked"), "seen-as-in-review"),
    Rule("applicant", TOLD, "decision texts-to-applicant", "appeal"),
    Rule("team", STATES, "exists answers"),
    Rule("team", OPEN_PHASE, "", "edit"),
    Rule("team", ("in-review", "discussion", "ranked"), "seen-as-in-review"),
    Rule("team", TOLD, "decision texts-to-applicant"),
    Rule("assigned", REVIEWING, "exists shown-answers own-review", "review comment declare"),
    Rule("assigned", ("discussion",), "others-reviews"),
    Rule("chair", SENT, "exists answers listed reviews scores", "comment declare vote judge", "chair panel"),
    Rule("panel", SENT, "exists answers listed reviews scores", "comment declare vote", "panel"),
    Rule("officer", SENT, "exists answers listed reviews scores reviewer-names", "check assign release"),
    Rule("officer", SENT, "", "declare vote", "officer second-officer"),  # she votes where the workflow says so
)
WHO = ("applicant", "team", "assigned", "chair", "panel", "officer")
# To these the application does not exist, in any state.
STRANGERS = (
    "other-applicant",
    "reviewer-not-assigned",
    "reviewer-in-conflict",
    "reviewer-who-declined",
    "chair-in-conflict",
    "chair-without-profile",
    "panel-in-conflict",
    "officer-in-conflict",
    "officer-of-another-call",
    "auditor",
    "operator",
    "stranger",
    "nobody",
)
SOME = ("draft", "in-review", "discussion", "ranked", "accepted", "rejected")  # in which they are asked
SEEN = ("exists", "answers", "shown-answers", "listed", "seen-as-in-review", "decision", "texts-to-applicant")
SEEN += ("own-review", "others-reviews", "reviews", "scores", "reviewer-names")
DONE = ("edit", "invite", "appeal", "review", "comment", "declare", "vote", "judge", "check", "assign", "release")


def read_transitions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(read_shipped_text("one-stage"))["transition"]
    return found


TRANSITIONS = read_transitions()
EVENTS = sorted({one["event"] for one in TRANSITIONS})


def list_expected(who: str, state: str) -> set[str]:
    rules = [rule for rule in RULES if rule.who == who]
    found = {word for rule in rules if state in rule.states for word in f"{rule.sees} {rule.does}".split()}
    acts = {name for rule in rules for name in rule.acts_as.split()}
    leaving = [one for one in TRANSITIONS if state in (one["from"] if isinstance(one["from"], list) else [one["from"]])]
    if "appeal" in found and not any(one["event"] == "uphold-appeal" for one in leaving):
        found.remove("appeal")
    return found | {f"event {one['event']}" for one in leaving if acts & set(one["who"])}


class Cast:
    """One application with a review of everybody assigned, and one person for each role."""

    def __init__(self, site: Site) -> None:
        self.call, self.people = make_call(), dict[str, Person | None]()
        owner = make_person("applicant")
        self.pk = submit_application(owner, site).application_id
        submit_application(other := make_person("other"), site)
        self.people |= {"applicant": owner, "other-applicant": other, "nobody": None}
        roles = {"chair": "call-chair", "panel": "call-panel", "officer": "call-officer"}
        for who in (*WHO, *STRANGERS):
            role = roles.get(who.partition("-")[0])
            words = [f"{role} call {NAME}"] if role and who != "officer-of-another-call" else []
            words += [who] if who in ("auditor", "operator") else []
            if who not in self.people:
                self.people[who] = make_person(who, *words)
        with unlock():
            self._write()

    def _write(self) -> None:
        application = self.read()
        Member.objects.create(application=application, address="t@t.kr", person=self.people["team"], invited=OPEN)
        for who, person in self.people.items():
            if person and who != "chair-without-profile":
                Profile.objects.create(person=person, answered=OPEN, changed=OPEN)
            if who in ("assigned", "reviewer-not-assigned", "reviewer-in-conflict", "reviewer-who-declined"):
                self._make_reviewer(who, application)
            if who.endswith("-in-conflict"):
                Conflict.objects.create(
                    person=person, application=application, kind="declared", code="reviewer", digest=who,
                    severity="real", state="barred", found_by="person", changed=OPEN,
                )  # fmt: skip
        colleague = Reviewer.objects.create(call=self.call, address="c@c.kr", state="accepted", most=5, invited=OPEN)
        self._make_review(colleague, application)
        application.versions.update(frozen=True)
        Application.objects.update(compared=OPEN)

    def _make_reviewer(self, who: str, application: Application) -> None:
        reviewer = Reviewer.objects.create(
            call=self.call, address=f"{who}@x.kr", person=self.people[who], state="accepted", most=5, invited=OPEN
        )
        if who != "reviewer-not-assigned":
            self._make_review(reviewer, application, "declined" if who == "reviewer-who-declined" else "submitted")

    def _make_review(self, reviewer: Reviewer, application: Application, state: str = "submitted") -> None:
        task = Assignment.objects.create(
            reviewer=reviewer, application=application, state=state, made=OPEN, changed=OPEN
        )
        ReviewVersion.objects.create(assignment=task, number=1, points={}, to_applicant="For you", received_at=OPEN)

    def move(self, state: str) -> None:
        """Puts the application in a state; what a release writes is there when something was told."""
        Application.objects.filter(pk=self.pk).update(state=state)
        Letter.objects.all().delete()
        Decision.objects.all().delete()
        if state in TOLD:
            released = {"application_id": self.pk, "stage": 1, "decision": "accept", "released": OPEN}
            Letter.objects.create(application_id=self.pk, kind="release", subjects={}, texts={}, written=OPEN)
            Decision.objects.create(texts_shown=True, **released)

    def read(self) -> Application:
        found: Application = Application.objects.select_related("call", "round", "owner").get(pk=self.pk)
        return found

    def actor(self, who: str) -> Actor:
        person = self.people[who]
        return NOBODY if person is None else Actor.of_person(person, two_step=True)


def is_there(find: Callable[[], object]) -> bool:
    try:
        find()
    except BongsuError:
        return False
    return True


def list_answers(cast: Cast, who: str, acting: dict[str, list[str]], state: str) -> Iterator[str]:
    """What the product says: what it shows, and what it lets somebody do."""
    actor, application, number = cast.actor(who), cast.read(), cast.read().number
    person = cast.people[who]
    request = SimpleNamespace(actor=actor, user=person or SimpleNamespace(is_anonymous=True), person=person)
    target, call = target_of_application(application), target_of_call(application.call)
    if is_there(lambda: find_own(request, number)):
        assert person is not None
        assert application in list_own(person)
        yield from ("exists", "answers")
        yield from ["seen-as-in-review"] if name_state(state, "en") == "in review" else []
        decided = read_decided(application, OPEN)
        yield from ["decision"] if decided.letters else []
        yield from ["texts-to-applicant"] if decided.reviews else []
        yield from ["edit"] if may_be_written(application, OPEN) and may(actor, "application.write", target) else []
        yield from ["invite"] if may(actor, "application.invite", target) else []
        yield from ["appeal"] if may(actor, "application.appeal", target) and find_appeal_end(application) else []
    elif person is not None:
        assert application not in list_own(person)
    inspects = is_there(lambda: find_inspected(request, number))
    if inspects:
        yield from ("exists", "answers")
        yield from ("reviews", "scores") if may(actor, "application.read-reviews", target) else ()
        yield from ["reviewer-names"] if may(actor, "round.assign", call) else []
        for name, action in (("vote", "vote"), ("judge", "uphold-appeal"), ("check", "rule-on-check")):
            yield from [name] if may(actor, f"application.{action}", target) else []
        yield from ["assign"] if may(actor, "round.assign", call) else []
        yield from ["release"] if may(actor, "application.release", target) else []
    if may(actor, "round.see", call):
        listed = [row.application.number for row in show_overview(actor, application.round).rows]
        yield from ["listed"] if number in listed else []
    task = is_there(lambda: find_task(request, number))
    if task:
        view = view_application(application)
        assert "members" not in view.answers
        assert not view.files
        yield from ("exists", "shown-answers", "own-review", "review")
        yield from ["others-reviews"] if state == "discussion" and _list_others(find_task(request, number)) else []
    if task or inspects:
        yield from ["comment"] if may(actor, "application.comment", target) else []
        yield from ["declare"] if may(actor, "conflict.declare", target) else []
    workflow = read_files(application).workflow
    buttons = {name: list_events(workflow, state, name) for names in acting.values() for name in names}
    for event, names in acting.items():
        yield from [f"event {event}"] if any(event in buttons[name] for name in names) else []


@pytest.fixture
def cast(on_site: Site) -> Cast:
    return Cast(on_site)


def find_differences(cast: Cast, who: str) -> tuple[int, list[str]]:
    """Returns how many rows were asked of one role, and those that differ."""
    count, wrong = 0, []
    # As what somebody acts does not depend on the state: the object of an action has none.
    target = target_of_application(cast.read())
    acting = {event: list_acting(cast.actor(who), event, target) for event in EVENTS}
    for state in STATES if who in WHO else SOME:
        with unlock():
            cast.move(state)
        expected, found = list_expected(who, state), set(list_answers(cast, who, acting, state))
        for field in (*SEEN, *DONE, *(f"event {event}" for event in EVENTS)):
            count += 1
            if (field in expected) != (field in found):
                wrong.append(f"{who} in {state}: {field} {'is missing' if field in expected else 'is too much'}")
    return count, wrong


def test_what_each_role_sees_and_does_in_each_state(cast: Cast) -> None:
    counted, wrong = 0, []
    for who in (*WHO, *STRANGERS):
        count, differences = find_differences(cast, who)
        counted, wrong = counted + count, wrong + differences
    assert not wrong, "\n".join(wrong)
    assert counted >= 4000
