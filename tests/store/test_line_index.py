"""The index of lines: it finds what reading the snapshots finds, follows new snapshots, and notices damage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bongsu.core.errors import Damaged, Missing
from bongsu.core.provenance import Origin
from bongsu.store.disk.line_index import LineIndex
from bongsu.store.node import Node
from tests.counting import list_opened

ORIGIN = Origin("Someone", "Something", "https://example.org", "CC-BY-4.0")


def save(node: Node, name: str, *lines: str) -> None:
    node.snapshots.save(name, "".join(f"{line}\n" for line in lines).encode(), ORIGIN, "2026")


def open_index(node: Node) -> LineIndex:
    return LineIndex(node.root / "lines.sqlite3", node.snapshots, lambda line: line[:1].decode())


def bytes_file(node: Node, name: str) -> Path:
    snapshot = node.snapshots.newest(name)
    assert snapshot is not None
    return next(node.root.rglob(snapshot.sha256))


def test_lines_are_found_in_the_newest_snapshots_in_the_order_of_names(empty: Node) -> None:
    save(empty, "one", "a 1", "b 1", "", "a 2")
    save(empty, "two", "a 3", "c 3")
    index = open_index(empty)
    assert index.read_lines(["two", "one", "none"], {"a"}) == [b"a 3", b"a 1", b"a 2"]
    assert index.read_lines(["one"], {"b", "c"}) == [b"b 1"]
    save(empty, "one", "b 4")
    assert index.read_lines(["one", "two"], {"a", "b"}) == [b"b 4", b"a 3"]
    index.path.unlink()
    assert open_index(empty).read_lines(["one", "two"], {"a", "b"}) == [b"b 4", b"a 3"]


def test_only_the_snapshots_with_the_lines_are_opened(empty: Node) -> None:
    for number in range(20):
        save(empty, f"source-{number}", f"{number:x} text")
    names = [f"source-{number}" for number in range(20)]
    index = open_index(empty)
    assert index.read_lines(names, {"b"}) == [b"b text"]
    assert list_opened(empty.root, lambda: index.read_lines(names, {"b"})) == [bytes_file(empty, "source-11")]
    assert list_opened(empty.root, lambda: index.read_lines(names, {"z"})) == []


def test_damage_is_noticed_when_a_line_is_read(empty: Node) -> None:
    save(empty, "one", "a 1", "b 1")
    index = open_index(empty)
    assert index.read_lines(["one"], {"a"}) == [b"a 1"]
    path = bytes_file(empty, "one")
    path.write_bytes(b"a 2\nb 1\n")
    with pytest.raises(Damaged, match=path.name):
        index.read_lines(["one"], {"a"})
    path.unlink()
    with pytest.raises(Missing, match="one"):
        index.read_lines(["one"], {"b"})


def test_a_damaged_snapshot_is_not_indexed(empty: Node) -> None:
    save(empty, "one", "a 1")
    bytes_file(empty, "one").write_bytes(b"a 2\n")
    for _ in range(2):
        with pytest.raises(Damaged):
            open_index(empty).read_lines(["one"], {"a"})


def test_threads_find_their_lines_while_a_snapshot_is_replaced(empty: Node) -> None:
    save(empty, "one", "a 0")

    def work(number: int) -> list[bytes]:
        if number % 5 == 0:
            save(empty, "one", f"a {number}")
        return open_index(empty).read_lines(["one"], {"a"})

    with ThreadPoolExecutor(4) as pool:
        assert all(len(found) == 1 for found in pool.map(work, range(40)))
