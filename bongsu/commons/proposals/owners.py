"""To whom entries belong: an organisation claims those whose home page lies in its domain; of others a steward decides.

A claim is made by a manager of the organisation. Hosts on which anybody may have pages (tables/shared_hosts.csv, and public
suffixes) prove nothing: there a steward decides too.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils import timezone
from publicsuffixlist import PublicSuffixList

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.editing.revisions import target_of_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.models import EntryOwner, Proposal
from bongsu.commons.proposals.letters import Letters, write_to_proposer, write_to_stewards
from bongsu.commons.proposals.proposing import Start, add_message, change_proposal, check_text, start_proposal
from bongsu.core.errors import N_, BadInput
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import Organisation
from bongsu.people.organisations import target_of_organisation
from bongsu.store.node import Node
from bongsu.store.tables.definitions import read_rows

SHARED_HOSTS = frozenset(row["host"] for row in read_rows(COMMONS_TABLES / "shared_hosts.csv"))


def home_hosts(entry: Entry) -> Iterator[str]:
    """Yields the hosts of an entry's home pages, in ASCII."""
    for link in entry.links:
        if link.rel != "homepage":
            continue
        try:
            host = (urlsplit(link.href).hostname or "").casefold().rstrip(".").encode("idna").decode("ascii")
        except (ValueError, UnicodeError):
            continue
        if host:
            yield host


def matching_domain(entry: Entry, organisation: Organisation) -> str:
    """Returns the domain of the organisation in which the home page of an entry lies; "" if it lies in none.

    Every home page must lie in a domain of the organisation: one of several proves nothing about the others.
    """
    suffixes = PublicSuffixList()
    domains = sorted(organisation.domains.values_list("name", flat=True), key=len, reverse=True)
    found = [
        next((domain for domain in domains if host == domain or host.endswith(f".{domain}")), "")
        for host in home_hosts(entry)
        if suffixes.privatesuffix(host) and not _is_shared(host)
    ]
    return found[0] if found and all(found) and len(found) == len(list(home_hosts(entry))) else ""


def _is_shared(host: str) -> bool:
    return any(host == shared or host.endswith(f".{shared}") for shared in SHARED_HOSTS)


def claim_entry(
    actor: Actor, node: Node, entry_id: str, organisation: Organisation, text: str, letters: Letters
) -> Proposal:
    """Claims an entry for an organisation. It is given at once if its home page lies in a domain of the organisation.

    Raises BadInput if it belongs to an organisation already, UnknownName, Refused to who does not manage the organisation.
    """
    entry, _ = current_entry(node, entry_id)
    text = check_text(text)
    if actor.person is None:
        raise BadInput(N_("A proposal is a person’s: name who proposes."))
    with act(actor, "entry.claim", target_of_organisation(organisation)) as change:
        _check_free(entry_id, organisation)
        domain = matching_domain(entry, organisation)
        start = Start("claim", entry_id, {"name": dict(entry.name)}, organisation=organisation)
        proposal = start_proposal(actor, actor.person, start)
        with change_proposal(actor, proposal, "proposal.submit", ("draft",)) as (row, _):
            row.state, row.submitted = "submitted", timezone.now()
            add_message(row, actor, text)
            if domain:
                _set_owner(entry_id, organisation)
                row.state, row.decided = "accepted", row.submitted
            write_to_proposer(row, row.state, "", letters)
            if not domain:
                write_to_stewards(row, letters)
        change.after = {"entry": entry_id, "domain": domain, "state": proposal.state}
    return proposal


def give_entry(actor: Actor, entry: str, organisation: Organisation | None, why: str) -> None:
    """Gives an entry to an organisation. Raises BadInput if it belongs to another, Refused."""
    if organisation is None or not organisation.active:
        raise BadInput(N_("An entry is given to an active organisation."))
    with act(actor, "entry.give", target_of_entry(entry, organisation.name), why) as change:
        _set_owner(entry, organisation)
        change.after = {"organisation": organisation.name}


def _set_owner(entry: str, organisation: Organisation) -> None:
    _check_free(entry, organisation)
    if not EntryOwner.objects.filter(entry=entry).exists():
        EntryOwner(entry=entry, organisation=organisation).save(force_insert=True)


def _check_free(entry: str, organisation: Organisation) -> None:
    """Raises BadInput if an entry belongs to another organisation."""
    other = (
        EntryOwner.objects.filter(entry=entry).exclude(organisation=organisation).select_related("organisation").first()
    )
    if other is not None:
        raise BadInput(N_("The entry belongs to “{owner}” already."), owner=other.organisation.title)
