"""Tests of snapshots: origin and vintage, the same bytes stored once, damage detected."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bongsu.core.errors import Damaged, Missing
from bongsu.core.provenance import Origin
from bongsu.energy.dataflows.grid_mixes import ELECTRICITY_MIXES
from bongsu.store.disk.snapshots import _join_folder
from bongsu.store.node import Node

ORIGIN = Origin("Someone", "Something", "https://example.org", "CC-BY-4.0")


def test_a_snapshot_of_a_package_has_its_version_and_licence(empty: Node) -> None:
    snapshot, new = empty.snapshots.take(ELECTRICITY_MIXES)
    assert new
    assert snapshot.vintage.startswith("ecologits 0.")
    assert snapshot.origin.licence == "MPL-2.0"
    assert hashlib.sha256(empty.snapshots.read(snapshot)).hexdigest() == snapshot.sha256
    assert empty.snapshots.take(ELECTRICITY_MIXES) == (snapshot, False)


def test_the_newest_snapshot_is_used_and_older_ones_are_kept(empty: Node) -> None:
    first, _ = empty.snapshots.save("figures", b"one", ORIGIN, "2025")
    second, _ = empty.snapshots.save("figures", b"two", ORIGIN, "2026")
    back, new = empty.snapshots.save("figures", b"one", ORIGIN, "2027")
    assert new
    assert empty.snapshots.newest("figures") == back
    assert empty.snapshots.all("figures") == [first, second, back]
    assert empty.snapshots.read(first) == b"one"
    assert len(list((empty.root / "snapshots" / "bytes").rglob("*/*"))) == 2  # the same bytes are stored once
    records = sorted((empty.root / "snapshots" / "records" / "figures").iterdir())
    assert [path.name[:5] for path in records] == ["0001-", "0002-", "0003-"]


def test_a_family_is_a_name_and_what_follows_it_with_a_hyphen(empty: Node) -> None:
    for name in ("grid", "grid-kor", "grids", "gas"):
        empty.snapshots.save(name, name.encode(), ORIGIN, "2025")
    assert empty.snapshots.list_names("grid") == ["grid", "grid-kor"]
    assert empty.snapshots.list_names("gri") == []


def test_a_damaged_or_missing_file_is_named(empty: Node) -> None:
    snapshot, _ = empty.snapshots.save("figures", b"one", ORIGIN, "2025")
    path = next((empty.root / "snapshots" / "bytes").rglob(snapshot.sha256))
    path.write_bytes(b"owe")
    with pytest.raises(Damaged, match=snapshot.sha256):
        empty.snapshots.read(snapshot)
    path.unlink()
    with pytest.raises(Missing, match="figures"):
        empty.snapshots.read(snapshot)


def test_a_folder_is_one_file_with_a_line_for_each_text(tmp_path: Path) -> None:
    for name, text in (("b.txt", "둘"), ("a.txt", "하나\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "inner").mkdir()
    lines = ['{"file": "a.txt", "text": "하나\\n"}', '{"file": "b.txt", "text": "둘"}']
    assert _join_folder(tmp_path).decode() == "".join(f"{line}\n" for line in lines)
