"""Tests of the journal: changed, removed and reordered lines are detected, and an incomplete line is removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import Damaged
from bongsu.core.log_line import Line
from bongsu.store.logs.journal import Journal


def filled(folder: Path, count: int = 5) -> Journal:
    journal = Journal(folder / "journal.jsonl")
    for n in range(count):
        journal.append("asked", f"question {n}", population="여성", n=n)
    return journal


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    assert [line.detail["n"] for line in journal.lines()] == [0, 1, 2, 3, 4]
    assert journal.verify() == 5
    assert Journal(tmp_path / "none.jsonl").verify() == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_any_changed_bit_is_detected(tmp_path_factory: pytest.TempPathFactory, position: int, bit: int) -> None:
    journal = filled(tmp_path_factory.mktemp("journal"))
    data = bytearray(journal.path.read_bytes())
    place = position % (len(data) - 1)  # without its last line break, a line is incomplete, not invalid
    data[place] ^= 1 << bit
    journal.path.write_bytes(bytes(data))
    with pytest.raises(Damaged, match="line"):
        journal.verify()


def test_removed_and_reordered_lines_are_detected(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    for wrong in (lines[1:], lines[:2] + lines[3:], [lines[1], lines[0], *lines[2:]]):
        journal.path.write_bytes(b"".join(wrong))
        with pytest.raises(Damaged):
            journal.verify()


def test_an_incomplete_last_line_is_removed(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    with journal.path.open("ab") as file:
        file.write(json.dumps({"number": 6}).encode())
    assert journal.verify() == 5
    journal.append("asked", "again")
    assert journal.verify() == 6


def test_a_line_longer_than_a_block_is_read(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    journal.append("asked", "long", text="가" * 200_000)
    journal.append("asked", "after")
    assert journal.verify() == 3


def test_two_processes_append_to_one_chain(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bongsu.store.logs.journal import Journal\n"
        "for n in range(40): Journal(Path(sys.argv[1])).append('asked', sys.argv[2], n=n)"
    )
    path = tmp_path / "journal.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("a", "b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert Journal(path).verify() == 80


def test_a_changed_line_with_a_new_hash_breaks_the_chain(tmp_path: Path) -> None:
    """If a line is changed and its hash computed again, the chain is broken at the next line."""
    journal = Journal(tmp_path / "journal.jsonl")
    for number in range(3):
        journal.append("sealed", f"FLOW {number}")
    lines = [json.loads(text) for text in journal.path.read_text(encoding="utf-8").splitlines()]
    forged = asdict(Line(**{**lines[1], "subject": "FLOW 9"}).with_hash())
    assert forged["hash"] != lines[1]["hash"]
    texts = [json.dumps(line, ensure_ascii=False) for line in (lines[0], forged, lines[2])]
    journal.path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    with pytest.raises(Damaged, match="line 3"):
        journal.verify()


def test_a_line_is_on_disk_before_it_is_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append((tmp_path / "journal.jsonl").read_bytes().count(b"\n")))
    filled(tmp_path, 3)
    assert synced == [1, 2, 3]
