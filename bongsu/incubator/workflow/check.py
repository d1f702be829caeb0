"""Refuses a workflow in which an application could be stuck, go two ways, or tell a decision before its release.

Two transitions for one event are apart if one asks for a guard that the other asks not to hold, or if they ask for guards that
guards.csv says exclude one another, or if nobody may make both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from bongsu.core.errors import unknown_name
from bongsu.incubator.texts import Finding, list_missing_languages, make_error
from bongsu.incubator.workflow.document import Transition, Workflow, parse_guard
from bongsu.incubator.workflow.tables import (
    START,
    known_actors,
    known_effects,
    known_events,
    known_guards,
    known_states,
)

RELEASE = "release"
DECISIONS = "decision."  # the guards that say what was decided
QUORUM = "quorum.met"
MAY_DECIDE = ("officer", "chair", "panel")
APPLICANTS = frozenset({"applicant", "team"})


def check_workflow(workflow: Workflow) -> list[Finding]:
    """Returns the findings of a workflow, errors first. Fields are named as in the file: transition[3].guard."""
    unknown = [*_check_names(workflow)]
    found = [*unknown, *_check_languages(workflow)]
    if not unknown:  # the rest would repeat the same mistake in other words
        found += [
            *_check_events(workflow),
            *_check_guards(workflow),
            *_check_decisions(workflow),
            *_check_states(workflow),
            *_check_buttons(workflow),
        ]
    return sorted(found, key=lambda finding: finding.level)


def _check_languages(workflow: Workflow) -> Iterator[Finding]:
    if missing := list_missing_languages(workflow.title):
        yield Finding("warning", "title", "languages", {"missing": missing})


def _check_names(workflow: Workflow) -> Iterator[Finding]:
    acting = [name for name, actor in known_actors().items() if actor.acts]
    told = [name for name, actor in known_actors().items() if actor.told]
    for number, transition in enumerate(workflow.transition):
        field = f"transition[{number}]"
        yield from _find_unknown("state", transition.starts, known_states(), f"{field}.from")
        yield from _find_unknown("state", (transition.to,), known_states(), f"{field}.to")
        yield from _find_unknown("event", (transition.event,), known_events(), f"{field}.event")
        yield from _find_unknown("actor", transition.who, acting, f"{field}.who")
        yield from _find_unknown("actor", transition.tell, told, f"{field}.tell")
        yield from _find_unknown("guard", _name_guards(transition.guard), known_guards(), f"{field}.guard")
        yield from _find_unknown("effect", transition.effect, known_effects(), f"{field}.effect")
        if not transition.starts:
            yield make_error(f"{field}.from", "no-start")
    if workflow.decide:
        yield from _find_unknown("actor", workflow.decide.who, MAY_DECIDE, "decide.who")
        yield from _find_unknown("guard", _name_guards(workflow.decide.guard), known_guards(), "decide.guard")


def _name_guards(guards: Iterable[str]) -> list[str]:
    return [parse_guard(guard)[0] for guard in guards]


def _find_unknown(kind: str, names: Iterable[str], known: Collection[str], field: str) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            near = unknown_name(kind, name, known).values["near"] or ", ".join(known)
            yield make_error(field, f"unknown-{kind}", name=name[:40], near=near)


def _check_events(workflow: Workflow) -> Iterator[Finding]:
    for number, transition in enumerate(workflow.transition):
        field, event = f"transition[{number}]", known_events()[transition.event]
        for actor in transition.who:
            if actor not in event.who:
                may = tuple(known_actors()[one].text for one in sorted(event.who))
                yield make_error(f"{field}.who", "may-not", who=known_actors()[actor].text, event=event.text, may=may)
        if transition.to not in event.to:
            leads = tuple(known_states()[one].text for one in sorted(event.to))
            yield make_error(
                f"{field}.to", "never-leads", state=known_states()[transition.to].text, event=event.text, leads=leads
            )
        if APPLICANTS & {*transition.tell}:
            for start in transition.starts:
                if start != transition.to and known_states()[start].seen_as == known_states()[transition.to].seen_as:
                    yield make_error(f"{field}.tell", "tells-hidden", state=known_states()[transition.to].text)


def exclude_one_another(one: Iterable[tuple[str, bool]], other: Iterable[tuple[str, bool]]) -> bool:
    """Whether two sets of guards, each with whether it must hold, can never be met at the same time."""
    wanted = [*one, *other]
    return any(
        (name == second and holds != also) or (holds and also and second in known_guards()[name].excludes)
        for name, holds in wanted
        for second, also in wanted
    )


def _check_guards(workflow: Workflow) -> Iterator[Finding]:
    for number, transition in enumerate(workflow.transition):
        field = f"transition[{number}].guard"
        if exclude_one_another(transition.wanted, ()):
            yield make_error(field, "never-holds")
            continue
        for earlier, other in enumerate(workflow.transition[:number]):
            both = sorted({*transition.starts} & {*other.starts})
            if (
                both
                and transition.event == other.event
                and {*transition.who} & {*other.who}
                and not exclude_one_another(transition.wanted, other.wanted)
            ):
                yield make_error(
                    field,
                    "two-ways",
                    event=known_events()[transition.event].text,
                    state=known_states()[both[0]].text,
                    other=earlier + 1,
                )


def _check_decisions(workflow: Workflow) -> Iterator[Finding]:
    releases = False
    voted = {start for one in workflow.transition if one.event == RELEASE for start in one.starts}
    for number, transition in enumerate(workflow.transition):
        decided = [name for name, holds in transition.wanted if name.startswith(DECISIONS) and holds]
        named = [name for name, _ in transition.wanted if name.startswith(DECISIONS)]
        if transition.event == RELEASE:
            releases = True
            if len(decided) != 1:
                yield make_error(f"transition[{number}].guard", "release-needs-decision")
        elif named:
            yield make_error(f"transition[{number}].guard", "decision-before-release")
        elif (QUORUM, True) in transition.wanted and not voted.issuperset(transition.starts):
            yield make_error(f"transition[{number}].guard", "no-votes")
    if releases and workflow.decide is None:
        yield make_error("decide", "nobody-decides")
    elif workflow.decide:
        if not releases:
            yield make_error("decide", "never-released")
        if any(name.startswith(DECISIONS) for name in _name_guards(workflow.decide.guard)):
            yield make_error("decide.guard", "decision-before-release")
        if exclude_one_another([parse_guard(guard) for guard in workflow.decide.guard], ()):
            yield make_error("decide.guard", "never-holds")


def _check_states(workflow: Workflow) -> Iterator[Finding]:
    possible = [one for one in workflow.transition if not exclude_one_another(one.wanted, ())]
    reached = find_reachable(possible)
    named = {state for one in workflow.transition for state in (*one.starts, one.to)}
    for state in known_states():
        text = known_states()[state].text
        if state in named and state not in reached:
            yield make_error("transition", "unreachable", state=text)
        elif state in reached and not known_states()[state].is_end:
            if not any(state in one.starts for one in possible):
                yield make_error("transition", "dead-end", state=text)
            elif not any(known_states()[end].is_end for end in find_reachable(possible, state)):
                yield make_error("transition", "no-way-out", state=text)


def _check_buttons(workflow: Workflow) -> Iterator[Finding]:
    """An event of the applicant in one of the states that she sees as one would tell her which of them it is."""
    states = known_states()
    named = {state for one in workflow.transition for state in (*one.starts, one.to)}
    for number, transition in enumerate(workflow.transition):
        if not APPLICANTS & {*transition.who}:
            continue
        for start in transition.starts:
            alike = sorted(state for state in named if states[state].seen_as == states[start].seen_as)
            without = tuple(states[state].text for state in alike if not _has_like(workflow, state, transition))
            if without:
                event = known_events()[transition.event].text
                yield make_error(
                    f"transition[{number}].from", "button-tells", event=event, state=states[start].text, without=without
                )


def _has_like(workflow: Workflow, state: str, transition: Transition) -> bool:
    return any(
        state in one.starts
        and one.event == transition.event
        and {*one.wanted} == {*transition.wanted}
        and APPLICANTS & {*one.who} == APPLICANTS & {*transition.who}
        for one in workflow.transition
    )


def find_reachable(transitions: Iterable[Transition], start: str = START) -> set[str]:
    """Returns the states that can be reached from a state, itself included."""
    reached, left = {start}, [start]
    edges = [(state, one.to) for one in transitions for state in one.starts]
    while left:
        state = left.pop()
        found = {to for begin, to in edges if begin == state} - reached
        reached |= found
        left += found
    return reached
