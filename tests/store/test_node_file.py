"""Tests of node.toml: one table is changed, everything else stays as a person wrote it."""

from __future__ import annotations

import tempfile
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BongsuError, Missing, UnknownName
from bongsu.store.disk.node_file import change_table, read_node_file, read_table, write_table
from bongsu.store.node import Node

HEAD = """# The identity, written by hand.
agency = "STAT"  # capitals
format = "bongsu.node/1"
id = "00ff"
name = "Kénya ‘s"
created = "2026-01-01T00:00:00Z"
"""
TABLE = """
[site]  # of the institution
# chosen by the board
home = "KEN"  # Kenya
colour = '#123456'
name = { en = "Observatory", fr = "Observatoire" }
"""
keys = st.text("abcXYZ_-. é\"'", min_size=1, max_size=6)
plain = st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False)
values = st.dictionaries(
    keys, st.recursive(plain, lambda one: st.lists(one, max_size=3) | st.dictionaries(keys, one, max_size=3))
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "node.toml").write_text(HEAD + TABLE)
    return tmp_path


def test_comments_and_order_stay(root: Path) -> None:
    write_table(root, "site", read_table(root, "site") | {"home": "FRA"})
    assert (root / "node.toml").read_text() == HEAD + TABLE.replace('"KEN"', '"FRA"')


def test_a_table_is_added_and_deleted(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node")
    before = (node.root / "node.toml").read_bytes()
    assert read_table(node.root, "site") == {}
    added = {
        "links": [{"title": {"en": "Home"}, "address": "https://stat.example"}],
        "about": {"en": "One.\n\nTwo."},
        "home": "KEN",
    }
    write_table(node.root, "site", added)
    assert tomllib.loads((node.root / "node.toml").read_text())["site"] == added
    assert '"""One.\n\nTwo."""' in (node.root / "node.toml").read_text()
    write_table(node.root, "site", {})
    assert (node.root / "node.toml").read_bytes().strip() == before.strip()
    assert Node(node.root).identity == node.identity


@settings(deadline=None, max_examples=60)
@given(st.lists(values, min_size=1, max_size=3))
def test_any_values_are_read_back_or_refused(changes: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "node.toml").write_text(HEAD + TABLE)
        for new in changes:
            before = (root / "node.toml").read_bytes()
            try:
                write_table(root, "site", new)
            except BadInput:
                assert (root / "node.toml").read_bytes() == before
            else:
                assert read_table(root, "site") == new
                assert HEAD in (root / "node.toml").read_text()


def test_what_toml_cannot_hold_is_refused(root: Path) -> None:
    before = (root / "node.toml").read_bytes()
    for value in (None, object(), "\ud800"):
        with pytest.raises(BadInput, match="cannot be written"):
            write_table(root, "site", {"home": value})
    with pytest.raises(BadInput, match="without changing something else"):
        write_table(root, "site", {"home": float("nan")})
    assert (root / "node.toml").read_bytes() == before


def test_a_change_that_raises_writes_nothing(root: Path) -> None:
    before = (root / "node.toml").stat().st_mtime_ns

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise BadInput("No.")

    with pytest.raises(BadInput):
        change_table(root, "site", refuse).__enter__()
    data = (root / "node.toml").read_bytes()
    with pytest.raises(ZeroDivisionError), change_table(root, "site", lambda old: old | {"count": 1}):
        raise ZeroDivisionError
    assert (root / "node.toml").read_bytes() == data
    before = (root / "node.toml").stat().st_mtime_ns
    with change_table(root, "site", dict) as (old, _):  # an equal table is not written
        assert old == read_table(root, "site")
    assert (root / "node.toml").stat().st_mtime_ns == before


def _count_up(root: Path) -> None:
    with change_table(root, "site", lambda old: old | {"count": old.get("count", 0) + 1}):
        pass


def test_changes_at_once_are_all_kept(root: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        list(pool.map(_count_up, [root] * 12))
    assert read_table(root, "site")["count"] == 12


def test_the_mode_and_a_link_stay(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    real = tmp_path_factory.mktemp("etc") / "stat.toml"
    (root / "node.toml").rename(real)
    (root / "node.toml").symlink_to(real)
    real.chmod(0o640)
    write_table(root, "site", {"home": "USA"})
    assert (root / "node.toml").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert read_table(root, "site") == {"home": "USA"}


@pytest.mark.parametrize(
    ("text", "kind", "named"),
    [
        (HEAD + "[sitee]\n", UnknownName, "Did you mean site"),
        (HEAD + 'site = "x"\n', BadInput, "must be a table"),
        (HEAD.replace('"00ff"', "7"), BadInput, "must be a text"),
        (HEAD.replace('id = "00ff"\n', ""), BadInput, "“id” is missing"),
        (HEAD.replace("node/1", "node/2"), BadInput, "node/2"),
        (HEAD + "[site", BadInput, "not valid TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused(root: Path, text: str, kind: type[BongsuError], named: str) -> None:
    (root / "node.toml").write_text(text)
    with pytest.raises(kind, match=named) as refused:
        write_table(root, "site", {"home": "KEN"})
    assert "node.toml" in str(refused.value) + refused.value.where
    assert (root / "node.toml").read_text() == text


def test_windows_line_ends_and_a_byte_order_mark_are_read(root: Path) -> None:
    (root / "node.toml").write_bytes(b"\xef\xbb\xbf" + (HEAD + TABLE).replace("\n", "\r\n").encode())
    write_table(root, "site", read_table(root, "site") | {"home": "FRA"})
    assert read_node_file(root).site["home"] == "FRA"
    assert b'"FRA"  # Kenya\r\n' in (root / "node.toml").read_bytes()


def test_without_a_node_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="bongsu init"):
        read_table(tmp_path, "site")
