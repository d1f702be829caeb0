"""The sources that are harvested: who may add, change and remove them, and what the audit says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.commons.harvest.node_entries import read_node_entries
from bongsu.commons.harvest_runs.sources import add_source, change_source, find_source, remove_source
from bongsu.commons.models import HarvestRun, HarvestSource
from bongsu.core.errors import BadInput, Busy, Refused, UnknownName
from bongsu.people.access import Actor
from bongsu.people.models import AuditLine, Person
from bongsu.store.disk.harvest_cache import HarvestCache
from tests.commons.harvest_runs.conftest import Portal
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
ADDRESS = "https://data.example/catalog.ttl"


def test_a_steward_adds_changes_and_removes_a_source(person: Callable[..., Person], node: Any) -> None:
    steward = Actor.of_person(person("lee", "steward"))
    made = add_source(steward, "ministry", ADDRESS, format="dcat", licence="CC0-1.0")
    assert (made.added_by, made.allow_private) == (steward.name, False)
    change_source(steward, "ministry", "it moved", address="https://new.example/c.ttl")
    assert find_source("ministry").address == "https://new.example/c.ttl"
    remove_source(node, steward, "ministry", "closed")
    lines = AuditLine.objects.filter(object_kind="source").order_by("number")
    assert [(line.action, line.object_id, line.why) for line in lines] == [
        ("harvest.add", "ministry", ""),
        ("harvest.change", "ministry", "it moved"),
        ("harvest.remove", "ministry", "closed"),
    ]
    assert lines[1].before["address"] == ADDRESS


@pytest.mark.parametrize("role", ["editor", "auditor", "custodian", ""])
def test_who_may_not(person: Callable[..., Person], node: Any, role: str) -> None:
    actor = Actor.of_person(person("park", *filter(None, [role])))
    add_source(COMMAND, "there", ADDRESS)
    for change in (
        lambda: add_source(actor, "ministry", ADDRESS),
        lambda: change_source(actor, "there", licence="MIT"),
        lambda: remove_source(node, actor, "there"),
    ):
        with pytest.raises(Refused):
            change()
    assert HarvestSource.objects.count() == 1


def test_private_addresses_are_for_an_operator_to_allow(person: Callable[..., Person], operator: Person) -> None:
    steward = Actor.of_person(person("lee", "steward"))
    with pytest.raises(Refused):
        add_source(steward, "inside", "http://10.0.0.8/catalog.ttl", allow_private=True)
    assert not HarvestSource.objects.exists()
    add_source(Actor.of_person(operator), "inside", "http://10.0.0.8/catalog.ttl", allow_private=True)
    with pytest.raises(Refused):  # nor may she aim what an operator allowed at another machine
        change_source(steward, "inside", address="http://10.0.0.9/")
    assert change_source(steward, "inside", allow_private=False).allow_private is False


@pytest.mark.parametrize(
    ("name", "address", "format"),
    [
        ("Not A Name", ADDRESS, ""),
        ("hand", ADDRESS, ""),
        ("decisions", ADDRESS, ""),
        ("edits", ADDRESS, ""),
        ("taken", ADDRESS, ""),
        ("x", "file:///etc/passwd", ""),
        ("x", "https://user:word@data.example/", ""),
        ("x", "https://data.example/" + "a" * 2000, ""),
        ("x", ADDRESS, "pdf"),
    ],
)
def test_what_is_no_source(name: str, address: str, format: str) -> None:
    add_source(COMMAND, "taken", ADDRESS)
    with pytest.raises(BadInput):
        add_source(COMMAND, name, address, format=format)
    with pytest.raises(BadInput):
        change_source(COMMAND, "taken", address=address, format=format or "none")
    assert HarvestSource.objects.get().address == ADDRESS


def test_a_source_is_removed_with_or_without_its_entries(portal: Portal) -> None:
    portal.serve("a", "b")
    portal.harvest()
    with HarvestCache(portal.node.root, "portal").lock(), pytest.raises(Busy):
        remove_source(portal.node, COMMAND, "portal")
    assert remove_source(portal.node, COMMAND, "portal") == 0
    assert len(read_node_entries(portal.node).entries) == 2
    assert not HarvestRun.objects.exists()
    add_source(COMMAND, "portal", portal.source.address, allow_private=True)
    assert remove_source(portal.node, COMMAND, "portal", with_entries=True) == 2
    held = read_node_entries(portal.node)
    assert (len(held.entries), len(held.tombstones)) == (0, 2)
    with pytest.raises(UnknownName):
        remove_source(portal.node, COMMAND, "portal")


def test_an_address_that_is_added_again_keeps_what_is_not_given(portal: Portal) -> None:
    change_source(COMMAND, "portal", licence="CC0-1.0", format="ckan")
    portal.serve("a")
    words = ["commons", "add", portal.source.address, "--from", "portal", "--node", str(portal.node.root)]
    for more, licence in (([], "CC0-1.0"), (["--licence", "MIT"], "MIT")):
        assert main([*words, *more]) == 0
        kept = find_source("portal")
        assert (kept.licence, kept.format, kept.allow_private) == (licence, "ckan", True)
