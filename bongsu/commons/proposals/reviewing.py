"""What stewards do with a proposal: accept, ask back, refuse. An accepted entry is saved by bongsu/commons/editing.

Nobody decides about her own proposal while another steward could; if there is none, she may, and the audit says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.utils import timezone

from bongsu.commons.editing.entry_state import find_state, require_entry
from bongsu.commons.editing.revisions import NEW, save_entry, withdraw_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_merge import Conflict, changed_fields, join_fields, merge_fields, split_fields
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.letters import Letters, stewards, write_to_proposer
from bongsu.commons.proposals.owners import give_entry
from bongsu.commons.proposals.proposing import add_message, change_proposal, check_text
from bongsu.commons.proposals.yearly_review import record_review
from bongsu.core.errors import N_, BadInput, Refused
from bongsu.people.access import Actor
from bongsu.store.node import Node


class Comparison(NamedTuple):
    """An entry as it is, and as a proposal would make it.

    `current` is None for a new entry. `conflicts` are the fields that were changed otherwise since the correction began;
    `fingerprint` is that of the current entry.
    """

    current: Entry | None
    proposed: Entry
    conflicts: tuple[Conflict, ...]
    fingerprint: str

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """The fields that the proposal changes: name, value before, value after."""
        before = split_fields(self.current) if self.current else {}
        after = split_fields(self.proposed)
        return [(field, before.get(field), after.get(field)) for field in changed_fields(before, after)]


def compare_entry(node: Node, proposal: Proposal, take: Collection[str] = ()) -> Comparison:
    """Compares a proposal with the entry as it is now. A conflict keeps the current value, unless `take` names its field.

    Raises BadInput for a document that is no valid entry, EntryWithdrawn.
    """
    proposed = parse_entry(proposal.document, proposal.entry)
    if proposal.kind == "new":
        return Comparison(None, proposed, (), NEW)
    state = find_state(node, proposal.entry)
    current = require_entry(state)
    if state.fingerprint == proposal.base_fingerprint:
        return Comparison(current, proposed, (), state.fingerprint)
    base = split_fields(parse_entry(proposal.base, proposal.entry))
    merged, conflicts = merge_fields(base, split_fields(current), split_fields(proposed))
    for conflict in conflicts:
        if conflict.field in take:
            merged[conflict.field] = conflict.theirs
    kept = {field: value for field, value in merged.items() if value is not None}
    made = parse_entry(join_fields(proposal.entry, current.source, kept), proposal.entry)
    return Comparison(current, made, tuple(conflicts), state.fingerprint)


def ask_back(actor: Actor, proposal: Proposal, text: str, letters: Letters, seen: int | None = None) -> None:
    """Asks the person, who may then change the proposal. Raises BadInput without a question, ProposalChanged, Refused."""
    _decide(actor, proposal, ("proposal.ask-back", "asked-back"), text, letters, seen)


def refuse(actor: Actor, proposal: Proposal, text: str, letters: Letters, seen: int | None = None) -> None:
    """Refuses a proposal with a reason. Raises BadInput without a reason, ProposalChanged, Refused."""
    _decide(actor, proposal, ("proposal.refuse", "refused"), text, letters, seen)


def accept(
    actor: Actor,
    node: Node,
    proposal: Proposal,
    text: str,
    letters: Letters,
    seen: int | None = None,
    take: Collection[str] = (),
    fingerprint: str | None = None,
) -> None:
    """Accepts a proposal, and does what it proposes.

    `fingerprint` is that of the entry that the steward saw: if it changed since, nothing is done.
    Raises EntryChanged, EntryExists, EntryWithdrawn, ProposalChanged, BadInput, Refused.
    """

    def carry_out(row: Proposal) -> None:
        why = f"proposal {row.pk}"
        match row.kind:
            case "new" | "correction":
                compared = compare_entry(node, row, take)
                seen_entry = compared.fingerprint if fingerprint is None else fingerprint
                save_entry(node, actor, compared.proposed, if_match=seen_entry, why=why)
                record_review(row.entry)
            case "withdrawal":
                withdraw_entry(node, actor, row.entry, why=why)
            case "claim":
                give_entry(actor, row.entry, row.organisation, why)

    _decide(actor, proposal, ("proposal.accept", "accepted"), text, letters, seen, carry_out)


def _decide(
    actor: Actor,
    proposal: Proposal,
    decision: tuple[str, str],
    text: str,
    letters: Letters,
    seen: int | None,
    carry_out: Callable[[Proposal], None] | None = None,
) -> None:
    action, state = decision
    text = check_text(text)
    if not text and state != "accepted":
        raise BadInput(N_("Say why: the person who proposed it reads it."))
    with change_proposal(actor, proposal, action, ("submitted",), seen) as (row, change):
        own = actor.person is not None and actor.person == row.person
        if own and [person for person in stewards() if person != actor.person]:
            raise Refused(N_("This is your own proposal."), fix=N_("Another steward decides about it."))
        if carry_out:
            carry_out(row)
        row.state = state
        if state != "asked-back":
            row.decided, row.decided_by = timezone.now(), actor.person
        add_message(row, actor, text, by_steward=True)
        write_to_proposer(row, state, text, letters)
        if own:
            change.after = {"own": True}
