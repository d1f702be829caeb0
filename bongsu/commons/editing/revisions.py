"""Changes entries on this node: adds, corrects, withdraws and restores them. Each change is an action and a revision.

An entry of the house or of a harvest is not changed in place: the node keeps what it made of the entry and merges it with every
later version of the source (entries/entry_merge.py). Actions follow one another, so that of two changes that were made from
the same version the second is refused if it names that version (`if_match`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.utils import timezone

from bongsu.commons.documents import MAX_DEPTH
from bongsu.commons.editing.edits_snapshot import edit_of_revision
from bongsu.commons.editing.entry_state import EntryState, find_state, fingerprint_of, require_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_merge import advance_base, apply_edit, split_fields
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import EntryOwner, Revision
from bongsu.core.errors import N_, BadInput, Final
from bongsu.people.access import Actor, Target, require
from bongsu.people.actions import act
from bongsu.people.organisations import find_organisation
from bongsu.store.node import Node

MAX_ENTRY_BYTES = 256 * 1024
NEW = ""  # the fingerprint of an entry that does not exist yet


class EntryChanged(Final):
    """The entry is not the version that the change was made from."""

    code = "entry-changed"
    exit_status: ClassVar[int] = 65
    http_status: ClassVar[int] = 412


class EntryExists(Final):
    """An entry with this id exists, with other content."""

    code = "entry-exists"
    exit_status: ClassVar[int] = 65
    http_status: ClassVar[int] = 409


@dataclass(frozen=True)
class NewContent:
    """What a change makes of an entry: its content (None: withdrawn), and the base of the next merge."""

    entry: Entry | None
    base: Mapping[str, Any] | None


def owner_of_entry(id_: str) -> str:
    """Returns the short name of the organisation that an entry belongs to; empty if it belongs to none."""
    owner: EntryOwner | None = EntryOwner.objects.select_related("organisation").filter(entry=id_).first()
    return owner.organisation.name if owner else ""


def target_of_entry(id_: str, owner: str) -> Target:
    """An entry as an object of actions; `owner` is the organisation that it belongs to."""
    within = (("programme", "commons"), *((("organisation", owner),) if owner else ()))
    return Target("entry", id_[:100], within, organisation=owner)


def save_entry(
    node: Node, actor: Actor, entry: Entry, *, if_match: str | None = None, why: str = "", owner: str = ""
) -> Revision | None:
    """Adds or corrects an entry. Returns the revision; None if the entry has this content already.

    `if_match` is the fingerprint of the version that the change was made from, NEW for an entry that must not exist yet, None
    for any. A new entry belongs to the organisation `owner`; one that a token adds belongs to the token's organisation.
    Raises EntryChanged, EntryExists, EntryWithdrawn, BadInput for an entry that is too large, Refused.
    """

    def make(state: EntryState) -> NewContent:
        if state.gone:
            require_entry(state)
        if if_match == NEW and state.entry is not None:
            raise EntryExists(
                N_("The entry “{id}” exists already, with other content."), fix=N_("Correct it instead."), id=entry.id
            )
        kept = replace(entry, source=state.entry.source if state.entry else "")
        return NewContent(kept, next_base(state))

    _check_document(entry)
    state = find_state(node, entry.id)
    belongs = owner_of_entry(entry.id) or ("" if state.entry else owner or actor.organisation)
    require(actor, "entry.save", target_of_entry(entry.id, belongs))
    if state.entry and fingerprint_of(replace(entry, source=state.entry.source)) == state.fingerprint:
        if if_match:
            _require_match(state, if_match)
        return None
    return revise(node, actor, "entry.save", entry.id, make, "corrected", if_match=if_match, why=why, owner=belongs)


def withdraw_entry(node: Node, actor: Actor, id_: str, *, why: str, if_match: str | None = None) -> Revision:
    """Withdraws an entry: a tombstone takes its place in the next build. Raises EntryWithdrawn if it was, UnknownName,
    EntryChanged, BadInput without a reason, Refused.
    """
    if not why.strip():
        raise BadInput(N_("Give the reason for the withdrawal."), where="why")

    def make(state: EntryState) -> NewContent:
        require_entry(state)
        return NewContent(None, None if state.upstream is None else split_fields(state.upstream))

    return revise(node, actor, "entry.withdraw", id_, make, "withdrawn", if_match=if_match, why=why)


def restore_entry(node: Node, actor: Actor, id_: str, *, why: str = "") -> Revision:
    """Restores an entry that was withdrawn on this node, with its last content. Raises BadInput if it was not, Refused."""

    def make(state: EntryState) -> NewContent:
        last = Revision.objects.filter(entry=id_).exclude(document=None).order_by("-number").first()
        if state.revision is None or state.revision.document is not None or (last is None and state.upstream is None):
            raise BadInput(N_("The entry “{id}” was not withdrawn on this node."), id=id_)
        if last is None:
            return NewContent(state.upstream, next_base(state))
        return NewContent(parse_entry(last.document, id_), last.base)

    return revise(node, actor, "entry.restore", id_, make, "restored", why=why)


def next_base(state: EntryState) -> Mapping[str, Any] | None:
    """Returns the base of a change that is made now."""
    return advance_base(state.revision.base if state.revision else None, state.upstream, state.conflicts)


def give_entry(actor: Actor, id_: str, organisation: str, why: str = "") -> None:
    """Makes an entry belong to an organisation; to none if `organisation` is empty. Raises Missing, Refused."""
    before = owner_of_entry(id_)
    with act(actor, "entry.give", target_of_entry(id_, before), why) as change:
        EntryOwner.objects.filter(entry=id_).delete()
        if organisation:
            EntryOwner(entry=id_, organisation=find_organisation(organisation)).save(force_insert=True)
        change.before, change.after = {"organisation": before}, {"entry": id_, "organisation": organisation}


def revise(
    node: Node,
    actor: Actor,
    action: str,
    id_: str,
    make: Callable[[EntryState], NewContent],
    kind: str,
    *,
    if_match: str | None = None,
    why: str = "",
    owner: str | None = None,
) -> Revision:
    """Writes the next revision of an entry in one action; `make` says what the entry becomes, given its state.

    `owner` is the organisation that a new entry belongs to. Raises EntryChanged, Refused, and what `make` raises.
    """
    expected = owner_of_entry(id_) if owner is None else owner
    with act(actor, action, target_of_entry(id_, expected), why) as change:
        state = find_state(node, id_)
        belongs = owner_of_entry(id_)
        if belongs != expected and (belongs or state.entry is not None):  # it was given away, or added, just now
            raise _changed(id_)
        _require_match(state, if_match)
        content = make(state)
        before = {} if state.entry is None else split_fields(state.entry)
        after = {} if content.entry is None else split_fields(content.entry)
        differing = [field for field in {**before, **after} if before.get(field) != after.get(field)]
        revision = Revision(
            entry=id_,
            number=state.revision.number + 1 if state.revision else 1,
            kind="added" if kind == "corrected" and state.entry is None else kind,
            made=timezone.now(),
            actor=actor.name,
            organisation=actor.organisation,
            why=why.strip()[:500],
            document=None if content.entry is None else content.entry.to_json(),
            base=None if content.base is None else dict(content.base),
            changes=[[field, before.get(field), after.get(field)] for field in differing],
        )
        merged = apply_edit(edit_of_revision(revision), state.upstream).entry
        revision.fingerprint = "" if merged is None else fingerprint_of(merged)
        revision.save(force_insert=True)
        if expected and not belongs:
            EntryOwner(entry=id_, organisation=find_organisation(expected)).save(force_insert=True)
        change.before = {"fingerprint": state.fingerprint} if state.fingerprint else None
        change.after = {"entry": id_, "revision": revision.number, "fingerprint": revision.fingerprint}
        change.after |= {"fields": differing[:50]}
    return revision


def _require_match(state: EntryState, if_match: str | None) -> None:
    if if_match and if_match != state.fingerprint:
        require_entry(state)
        raise _changed(state.id)


def _changed(id_: str) -> EntryChanged:
    return EntryChanged(
        N_("The entry “{id}” was changed by somebody else in the meantime."),
        fix=N_("Read it again, and make your change on its present version."),
        id=id_,
    )


def _check_document(entry: Entry) -> None:
    """Raises BadInput for an entry that the records cannot store."""
    try:
        text = json.dumps(entry.to_json(), ensure_ascii=False, allow_nan=False)
        size, depth = len(text.encode()), _depth(entry.records)
    except UnicodeEncodeError:
        raise BadInput(N_("The entry has a character that is not valid Unicode."), where=entry.id) from None
    except ValueError:
        raise BadInput(N_("The entry has a number that is not finite."), where=entry.id) from None
    except RecursionError:
        text, size, depth = "", 0, MAX_DEPTH + 1
    if depth > MAX_DEPTH:
        raise BadInput(N_("The file is nested deeper than {limit} levels."), where=entry.id, limit=MAX_DEPTH)
    if size > MAX_ENTRY_BYTES:
        raise BadInput(N_("The entry is larger than {limit} bytes."), where=entry.id, limit=MAX_ENTRY_BYTES)
    if "\\u0000" in text.replace("\\\\", ""):
        raise BadInput(N_("The entry has a NUL character."), where=entry.id)


def _depth(value: Any) -> int:
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return 1 + max(map(_depth, parts), default=0)
