"""Entries that are changed on a node: each change is an action with a revision, and builds have the result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bongsu.commons.editing.conflicts import decide_conflict
from bongsu.commons.editing.edits_snapshot import write_edits
from bongsu.commons.editing.entry_state import EntryWithdrawn, current_entry, entry_history, find_state, list_conflicts
from bongsu.commons.editing.revisions import (
    NEW,
    EntryChanged,
    EntryExists,
    give_entry,
    owner_of_entry,
    restore_entry,
    save_entry,
    withdraw_entry,
)
from bongsu.commons.entries.bundle import read_bundles
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.harvest.node_entries import read_node_entries
from bongsu.commons.models import Revision
from bongsu.commons.sources import EDITS_SNAPSHOT, STARTER_ENTRIES
from bongsu.core.errors import BadInput, Refused, UnknownName
from bongsu.people.access import NOBODY, Actor
from bongsu.people.models import AuditLine
from bongsu.people.organisations import add_organisation
from bongsu.store.building.builds import build_releases
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db


def with_licence(entry: Entry, licence: str) -> Entry:
    """The entry with another licence."""
    document = entry.to_json()
    document["claims"]["licence"]["value"] = licence
    return parse_entry(document, entry.id)


def new_entry(id_: str = "my-data", **fields: Any) -> Entry:
    evidence = {"page": {"address": "https://example.org/", "shows": "it", "accessed": "2026-11-27"}}
    claims = {"licence": {"value": "CC0-1.0", "evidence": ["page"]}}
    document = {"id": id_, "kind": "dataset", "name": {"en": "Mine"}, "evidence": evidence, "claims": claims, **fields}
    return parse_entry(document, id_)


def ship(node: Node, id_: str, change: Any) -> None:
    """Ships a later version of Bongsu, in which one entry is what `change` makes of its document, None if it is gone."""
    newest = node.snapshots.newest(STARTER_ENTRIES.name)
    assert newest
    lines = []
    for line in node.snapshots.read(newest).decode().splitlines():
        row = json.loads(line)
        if row["file"].removesuffix(".yaml") == id_:
            document = change(read_bundles(line.encode()).entries[id_].to_json())
            if document is None:
                continue
            row["text"] = json.dumps(document)
        lines.append(json.dumps(row))
    node.snapshots.save(STARTER_ENTRIES.name, "\n".join(lines).encode(), STARTER_ENTRIES.origin, "later")


def set_licence(licence: str) -> Any:
    def change(document: dict[str, Any]) -> dict[str, Any]:
        document["claims"]["licence"]["value"] = licence
        document["description"]["en"] = "Described anew."
        return document

    return change


def test_a_shipped_entry_is_corrected_and_a_later_version_is_merged(node: Node) -> None:
    before, fingerprint = current_entry(node, "bloom")
    made = save_entry(node, COMMAND, with_licence(before, "MIT"), if_match=fingerprint, why="read the licence")
    assert made
    entry, changed = current_entry(node, "bloom")
    assert (entry.value("licence"), made.fingerprint) == ("MIT", changed)
    assert (made.number, made.kind) == (1, "corrected")
    ((field, _, _),) = made.changes
    assert field == "claim/licence"
    line = AuditLine.objects.latest("number")
    assert (line.action, line.object_id, line.why) == ("entry.save", "bloom", "read the licence")

    ship(node, "bloom", lambda document: {**document, "description": {"en": "Described anew."}})
    entry, merged = current_entry(node, "bloom")
    assert (entry.value("licence"), entry.text("en")) == ("MIT", "Described anew.")
    assert merged != changed
    assert list_conflicts(node) == []

    ship(node, "bloom", set_licence("Apache-2.0"))
    assert current_entry(node, "bloom")[0].value("licence") == "MIT"
    ((state),) = list_conflicts(node)
    (conflict,) = state.conflicts
    assert (conflict.field, conflict.ours["value"], conflict.theirs["value"]) == ("claim/licence", "MIT", "Apache-2.0")


@pytest.mark.parametrize(("take_theirs", "licence"), [(True, "Apache-2.0"), (False, "MIT")])
def test_a_conflict_is_decided_once(node: Node, take_theirs: bool, licence: str) -> None:
    save_entry(node, COMMAND, with_licence(current_entry(node, "bloom")[0], "MIT"))
    ship(node, "bloom", set_licence("Apache-2.0"))
    with pytest.raises(UnknownName):
        decide_conflict(node, COMMAND, "bloom", "name/en", take_theirs=True)
    decide_conflict(node, COMMAND, "bloom", "claim/licence", take_theirs=take_theirs, why="as its page says")
    entry, _ = current_entry(node, "bloom")
    assert (entry.value("licence"), entry.text("en")) == (licence, "Described anew.")
    assert list_conflicts(node) == []
    ship(node, "bloom", set_licence("GPL-3.0-only"))  # the next version of the source: a correction that was kept stays
    assert current_entry(node, "bloom")[0].value("licence") == ("GPL-3.0-only" if take_theirs else "MIT")
    assert bool(list_conflicts(node)) != take_theirs


def test_a_correction_leaves_a_conflict_to_be_decided(node: Node) -> None:
    save_entry(node, COMMAND, with_licence(current_entry(node, "bloom")[0], "MIT"))
    ship(node, "bloom", set_licence("Apache-2.0"))
    entry, _ = current_entry(node, "bloom")
    save_entry(node, COMMAND, replace(entry, name={"en": "Bloom!"}))
    assert [found.field for found in list_conflicts(node)[0].conflicts] == ["claim/licence"]


def test_withdrawn_and_restored(node: Node) -> None:
    with pytest.raises(BadInput, match="reason"):
        withdraw_entry(node, COMMAND, "bloom", why=" ")
    withdraw_entry(node, COMMAND, "bloom", why="not ours to list")
    with pytest.raises(EntryWithdrawn) as gone:
        current_entry(node, "bloom")
    assert gone.value.http_status == 410
    for change in (
        lambda: withdraw_entry(node, COMMAND, "bloom", why="x"),
        lambda: save_entry(node, COMMAND, new_entry("bloom")),
    ):
        with pytest.raises(EntryWithdrawn):
            change()
    ship(node, "bloom", set_licence("Apache-2.0"))
    assert [state.conflicts[0].field for state in list_conflicts(node)] == ["entry"]
    assert find_state(node, "bloom").entry is None  # withdrawn it stays
    restore_entry(node, COMMAND, "bloom", why="it is")
    entry, _ = current_entry(node, "bloom")
    assert entry.value("licence") == "Apache-2.0"  # nothing was corrected: the source's version of today
    with pytest.raises(BadInput, match="not withdrawn"):
        restore_entry(node, COMMAND, "bloom")
    assert [(one.number, one.kind) for one in entry_history("bloom")] == [(2, "restored"), (1, "withdrawn")]


def test_a_withdrawal_stays_when_a_steward_decides_so(node: Node) -> None:
    withdraw_entry(node, COMMAND, "bloom", why="not ours to list")
    ship(node, "bloom", set_licence("Apache-2.0"))
    decide_conflict(node, COMMAND, "bloom", "entry", take_theirs=False)
    assert list_conflicts(node) == []
    assert find_state(node, "bloom").entry is None
    ship(node, "bloom", set_licence("MIT"))
    decide_conflict(node, COMMAND, "bloom", "entry", take_theirs=True)
    assert current_entry(node, "bloom")[0].value("licence") == "MIT"


def test_a_corrected_entry_that_the_source_dropped(node: Node) -> None:
    save_entry(node, COMMAND, with_licence(current_entry(node, "bloom")[0], "MIT"))
    ship(node, "bloom", lambda document: None)
    assert current_entry(node, "bloom")[0].value("licence") == "MIT"
    assert [state.conflicts[0].field for state in list_conflicts(node)] == ["entry"]
    decide_conflict(node, COMMAND, "bloom", "entry", take_theirs=False)
    assert list_conflicts(node) == []
    assert current_entry(node, "bloom")[0].value("licence") == "MIT"


def test_an_entry_of_the_nodes_own(node: Node) -> None:
    made = save_entry(node, COMMAND, new_entry(source="nowhere"), if_match=NEW)
    assert made
    assert made.kind == "added"
    assert current_entry(node, "my-data")[0].source == ""  # a source is no field that a person sets
    assert save_entry(node, COMMAND, new_entry(), if_match=NEW) is None  # the same again changes nothing
    assert Revision.objects.count() == 1
    with pytest.raises(EntryExists):
        save_entry(node, COMMAND, new_entry(name={"en": "Other"}), if_match=NEW)
    with pytest.raises(UnknownName):
        current_entry(node, "no-such-entry")


def test_a_change_from_an_earlier_version_is_refused(node: Node) -> None:
    entry, fingerprint = current_entry(node, "bloom")
    save_entry(node, COMMAND, with_licence(entry, "MIT"), if_match=fingerprint)
    for change in (
        lambda: save_entry(node, COMMAND, with_licence(entry, "GPL-3.0-only"), if_match=fingerprint),
        lambda: save_entry(node, COMMAND, with_licence(entry, "MIT"), if_match=fingerprint),
        lambda: withdraw_entry(node, COMMAND, "bloom", why="x", if_match=fingerprint),
        lambda: save_entry(node, COMMAND, new_entry(), if_match=fingerprint),
    ):
        with pytest.raises((EntryChanged, UnknownName)):
            change()
    assert Revision.objects.count() == 1


def test_who_may_change_an_entry(node: Node, person: Any) -> None:
    steward, citizen = Actor.of_person(person("steward", "steward")), Actor.of_person(person("citizen"))
    entry, _ = current_entry(node, "bloom")
    for actor in (NOBODY, citizen, Actor.of_token("bongsu_abcd", "kaist")):
        for change in (
            lambda actor=actor: save_entry(node, actor, with_licence(entry, "MIT")),
            lambda actor=actor: save_entry(node, actor, entry),  # also one that would change nothing
            lambda actor=actor: save_entry(node, actor, new_entry()),
            lambda actor=actor: withdraw_entry(node, actor, "bloom", why="x"),
        ):
            with pytest.raises(Refused):
                change()
    assert not Revision.objects.exists()
    made = save_entry(node, steward, with_licence(entry, "MIT"))
    assert made
    assert made.actor == steward.name


def test_an_entry_belongs_to_an_organisation(node: Node) -> None:
    add_organisation(COMMAND, "kaist")
    save_entry(node, COMMAND, new_entry(), owner="kaist")
    assert owner_of_entry("my-data") == "kaist"
    give_entry(COMMAND, "my-data", "")
    assert owner_of_entry("my-data") == ""


@pytest.mark.parametrize(
    "name", ["x" * 300_000, "a NUL \0", "half a pair \ud800"], ids=["too large", "NUL", "not Unicode"]
)
def test_what_cannot_be_stored_is_refused(node: Node, name: str) -> None:
    with pytest.raises(BadInput):
        save_entry(node, COMMAND, new_entry(name={"en": name}))


def test_builds_have_the_changes(node: Node) -> None:
    programme = read_programme("commons")
    entries = len(read_node_entries(node).entries)
    save_entry(node, COMMAND, with_licence(current_entry(node, "bloom")[0], "MIT"))
    save_entry(node, COMMAND, new_entry())
    withdraw_entry(node, COMMAND, "kogpt", why="gone")
    catalogue, openness = build_releases(node, programme)
    rows = {(row["ENTRY"], row["INDICATOR"]): row for row in node.observations(catalogue.release).to_pylist()}
    assert rows["bloom", "LICENCE_OPEN"]["OBS_VALUE"] == 1
    assert rows["my-data", "LICENCE_OPEN"]["OBS_VALUE"] == 1
    assert not any(id_ == "kogpt" for id_, _ in rows)
    counted = [row for row in node.observations(openness.release).to_pylist() if row["INDICATOR"] == "ENTRIES"]
    assert max(row["OBS_VALUE"] for row in counted) == entries  # one more, one less
    assert EDITS_SNAPSHOT in [one.name for one in node.releases.manifest(catalogue.release).inputs]
    held = read_node_entries(node)
    assert held.entries["bloom"] == current_entry(node, "bloom")[0]
    assert "kogpt" in held.tombstones
    write_edits(node)
    assert len(node.snapshots.all(EDITS_SNAPSHOT)) == 1  # nothing changed since
    assert not any(built.new for built in build_releases(node, programme))
