"""The five workflows run from their files alone; a step is made or refused with its reason; decisions wait unseen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.incubator.workflow.check import check_workflow
from bongsu.incubator.workflow.document import Decision, Transition, Workflow
from bongsu.incubator.workflow.shipped import list_shipped, read_shipped
from bongsu.incubator.workflow.step import Refusal, decide, list_events, pending_facts, seen_state, step
from bongsu.incubator.workflow.tables import (
    START,
    known_actors,
    known_effects,
    known_events,
    known_guards,
    known_states,
)
from bongsu.incubator.workflow.words import REFUSALS, describe_refusal, explain_workflow, list_transitions
from tests.house.texts import translated

ONE_STAGE = read_shipped("one-stage")
SHIPPED = ["cohort-jury", "concept-then-full", "fast-compute", "one-stage", "rolling"]


def _meet(transition: Transition) -> dict[str, bool]:
    """Returns facts that hold for the guards of a transition; every other guard is false."""
    return {**dict.fromkeys(known_guards(), False), **dict(transition.wanted)}


def test_the_house_ships_five() -> None:
    assert list_shipped() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workflow_has_no_findings(name: str) -> None:
    assert check_workflow(read_shipped(name)) == []
    assert read_shipped(name).id == name


def test_everything_in_the_tables_is_used_by_a_shipped_workflow() -> None:
    flows = [read_shipped(name) for name in SHIPPED]
    steps = [transition for flow in flows for transition in flow.transition]
    deciding = {guard for flow in flows if flow.decide for guard in flow.decide.guard}
    assert {name for one in steps for name, _ in one.wanted} | deciding == set(known_guards())
    assert {effect for one in steps for effect in one.effect} == set(known_effects())
    assert {one.event for one in steps} == set(known_events())
    assert {state for one in steps for state in (*one.starts, one.to)} == set(known_states())
    assert {actor for one in steps for actor in (*one.who, *one.tell)} == set(known_actors())


@pytest.mark.parametrize("name", SHIPPED)
def test_every_transition_is_made_by_its_event(name: str) -> None:
    flow = read_shipped(name)
    for transition in flow.transition:
        for state, who in itertools.product(transition.starts, transition.who):
            assert step(flow, state, transition.event, who, _meet(transition)) is transition


# Every way from a draft to an end: events with who causes them, the facts that hold, and the state after it.
WAYS: dict[str, list[tuple[str, str, str, str]]] = {
    "one-stage": [
        ("submit", "applicant", "round.open version.complete", "submitted"),
        ("reopen", "applicant", "round.open", "draft"),
        ("close-round", "clock", "round.closed version.complete", "screening"),
        ("end-screening", "officer", "checks.failed", "ineligible"),
        ("overrule", "second-officer", "overrule.signed", "screening"),
        ("end-screening", "officer", "checks.done reviewers.enough", "in-review"),
        ("end-reviews", "officer", "reviews.enough discussion.asked", "discussion"),
        ("end-discussion", "chair", "reviews.enough", "ranked"),
        ("release", "clock", "decision.reject", "rejected"),
        ("uphold-appeal", "chair", "", "in-review"),
        ("end-reviews", "clock", "reviews.enough", "ranked"),
        ("release", "clock", "decision.wait", "waiting-list"),
        ("offer", "clock", "place.free", "accepted"),
        ("accept", "applicant", "", "awarded"),
        ("start", "officer", "agreement.signed", "running"),
        ("complete", "officer", "milestones.done", "completed"),
    ],
    "concept-then-full": [
        ("submit", "applicant", "round.open version.complete", "submitted"),
        ("close-round", "clock", "round.closed", "screening"),
        ("end-screening", "officer", "checks.done reviewers.enough", "in-review"),
        ("end-reviews", "officer", "reviews.enough", "ranked"),
        ("release", "officer", "decision.accept", "draft"),
        ("submit", "applicant", "round.open version.complete stage.last", "submitted"),
        ("close-round", "clock", "round.closed stage.last", "screening"),
        ("end-screening", "officer", "checks.done reviewers.enough stage.last", "in-review"),
        ("end-reviews", "officer", "reviews.enough stage.last", "ranked"),
        ("release", "officer", "decision.accept stage.last", "accepted"),
        ("decline", "applicant", "", "declined"),
    ],
    "rolling": [
        ("submit", "applicant", "round.open version.complete", "submitted"),
        ("close-round", "clock", "round.closed", "screening"),
        ("end-screening", "clock", "checks.done reviewers.enough", "in-review"),
        ("end-reviews", "clock", "reviews.enough", "ranked"),
        ("release", "clock", "decision.accept", "accepted"),
        ("lapse", "clock", "term.passed", "declined"),
    ],
    "fast-compute": [
        ("submit", "applicant", "round.open version.complete", "screening"),
        ("end-screening", "clock", "checks.done", "ranked"),
        ("release", "officer", "decision.accept", "accepted"),
        ("accept", "applicant", "", "awarded"),
        ("start", "officer", "agreement.signed", "running"),
        ("recall", "officer", "", "ended-early"),
    ],
    "cohort-jury": [
        ("submit", "applicant", "round.open version.complete", "submitted"),
        ("close-round", "clock", "round.closed", "screening"),
        ("end-screening", "officer", "checks.done reviewers.enough", "in-review"),
        ("end-reviews", "chair", "reviews.enough", "discussion"),
        ("end-discussion", "chair", "reviews.enough", "ranked"),
        ("release", "clock", "decision.wait", "waiting-list"),
        ("close-list", "clock", "", "rejected"),
        ("uphold-appeal", "chair", "", "in-review"),
        ("withdraw", "applicant", "", "withdrawn"),
    ],
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_workflow_runs_from_start_to_end(name: str) -> None:
    flow, state = read_shipped(name), START
    for event, who, true, after in WAYS[name]:
        facts = {guard: guard in true.split() for guard in known_guards()}
        made = step(flow, state, event, who, facts)
        assert isinstance(made, Transition), (state, event, made)
        state = made.to
        assert state == after
    assert known_states()[state].is_end


@pytest.mark.parametrize(
    ("state", "event", "who", "true", "sentence"),
    [
        ("draft", "submit", "applicant", "round.open",
         "“submit” must wait. What must hold first: the last version is complete."),
        ("draft", "submit", "applicant", "",
         "“submit” must wait. What must hold first: the round is open; the last version is complete."),
        ("draft", "submit", "officer", "round.open version.complete",
         "“submit” is not for an officer, only for: the applicant."),
        ("draft", "submit", "stranger", "round.open version.complete",
         "“submit” is not for stranger, only for: the applicant."),
        ("draft", "release", "clock", "",
         "“release the decisions” cannot happen in the state “draft”. What can: submit, the round closes and withdraw."),
        ("draft", "explode", "clock", "",
         "“explode” cannot happen in the state “draft”. What can: submit, the round closes and withdraw."),
        ("completed", "submit", "applicant", "", "In the state “completed” nothing more can happen."),
        ("screening", "end-screening", "officer", "reviewers.enough",
         "“end the screening” must wait. What must hold first: every check of eligibility is answered."),
        ("screening", "end-screening", "officer", "checks.done",
         "“end the screening” must wait. What must hold first: enough reviewers are assigned."),
        ("ranked", "release", "clock", "", "Nothing was decided yet."),
        ("ranked", "release", "clock", "decision.accept decision.reject",
         "“release the decisions” could go two ways at once. This is an error of the node: tell its operator."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_in_the_way(state: str, event: str, who: str, true: str, sentence: str) -> None:
    refusal = step(ONE_STAGE, state, event, who, {guard: guard in true.split() for guard in known_guards()})
    assert isinstance(refusal, Refusal)
    assert describe_refusal(refusal, str, "en") == sentence


def test_a_fact_that_is_not_known_meets_no_guard() -> None:
    assert isinstance(step(ONE_STAGE, "draft", "submit", "applicant", {"round.open": True}), Refusal)
    facts = {"reviews.enough": True}
    assert isinstance(step(ONE_STAGE, "in-review", "end-reviews", "officer", facts), Refusal)
    assert isinstance(
        step(ONE_STAGE, "in-review", "end-reviews", "officer", {**facts, "discussion.asked": False}), Transition
    )


@pytest.mark.parametrize(
    ("name", "state", "decision", "who", "true", "code"),
    [
        ("one-stage", "in-review", "accept", "panel", "quorum.met", "no-decision-here"),
        ("one-stage", "ranked", "accept", "officer", "quorum.met", "decides-not"),
        ("one-stage", "ranked", "accept", "panel", "", "decide-guards"),
        ("fast-compute", "ranked", "accept", "panel", "checks.done", "decides-not"),
        ("concept-then-full", "ranked", "wait", "panel", "quorum.met", "decide-guards"),
    ],
)
def test_a_decision_that_cannot_be_made_is_refused(
    name: str, state: str, decision: Decision, who: str, true: str, code: str
) -> None:
    facts = {guard: guard in true.split() for guard in known_guards()}
    refusal = decide(read_shipped(name), state, decision, who, facts)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert "{" not in describe_refusal(refusal, str, "fr")


@pytest.mark.parametrize("decision", get_args(Decision))
@pytest.mark.parametrize("name", SHIPPED)
def test_a_decision_waits_unseen_until_its_release(name: str, decision: Decision) -> None:
    flow = read_shipped(name)
    facts = {**dict.fromkeys(known_guards(), False), "quorum.met": True, "checks.done": True, "stage.last": True}
    who = flow.decide.who[0] if flow.decide else ""
    assert decide(flow, "ranked", decision, who, facts) == decision
    # Every other event goes on as before, and the applicant sees the same state.
    assert seen_state("ranked") == seen_state("discussion") == seen_state("in-review") == "in-review"
    assert [step(flow, "ranked", event, "applicant", facts) for event in known_events()] == [
        step(flow, "ranked", event, "applicant", {**facts, **pending_facts(decision)}) for event in known_events()
    ]
    released = step(flow, "ranked", "release", "clock", {**facts, **pending_facts(decision)})
    assert isinstance(released, Transition)
    assert released.to == {"accept": "accepted", "wait": "waiting-list", "reject": "rejected"}[decision]
    assert step(flow, "ranked", "release", "clock", {**facts, **pending_facts(None)}) == Refusal("nothing-decided", {})


def test_buttons_are_the_events_of_somebody() -> None:
    assert list_events(ONE_STAGE, "draft", "applicant") == ("submit", "withdraw")
    assert list_events(ONE_STAGE, "accepted", "applicant") == ("accept", "decline")
    assert list_events(ONE_STAGE, "ranked", "panel") == ()


def _list_consistent(names: list[str]) -> Iterator[dict[str, bool]]:
    """Yields every assignment of true and false to guards in which no two that exclude one another hold."""
    guards = known_guards()
    for values in itertools.product((True, False), repeat=len(names)):
        facts = dict(zip(names, values, strict=True))
        if not any(facts[name] and facts.get(other) for name in names for other in guards[name].excludes):
            yield facts


def _walk(flow: Workflow) -> dict[str, set[str]]:
    """Returns each state that some facts lead to, and the states after it: by trying every step with every facts."""
    after: dict[str, set[str]] = {}
    left = [START]
    while left:
        state = left.pop()
        if state in after:
            continue
        leaving = flow.list_from(state)
        names = sorted({name for one in leaving for name, _ in one.wanted})
        after[state] = set()
        for facts in _list_consistent(names):
            for event, who in {(one.event, who) for one in leaving for who in one.who}:
                made = step(flow, state, event, who, facts)
                if isinstance(made, Transition):
                    after[state].add(made.to)
                else:
                    assert made.code != "facts-contradict", (state, event, facts)
        left += after[state]
    return after


def _assert_sound(flow: Workflow) -> None:
    """No reachable dead end, no two ways, and an end can be reached from every reachable state."""
    after = _walk(flow)
    ends = {state for state in after if known_states()[state].is_end}
    leads = set(ends)
    while more := {state for state, to in after.items() if to & leads} - leads:
        leads |= more
    assert leads == set(after)
    assert {state for one in flow.transition for state in (*one.starts, one.to)} <= set(after)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workflow_is_sound_by_brute_force(name: str) -> None:
    _assert_sound(read_shipped(name))


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["drop", "guard", "to", "from", "who"]),
        st.integers(0, 40),
        st.sampled_from([*known_guards(), *(f"not {name}" for name in known_guards())]),
        st.sampled_from(sorted(known_states())),
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SHIPPED), CHANGES)
def test_whatever_the_checker_accepts_is_sound(name: str, changes: list[tuple[str, int, str, str]]) -> None:
    """Workflows changed at random: those without an error have no reachable dead end, tried with every fact."""
    import msgspec

    flow = read_shipped(name)
    steps = list(flow.transition)
    for kind, number, guard, state in changes:
        at = number % len(steps)
        one: Any = steps[at]
        match kind:
            case "drop":
                del steps[at]
            case "guard":
                steps[at] = msgspec.structs.replace(one, guard=(*one.guard[1:], guard))
            case "to":
                steps[at] = msgspec.structs.replace(one, to=sorted(known_events()[one.event].to)[number % 2 - 1])
            case "from":
                steps[at] = msgspec.structs.replace(one, start=state)
            case "who":
                steps[at] = msgspec.structs.replace(one, who=one.who[-1:])
    changed = msgspec.structs.replace(flow, transition=tuple(steps))
    if not any(finding.level == "error" for finding in check_workflow(changed)):
        _assert_sound(changed)


def test_a_workflow_is_explained_in_three_languages() -> None:
    for name in SHIPPED:
        flow = read_shipped(name)
        for language in ("en", "ko", "fr"):
            texts = translated(language)
            lines = explain_workflow(flow, lambda text, texts=texts: texts.get(text, text), language)
            assert len(lines) == len(flow.transition) + 2
            assert not any("{" in line for line in lines)
    lines = explain_workflow(ONE_STAGE, lambda text: translated("ko").get(text, text), "ko")
    assert lines[1] == (
        "“작성 중”에서 “제출됨”(으)로: 제출, 신청자. 조건: 접수 기간이다; 마지막 판이 완전하다. "
        "노드가 하는 일: 서명된 접수증을 만든다. 알림: 신청자 및 팀."
    )
    row = list_transitions(ONE_STAGE, str, "en")[3]
    assert row == (
        "draft", "the round closes", "the clock", "withdrawn",
        "the round has closed; not: the last version is complete",
        "starts the time after which records are deleted", "the applicant",
    )  # fmt: skip


def test_every_refusal_has_three_languages() -> None:
    for language in ("ko", "fr"):
        assert set(REFUSALS.values()) <= set(translated(language))
