"""The same inputs and the same code give the same hashes, whatever the order of Python's sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bongsu.store.node import Node


@pytest.mark.slow
def test_two_nodes_seal_the_same(starter: Path, tmp_path: Path) -> None:
    node = Node(starter)
    wanted = {release.name: release.content for release in node.releases.all()}
    root = str(tmp_path / "node")
    named = [
        "init",
        root,
        "--name",
        "Test node",
        "--agency",
        "TEST",
    ]  # the agency of the starter node, which is part of the inputs
    for words in (named, ["take", "--node", root], ["build", "--node", root]):
        command = [sys.executable, "-m", "bongsu.cli", *words, "--json"]
        environment = {**os.environ, "PYTHONHASHSEED": "1"}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found = {f"{row['dataflow']} {row['release']}": row["content"] for row in json.loads(said)}
    assert not [name for name, content in found.items() if content != wanted[name]]
    assert found.keys() == wanted.keys()
