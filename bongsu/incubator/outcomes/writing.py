"""Writes outcomes: an entry in the catalogue's own format, and as its evidence the award that it came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import lock_award
from bongsu.incubator.models import Application, Award, Outcome
from bongsu.incubator.site import Site
from bongsu.people.access import Actor
from bongsu.people.actions import act

# What can come of an award; funding and audits are no outcomes.
KINDS = (EntryKind.MODEL, EntryKind.DATASET, EntryKind.SOFTWARE, EntryKind.COURSE)
SHOWN = ("awarded", "running", "completed", "ended-early")
MOST = 50  # outcomes of an award
OUTCOME_STATES = {
    "draft": N_("not released yet"),
    "offered": N_("released by its owner; an officer releases it next"),
    "published": N_("published"),
    "withdrawn": N_("withdrawn"),
}
KIND_WORDS = {
    "model": N_("model"),
    "dataset": N_("dataset"),
    "software": N_("software"),
    "course": N_("course"),
}
SHOWS = "Outcome of the call {call}, application {number}"
FIELDS = ("kind", "name", "description", "homepage", "licence")


def write_outcome(
    actor: Actor, application: Application, values: Mapping[str, str], now: datetime, site: Site, entry: str = ""
) -> Outcome:
    """Writes a new outcome, or the draft `entry` anew. `values` are by FIELDS; name and description are in `language`.

    Raises BadInput with the field for what no entry can be, Missing, Refused.
    """
    with act(actor, "outcome.write", target_of_application(application)) as change:
        award = lock_award(application)
        if entry:
            outcome = find_outcome(award, entry)
            if outcome.state not in ("draft", "offered"):
                raise BadInput(N_("The outcome was published: it is corrected in the catalogue."))
        else:
            outcome = Outcome(award=award, entry=_choose_id(award), written=now)
        outcome.document = _make_document(outcome.entry, application, values, now, site)
        outcome.state, outcome.written, outcome.offered, outcome.offered_by = "draft", now, None, None
        outcome.save()
        change.after = {"outcome": outcome.entry, "state": "draft"}
    return outcome


def _choose_id(award: Award) -> str:
    count = award.outcomes.count()
    if count >= MOST:
        raise BadInput(N_("An award has {most} outcomes at most."), most=MOST)
    return f"outcome-{award.application.number.lower()}-{count + 1}"


def _make_document(
    entry: str, application: Application, values: Mapping[str, str], now: datetime, site: Site
) -> dict[str, Any]:
    """Returns the entry of an outcome. Raises BadInput with the field."""
    if values.get("kind") not in KINDS:
        raise BadInput(N_("Say what the outcome is."), where="kind")
    language = values.get("language") or "en"
    evidence = {
        "address": site.address("call", application.call.name),
        "shows": SHOWS.format(call=application.call.name, number=application.number),
        "accessed": now.date().isoformat(),
    }
    document: dict[str, Any] = {
        "id": entry,
        "kind": values["kind"],
        "name": {language: values.get("name", "").strip()},
        "description": {language: values.get("description", "").strip()},
        "links": [{"rel": "homepage", "href": values.get("homepage", "").strip()}],
        "evidence": {"award": evidence},
        "claims": {},
    }
    if licence := values.get("licence", "").strip():
        document["claims"]["licence"] = {"value": licence, "evidence": ["award"]}
    return parse_entry(document, entry).to_json()


def find_outcome(award: Award, entry: str) -> Outcome:
    """Returns an outcome of an award. Raises Missing."""
    found: Outcome | None = award.outcomes.filter(entry=entry).select_for_update().first()
    if found is None:
        raise Missing(N_("The award has no outcome “{name}”."), name=entry[:80])
    return found


def offer_outcome(actor: Actor, application: Application, entry: str, now: datetime) -> Outcome:
    """Releases an outcome as the owner of the application; an officer releases it after her. Raises BadInput, Refused."""
    with act(actor, "outcome.offer", target_of_application(application)) as change:
        outcome = find_outcome(lock_award(application), entry)
        if outcome.state != "draft":
            raise BadInput(N_("The outcome is released already, or withdrawn."))
        outcome.state, outcome.offered, outcome.offered_by = "offered", now, actor.person
        outcome.save()
        change.after = {"outcome": entry, "state": outcome.state}
    return outcome
