"""Publishes outcomes: an officer releases what the owner has released, and the catalogue gets the entry in one transaction."""

from __future__ import annotations

from datetime import datetime

from bongsu.commons.editing.revisions import NEW, save_entry, withdraw_entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.errors import N_, BadInput, Refused
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import lock_award
from bongsu.incubator.models import Application, Call, Outcome
from bongsu.incubator.outcomes.writing import find_outcome
from bongsu.incubator.site import Site
from bongsu.incubator.texts import pick_text
from bongsu.people.access import Actor
from bongsu.people.actions import act


def release_outcome(actor: Actor, application: Application, entry: str, now: datetime, site: Site) -> Outcome:
    """Releases an outcome as an officer: it becomes an entry of the catalogue.

    Raises BadInput if the owner has not released it, Refused for the owner herself.
    """
    with act(actor, "outcome.release", target_of_application(application)) as change:
        outcome = find_outcome(lock_award(application), entry)
        if outcome.state != "offered":
            raise BadInput(N_("The owner of the application releases the outcome first."))
        if actor.person is None or actor.person == outcome.offered_by:
            raise Refused(N_("An outcome is released by two different persons."))
        save_entry(
            site.node, _as_officer(actor), parse_entry(outcome.document, entry), if_match=NEW, why=_explain(application)
        )
        outcome.state, outcome.published, outcome.published_by = "published", now, actor.person
        outcome.save()
        change.after = {"outcome": entry, "state": outcome.state}
    return outcome


def withdraw_outcome(
    actor: Actor, application: Application, entry: str, why: str, now: datetime, site: Site
) -> Outcome:
    """Withdraws an outcome: a published one leaves a tombstone with the reason in the catalogue. Raises BadInput, Refused."""
    if not why.strip():
        raise BadInput(N_("Give the reason for the withdrawal."), where="why")
    with act(actor, "outcome.withdraw", target_of_application(application)) as change:
        outcome = find_outcome(lock_award(application), entry)
        if outcome.state == "withdrawn":
            raise BadInput(N_("The outcome is withdrawn already."))
        if outcome.state == "published":
            withdraw_entry(site.node, _as_officer(actor), entry, why=why.strip()[:500])
        outcome.state, outcome.withdrawn, outcome.why = "withdrawn", now, why.strip()[:500]
        outcome.save()
        change.after = {"outcome": entry, "state": outcome.state}
    return outcome


def _as_officer(actor: Actor) -> Actor:
    """Returns the actor for the catalogue: her permission was checked by the action of the outcome."""
    return Actor(actor.name, trusted=True)


def _explain(application: Application) -> str:
    return f"outcome of call {application.call.name}, application number {application.number}"


def list_published(call: Call, language: str) -> list[tuple[str, str]]:
    """Returns the published outcomes of a call: the id of each entry, and its name in a language."""
    rows = Outcome.objects.filter(award__application__call=call, state="published").order_by("published", "pk")
    return [(one.entry, pick_text(one.document["name"], language)) for one in rows]
