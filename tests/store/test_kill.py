"""A process is killed while sealing, at many moments. The node then has either no release or a complete one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bongsu.store.node import Node
from tests.store.drafts import draft

SEAL = """
import sys
from pathlib import Path
from bongsu.store.node import Node
from tests.store.drafts import draft, rows
node = Node(Path(sys.argv[1]))
print("ready", flush=True)
for count in range(3000, 3500):
    node.releases.seal(draft(rows(count)))
    print(count, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(6))
def test_a_kill_at_any_moment_leaves_no_incomplete_release(tmp_path: Path, turn: int) -> None:
    root = tmp_path / "node"
    Node.create(root)
    moments = random.Random(turn)
    command = [sys.executable, "-c", SEAL, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.05, 0.6))
        process.send_signal(signal.SIGKILL)
        acknowledged = len(process.stdout.read().split())

    node = Node(root)
    releases = node.releases.all()
    assert len(releases) in (acknowledged, acknowledged + 1)  # killed between the seal and its acknowledgement
    for release in releases:
        assert node.observations(release).num_rows == release.rows
    assert not list(node.releases.root.glob(".sealing-*"))
    sealed = [line.subject for line in node.journal.lines() if line.event == "sealed"]
    assert sorted(sealed) == sorted(release.name for release in releases)
    assert len(set(sealed)) == len(sealed)


def test_a_kill_between_steps_is_recovered(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node")
    node.releases.seal(draft())
    # as after a kill between the rename and the entries in the journal and the index
    for file in node.root.glob("index.sqlite3*"):
        file.unlink()
    lines = node.journal.path.read_bytes().splitlines(keepends=True)
    node.journal.path.write_bytes(lines[0])
    (node.releases.root / ".sealing-TEST_FLOW-abcd").mkdir()
    again = Node(node.root)
    assert [release.name for release in again.releases.all()] == ["TEST_FLOW 1"]
    assert [line.subject for line in again.journal.lines()][1:] == ["TEST_FLOW 1"]
    assert not list(again.releases.root.glob(".sealing-*"))


def test_a_leftover_that_cannot_be_removed_does_not_stop_the_node(tmp_path: Path) -> None:
    """Here a file, which is not what a killed process leaves."""
    node = Node.create(tmp_path / "node")
    node.releases.seal(draft())
    leftover = node.releases.root / ".sealing-TEST_FLOW-abcd"
    leftover.write_bytes(b"")
    assert [release.name for release in Node(node.root).releases.all()] == ["TEST_FLOW 1"]
