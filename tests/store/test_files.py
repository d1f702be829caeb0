"""A file has its bytes on disk before it gets its name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bongsu.store.disk.files import write_file


def test_a_file_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, bool]] = []

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        what = "folder" if stat.S_ISDIR(found.st_mode) else f"{found.st_size} bytes"
        synced.append((what, (tmp_path / "kept").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_file(tmp_path / "kept", b"three")
    assert synced == [("5 bytes", False), ("folder", True)]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
