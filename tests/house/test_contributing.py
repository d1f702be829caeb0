"""The section "A new dataflow" of CONTRIBUTING.md, followed step by step in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = re.search(
    r"^## A new dataflow$(.*?)^## ", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.S | re.M
)


def blocks() -> list[tuple[str, str, str]]:
    """Returns the language, the file and the text of every block of the section."""
    assert SECTION is not None
    return re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", SECTION[1], re.S | re.M)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build", "node", "dist")
    shutil.copytree(ROOT, folder, ignore=ignored, symlinks=True)
    return folder


def test_a_new_dataflow(copy: Path, tmp_path: Path) -> None:
    files = {file: text for _, file, text in blocks() if file}
    assert len(files) <= 1 + 3  # the table, and at most three files beside it
    for file, text in files.items():
        assert not (copy / file).exists()
        (copy / file).write_text(text, encoding="utf-8")
    (commands,) = (text for kind, _, text in blocks() if kind == "bash")
    commands = commands.replace("/tmp/try-node", str(tmp_path / "node"))
    # The copy lacks what CI demands of a clone, such as the oracles.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    found = subprocess.run(
        ["bash", "-euxc", commands],
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.search(r"South Korea +2024 +-16\.5", found.stdout), found.stdout
    assert "GRID_CARBON_CHANGE" in (copy / "docs" / "reference" / "dataflows.md").read_text(encoding="utf-8")
