"""A workflow as sentences and as a table of transitions; its findings, and why a step is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bongsu.core.errors import N_
from bongsu.incubator.texts import Finding, Translate, pick_text, write_sentence, write_value
from bongsu.incubator.workflow.document import Transition, Workflow, parse_guard
from bongsu.incubator.workflow.step import Refusal
from bongsu.incubator.workflow.tables import (
    known_actors,
    known_effects,
    known_events,
    known_guards,
    known_states,
)

WORKFLOW_FINDINGS: Mapping[str, str] = {
    "languages": N_("The text lacks these languages: {missing}."),
    "unknown-state": N_("There is no state “{name}”. Near or known: {near}."),
    "unknown-event": N_("There is no event “{name}”. Near or known: {near}."),
    "unknown-actor": N_("Nobody is called “{name}” here. Near or known: {near}."),
    "unknown-guard": N_("There is no guard “{name}”. Near or known: {near}."),
    "unknown-effect": N_("There is no effect “{name}”. Near or known: {near}."),
    "no-start": N_("The states from which it goes are missing."),
    "may-not": N_("“{event}” is not for {who}, only for: {may}."),
    "never-leads": N_("“{event}” never leads to “{state}”, only to: {leads}."),
    "tells-hidden": N_("The applicant sees no change here: telling her of “{state}” would show what is decided later."),
    "button-tells": N_(
        "The applicant sees one state here, but “{event}” is there in “{state}” and not, or not in the same way, in: {without}."
    ),
    "never-holds": N_("These guards never hold at the same time."),
    "two-ways": N_(
        "In the state “{state}”, “{event}” could go this way and that of step {other}: their guards can both hold."
    ),
    "release-needs-decision": N_("A release needs one guard that says what was decided, such as decision.accept."),
    "decision-before-release": N_(
        "Only the event “release” may depend on a decision: anything else would tell it early."
    ),
    "no-votes": N_("Nobody votes in this state, so there is never a quorum: votes are cast where a release follows."),
    "nobody-decides": N_("Decisions are released, but “decide” does not say who decides."),
    "never-released": N_("Decisions are recorded, but never released."),
    "unreachable": N_("The state “{state}” is never reached."),
    "dead-end": N_("Nothing leads out of the state “{state}”, which is no end."),
    "no-way-out": N_("From the state “{state}” no end is ever reached."),
}
REFUSALS: Mapping[str, str] = {
    "at-an-end": N_("In the state “{state}” nothing more can happen."),
    "not-in-this-state": N_("“{event}” cannot happen in the state “{state}”. What can: {events}."),
    "not-allowed": N_("“{event}” is not for {who}, only for: {may}."),
    "facts-contradict": N_("“{event}” could go two ways at once. This is an error of the node: tell its operator."),
    "nothing-decided": N_("Nothing was decided yet."),
    "guards": N_("“{event}” must wait. What must hold first: {guards}."),
    "no-decision-here": N_("In the state “{state}” this decision cannot be made."),
    "decides-not": N_("The decision is not for {who}, only for: {may}."),
    "decide-guards": N_("The decision must wait. What must hold first: {guards}."),
}
NOT = N_("not: {guard}")
_STEP = N_("From “{start}” to “{to}”: {event}, by {who}.")
_GUARDS = N_("If: {guards}.")
_EFFECTS = N_("The node: {effects}.")
_TELL = N_("Told: {tell}.")
_DECIDE = N_("Who decides: {who}. Nobody else learns the decision before its release.")


class TransitionRow(NamedTuple):
    """A row of the table of transitions, each cell in the reader's language; guards, effects and tell may be empty."""

    start: str
    event: str
    who: str
    to: str
    guards: str
    effects: str
    tell: str


def describe_workflow_finding(finding: Finding, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding of check_workflow."""
    return write_sentence(WORKFLOW_FINDINGS[finding.code], finding.values, translate, language)


def describe_refusal(refusal: Refusal, translate: Translate, language: str) -> str:
    """Returns the sentence of a refusal: “the round closes” must wait. What must hold first: the round has closed."""
    values = dict(refusal.values)
    if "guards" in values:
        values["guards"] = write_guards(values["guards"], translate, language)
    return write_sentence(REFUSALS[refusal.code], values, translate, language)


def list_transitions(workflow: Workflow, translate: Translate, language: str) -> list[TransitionRow]:
    """Returns the table of transitions, in the order of the file. A name that does not exist stays as it is written."""
    return [_write_row(transition, translate, language) for transition in workflow.transition]


def _write_row(transition: Transition, translate: Translate, language: str) -> TransitionRow:
    def names(known: Mapping[str, Any], *of: str) -> tuple[str, ...]:
        return tuple(_name(known, name, language) for name in of)

    return TransitionRow(
        write_value(names(known_states(), *transition.starts), language),
        _name(known_events(), transition.event, language),
        write_value(names(known_actors(), *transition.who), language),
        _name(known_states(), transition.to, language),
        write_guards(transition.guard, translate, language),
        "; ".join(names(known_effects(), *transition.effect)),
        write_value(names(known_actors(), *transition.tell), language),
    )


def _name(known: Mapping[str, Any], name: str, language: str) -> str:
    return str(known[name].text.to(language)) if name in known else name


def explain_workflow(workflow: Workflow, translate: Translate, language: str) -> list[str]:
    """Returns a workflow in sentences: its title, each transition, and who decides."""
    lines = [pick_text(workflow.title, language)]
    for row in list_transitions(workflow, translate, language):
        parts = [(_STEP, True), (_GUARDS, row.guards), (_EFFECTS, row.effects), (_TELL, row.tell)]
        lines.append(" ".join(translate(part).format_map(row._asdict()) for part, is_there in parts if is_there))
    return lines + ([decides] if (decides := explain_decide(workflow, translate, language)) else [])


def explain_decide(workflow: Workflow, translate: Translate, language: str) -> str:
    """Returns the sentences about who decides; empty if nobody does."""
    if workflow.decide is None:
        return ""
    who = tuple(_name(known_actors(), actor, language) for actor in workflow.decide.who)
    guards = write_guards(workflow.decide.guard, translate, language)
    said = write_sentence(_DECIDE, {"who": who}, translate, language)
    return f"{said} {write_sentence(_GUARDS, {'guards': guards}, translate, language)}" if guards else said


def write_guards(guards: Iterable[str], translate: Translate, language: str) -> str:
    """Returns guards as a list of words, such as “the round is open; not: a discussion was asked for”."""
    written = []
    for name, holds in map(parse_guard, guards):
        text = _name(known_guards(), name, language)
        written.append(text if holds else translate(NOT).format(guard=text))
    return "; ".join(written)
