"""Conflicts as sentences: the evidence, what it does, and in which state it is."""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.core.errors import N_
from bongsu.incubator.conflicts.find import Conflict
from bongsu.incubator.conflicts.kinds import Action, Severity, known_kinds, known_relations
from bongsu.incubator.texts import Translate, write_sentence

EVIDENCE: Mapping[str, str] = {
    "id": N_("{person} is the reviewer: the same account."),
    "address": N_("{person} is the reviewer: the same address, {value}."),
    "orcid": N_("{person} is the reviewer: the same ORCID, {value}."),
    "organisation": N_("The reviewer and {person} share an organisation: {name}."),
    "domain": N_("The reviewer and {person} share an organisation’s domain: {name}."),
    "above": N_("The reviewer is at {other}, {person} at {name}: one is part of the other."),
    "doi": N_("The reviewer and {person} wrote {doi} together ({year})."),
    "relation": N_("A relation was stated between the reviewer and {person}: {relation}."),
    "award": N_("The reviewer and {person} were funded together: {name}."),
    "cohort": N_("The reviewer and {person} were in the same cohort: {name}."),
    "round": N_("The reviewer takes part in the application {other} in the same round."),
    "budget-line": N_("The reviewer takes part in the application {other} in the same budget line."),
    "pair": N_("{person}, of this application, reviews the reviewer’s own, {other}."),
    "name": N_("The reviewer and {person} have the same name: {name}. Are they the same person?"),
    "author-name": N_("The name of the reviewer or of {person} is that of an author of the other’s works: {name}."),
    "reviewer": N_("The reviewer stated a conflict."),
    "missing": N_("The reviewer has not stated where she works. Only her address could be compared."),
}
SEVERITIES: Mapping[Severity, str] = {
    "real": N_("real conflict"),
    "apparent": N_("apparent conflict"),
    "potential": N_("potential conflict"),
}
ACTIONS: Mapping[Action, str] = {
    "bar": N_("The reviewer is barred."),
    "decide": N_("An officer decides, with a plan."),
    "ask": N_("The reviewer sees no title until she has answered."),
    "hint": N_("A hint: an officer looks at it."),
}
STATES: Mapping[str, str] = {
    "barred": N_("barred"),
    "to-decide": N_("an officer must decide"),
    "to-answer": N_("the reviewer must answer"),
    "hint": N_("hint"),
    "waived": N_("waived, with a plan"),
    "dismissed": N_("dismissed"),
}
_THE_ORGANISATION = N_("the application")


def describe_conflict(conflict: Conflict, names: Mapping[str, str], translate: Translate, language: str) -> str:
    """Returns the evidence as a sentence. `names` are people and organisations by id; an id without a name is shown."""
    values = dict(conflict.values)
    for key in ("person", "name", "other"):
        if key in values:
            values[key] = names.get(values[key], values[key]) or translate(_THE_ORGANISATION)
    if "relation" in values:
        values["relation"] = known_relations()[values["relation"]].text
    if isinstance(values.get("year"), int):
        values["year"] = str(values["year"])  # a year has no thousands
    return write_sentence(EVIDENCE[conflict.code], values, translate, language)


def name_kind(kind: str, language: str) -> str:
    """Returns the name of a kind of conflict."""
    return known_kinds()[kind].text.to(language)
