"""What was computed from a withdrawn release is affected, through any number of releases, until it is sealed anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bongsu.core.reason import Reason
from bongsu.core.release import Affected, Draft, Release, Withdrawal
from bongsu.store.node import Node
from bongsu.store.releases.affected import list_affected_by, mark_affected
from tests.store.drafts import INPUT, draft, rows


def computed_from(*inputs: Release, id_: str, count: int = 3) -> Draft:
    records = tuple(replace(INPUT, name=one.dataflow, sha256=one.content, release=one.number) for one in inputs)
    return replace(draft(rows(count), id_), inputs=records or (INPUT,))


def seal(node: Node, id_: str, *inputs: Release, count: int = 3) -> Release:
    return node.releases.seal(computed_from(*inputs, id_=id_, count=count))[0]


def affected(node: Node) -> dict[str, tuple[str, ...]]:
    return {one.name: one.affected.by for one in node.releases.all() if one.affected}


def test_a_withdrawal_reaches_everything_computed_from_it(empty: Node) -> None:
    grid, other = seal(empty, "GRID"), seal(empty, "OTHER")
    emissions = seal(empty, "EMISSIONS", grid, other)
    report = seal(empty, "REPORT", emissions)
    seal(empty, "APART", other)
    assert affected(empty) == {}
    assert [one.name for one in empty.releases.list_affected_by(grid)] == ["EMISSIONS 1", "REPORT 1"]
    empty.releases.withdraw("GRID", 1, "wrong unit")
    expected = {"EMISSIONS 1": ("GRID 1",), "REPORT 1": ("GRID 1",)}
    assert affected(empty) == affected(Node(empty.root)) == expected
    assert list(empty.journal.lines())[-1].detail["affected"] == ["EMISSIONS 1", "REPORT 1"]
    withdrawn = empty.releases.get("GRID", 1)
    marked = empty.releases.get("REPORT", 1)
    assert withdrawn.withdrawal is not None
    assert marked.affected == Affected(("GRID 1",), withdrawn.withdrawal.at)
    assert (report.changed_at, marked.changed_at) == (report.sealed_at, withdrawn.withdrawal.at)
    # what stands is sealed anew, and what is computed from it is not affected
    again = seal(empty, "GRID", count=4)
    seal(empty, "EMISSIONS", again, other)
    assert affected(empty) == expected
    assert empty.releases.current("EMISSIONS").affected is None


def test_a_release_can_have_several_causes_and_a_withdrawn_one_is_not_affected(empty: Node) -> None:
    grid, water = seal(empty, "GRID"), seal(empty, "WATER")
    emissions = seal(empty, "EMISSIONS", grid, water)
    seal(empty, "REPORT", emissions)
    for flow in ("WATER", "GRID", "EMISSIONS"):
        empty.releases.withdraw(flow, 1, "wrong")
    assert affected(empty) == {"REPORT 1": ("EMISSIONS 1", "GRID 1", "WATER 1")}
    at = empty.releases.get("EMISSIONS", 1).withdrawal
    found = empty.releases.get("REPORT", 1).affected
    assert found is not None
    assert at is not None
    assert found.since == at.at  # the newest


def test_the_order_of_dataflows_does_not_matter() -> None:
    last = Release("A", 1, "2026-01-03T00:00:00Z", "c", 1, inputs=(("B", 1),))
    middle = Release("B", 1, "2026-01-02T00:00:00Z", "b", 1, inputs=(("Z", 1), ("LOST", 3)))
    first = Release("Z", 1, "2026-01-01T00:00:00Z", "a", 1, Withdrawal("wrong", "2026-02-01T00:00:00Z"))
    assert [one.affected for one in mark_affected([last, middle, first])] == [
        Affected(("Z 1",), "2026-02-01T00:00:00Z"),
        Affected(("Z 1",), "2026-02-01T00:00:00Z"),
        None,
    ]
    assert list_affected_by([last, middle, first], middle) == [last]


def test_the_successor_of_a_withdrawn_release(empty: Node) -> None:
    one, two, three = (seal(empty, "GRID", count=count) for count in (1, 2, 3))
    empty.releases.withdraw("GRID", 2, "wrong")
    two = empty.releases.get("GRID", 2)
    assert empty.releases.find_successor(two) == three
    assert empty.releases.list_replaced(three) == [two]
    assert empty.releases.list_replaced(one) == []
    empty.releases.withdraw("GRID", 3, "wrong too")
    two, three = (empty.releases.get("GRID", number) for number in (2, 3))
    assert empty.releases.find_successor(three) == one  # no later one: the one that stands
    four = seal(empty, "GRID", count=4)
    assert empty.releases.list_replaced(four) == [three, two]
    for number in (1, 4):
        empty.releases.withdraw("GRID", number, "all wrong")
    assert empty.releases.find_successor(three) is None


def test_a_reason_is_in_the_readers_language_or_marked(empty: Node) -> None:
    seal(empty, "GRID")
    reason = Reason("단위가 틀렸습니다", "ko", (("fr", "unité fausse"),))
    empty.releases.withdraw("GRID", 1, reason)
    for node in (empty, Node(empty.root)):
        said = node.releases.get("GRID", 1).withdrawal
        assert said is not None
        texts = [said.reason_in(language).mark(language) for language in ("ko", "fr", "en")]
        assert texts == ["단위가 틀렸습니다", "unité fausse", "한국어: 단위가 틀렸습니다"]


def test_an_index_of_an_older_version_is_completed(empty: Node) -> None:
    import sqlite3

    seal(empty, "EMISSIONS", seal(empty, "GRID"))
    empty.releases.withdraw("GRID", 1, Reason("falsch", "fr"))
    before = empty.releases.all()
    with sqlite3.connect(empty.root / "index.sqlite3") as index:
        index.execute("ALTER TABLE releases DROP COLUMN about")
    again = Node(empty.root)
    assert again.releases.all() == before
    assert [line.event for line in again.journal.lines()] == ["created", "sealed", "sealed", "withdrawn"]


def test_releases_keep_the_agency_that_sealed_them(empty: Node) -> None:
    seal(empty, "GRID")
    identity = empty.root / "node.toml"
    identity.write_text(identity.read_text().replace(f'agency = "{empty.identity.agency}"', 'agency = "NEW"'))
    again = Node(empty.root)
    assert again.releases.current("GRID").agency == empty.identity.agency
    renewed = seal(again, "GRID")  # the same observations under the new agency are another release
    assert (renewed.number, renewed.agency) == (2, "NEW")
    assert renewed.content == again.releases.get("GRID", 1).content
    assert seal(again, "GRID").number == 2
    sealer = again.releases.manifest(renewed).sealed_by
    assert sealer is not None
    assert sealer.name["en"] == empty.identity.name


@pytest.mark.parametrize("despite", ["", "the unit was right"])
def test_the_reason_to_seal_withdrawn_observations_is_in_the_manifest(empty: Node, despite: str) -> None:
    made = draft(rows(3))
    empty.releases.seal(made)
    if despite:
        empty.releases.withdraw("TEST_FLOW", 1, "wrong unit")
    release, new = empty.releases.seal(made, despite=despite)
    assert (release.number, new) == ((2, True) if despite else (1, False))
    assert Node(empty.root).releases.manifest(release).despite == despite
    assert empty.releases.seal(made) == (release, False)
    for file in empty.root.glob("index.sqlite3*"):
        file.unlink()
    assert Node(empty.root).releases.get("TEST_FLOW", release.number) == release
