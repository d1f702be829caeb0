"""Decides a conflict: a field, or a whole entry, that the node and the entry's source changed differently."""

from __future__ import annotations

from bongsu.commons.editing.entry_state import EntryState
from bongsu.commons.editing.revisions import NewContent, next_base, revise
from bongsu.commons.entries.entry_merge import WHOLE, Conflict, join_fields, split_fields
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Revision
from bongsu.core.errors import N_, unknown_name
from bongsu.people.access import Actor
from bongsu.store.node import Node


def decide_conflict(
    node: Node, actor: Actor, id_: str, field: str, *, take_theirs: bool, if_match: str | None = None, why: str = ""
) -> Revision:
    """Keeps the node's value of a field, or takes the source's; the field is then no conflict until the source changes again.

    Raises UnknownName if the field is not in conflict, BadInput if the entry would be invalid, EntryChanged, Refused.
    """

    def make(state: EntryState) -> NewContent:
        found = next((conflict for conflict in state.conflicts if conflict.field == field), None)
        if found is None:
            raise unknown_name(N_("conflict"), field, [conflict.field for conflict in state.conflicts])
        return _decide_whole(state, found, take_theirs) if field == WHOLE else _decide_field(state, found, take_theirs)

    return revise(node, actor, "entry.decide", id_, make, "decided", if_match=if_match, why=why)


def _decide_whole(state: EntryState, conflict: Conflict, take_theirs: bool) -> NewContent:
    return NewContent(state.upstream if take_theirs else state.entry, conflict.theirs)


def _decide_field(state: EntryState, conflict: Conflict, take_theirs: bool) -> NewContent:
    assert state.entry is not None
    fields, base = split_fields(state.entry), dict(next_base(state) or {})
    for chosen in (base, fields) if take_theirs else (base,):
        chosen.pop(conflict.field, None)
        if conflict.theirs is not None:
            chosen[conflict.field] = conflict.theirs
    return NewContent(parse_entry(join_fields(state.id, state.entry.source, fields), state.id), base)
