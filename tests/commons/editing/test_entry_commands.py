"""`bongsu commons show | correct | withdraw | restore | history | conflicts | give | permit`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.commands import run_command
from tests.web.served import prepare


def bongsu(node: Path, *words: str, status: int = 0) -> str:
    prepare(node)
    done = run_command(node, "commons", *words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_entries_are_changed_by_commands(node_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "bloom.yaml"
    file.write_text(bongsu(node_folder, "show", "bloom"))
    assert "Nothing changed" in bongsu(node_folder, "correct", str(file))
    file.write_text(file.read_text().replace("bigscience-bloom-rail-1.0", "MIT"))
    assert "exist already" in bongsu(node_folder, "add", str(file))
    assert "claim/licence" in bongsu(node_folder, "correct", str(file), "--why", "read it")
    assert "→ MIT" in bongsu(node_folder, "history", "bloom")
    bongsu(node_folder, "correct", str(file), "--if-match", "0" * 32, status=65)
    bongsu(node_folder, "withdraw", "kogpt", "--why", "gone")
    bongsu(node_folder, "restore", "kogpt")
    (newest, *_) = json.loads(bongsu(node_folder, "history", "kogpt", "--json"))
    assert newest["kind"] == "restored"
    assert json.loads(bongsu(node_folder, "conflicts", "--json")) == []
    bongsu(node_folder, "conflicts", "bloom", "claim/licence", status=64)
