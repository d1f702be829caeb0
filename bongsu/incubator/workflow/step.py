"""One step of an application: the transition that an event causes, or why it is refused.

A decision is recorded before anybody is told: it is kept apart from the state, as `pending`, until the event “release” uses it.
A fact that is not given counts as neither true nor false, so no guard on it is met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from bongsu.incubator.workflow.check import DECISIONS, RELEASE
from bongsu.incubator.workflow.document import Decision, Transition, Workflow, parse_guard
from bongsu.incubator.workflow.tables import known_actors, known_events, known_states

Facts = Mapping[str, bool]  # by the name of the guard


class Refusal(NamedTuple):
    """Why a step is not made: a code with values (words.py)."""

    code: str
    values: Mapping[str, Any]


def step(workflow: Workflow, state: str, event: str, who: str, facts: Facts) -> Transition | Refusal:
    """Returns the transition of an event in a state, for a checked workflow. The facts of a release include pending_facts."""
    leaving = workflow.list_from(state)
    caused = [transition for transition in leaving if transition.event == event]
    if not caused:
        events = dict.fromkeys(known_events()[transition.event].text for transition in leaving)
        values = {"event": _name_event(event), "state": known_states()[state].text, "events": tuple(events)}
        return Refusal("not-in-this-state" if events else "at-an-end", values)
    allowed = [transition for transition in caused if who in transition.who]
    if not allowed:
        may = dict.fromkeys(known_actors()[actor].text for transition in caused for actor in transition.who)
        return Refusal("not-allowed", {"event": _name_event(event), "who": _name_actor(who), "may": tuple(may)})
    lacking = [(_list_lacking(transition.guard, facts), transition) for transition in allowed]
    met = [transition for guards, transition in lacking if not guards]
    if len(met) > 1:  # the checker has proven that guards exclude one another: the facts do not
        return Refusal("facts-contradict", {"event": _name_event(event)})
    if met:
        return met[0]
    if event == RELEASE and not any(facts.get(f"{DECISIONS}{decision}") for decision in get_args(Decision)):
        return Refusal("nothing-decided", {})
    nearest = min(lacking, key=lambda one: (len(one[0]), len(one[0]) - len(one[1].guard)))[
        0
    ]  # then the one with most met
    return Refusal("guards", {"event": _name_event(event), "guards": nearest})


def decide(workflow: Workflow, state: str, decision: Decision, who: str, facts: Facts) -> Decision | Refusal:
    """Returns the decision to keep as pending, or why it cannot be recorded now. The state does not change."""
    releases = [
        transition
        for transition in workflow.list_from(state)
        if transition.event == RELEASE and f"{DECISIONS}{decision}" in transition.guard
    ]
    if workflow.decide is None or not releases:
        return Refusal("no-decision-here", {"state": known_states()[state].text})
    if who not in workflow.decide.who:
        may = tuple(known_actors()[actor].text for actor in workflow.decide.who)
        return Refusal("decides-not", {"who": _name_actor(who), "may": may})
    if lacking := _list_lacking(workflow.decide.guard, facts):
        return Refusal("decide-guards", {"guards": lacking})
    facts = {**facts, **pending_facts(decision)}
    nearest = min((_list_lacking(transition.guard, facts) for transition in releases), key=len)
    return Refusal("decide-guards", {"guards": nearest}) if nearest else decision


def pending_facts(pending: Decision | None) -> dict[str, bool]:
    """Returns the facts about a recorded decision, for the event “release” alone."""
    return {f"{DECISIONS}{decision}": decision == pending for decision in get_args(Decision)}


def list_events(workflow: Workflow, state: str, who: str) -> tuple[str, ...]:
    """Returns the events that somebody may cause in a state, whatever the guards: what a page shows as buttons."""
    return tuple(dict.fromkeys(one.event for one in workflow.list_from(state) if who in one.who))


def seen_state(state: str) -> str:
    """Returns the state that the applicant sees: discussion and rank are part of the review until the release."""
    return known_states()[state].seen_as


def _list_lacking(guards: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    """Returns the guards that are not met, as the file writes them."""
    wanted = ((guard, *parse_guard(guard)) for guard in guards)
    return tuple(guard for guard, name, holds in wanted if facts.get(name) is not holds)


def _name_event(event: str) -> Any:
    return known_events()[event].text if event in known_events() else event


def _name_actor(actor: str) -> Any:
    return known_actors()[actor].text if actor in known_actors() else actor
