"""Jobs in processes: one runs once, is stopped, is killed with or without `bongsu tend`, and leaves no half release."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from bongsu.people.jobs import queue_job, stop_job
from bongsu.people.models import Job
from bongsu.store.node import Node
from tests.people.conftest import COMMAND
from tests.people.test_tend_processes import Tended, tended, wait_until

__all__ = ["tended"]
pytestmark = pytest.mark.django_db(transaction=True)  # other processes see what a test commits

_RUN = """
import sys, time; from pathlib import Path
from bongsu.web.django_setup import setup_django; setup_django(Path(sys.argv[1]))
from bongsu.web.jobs import starting; from bongsu.web.duties.tending import run_jobs; from bongsu.store.node import Node
def command(node, job): return sys.executable, "-m", "tests.people.job_process", str(node.root), str(job.key), job.holder
node = Node(Path(sys.argv[1]))
run_jobs(node, sleep=lambda seconds: time.sleep(0.05), children=starting.Children(node, command))
"""


class Jobs(NamedTuple):
    """A node, and a file to which jobs write."""

    tended: Tended
    file: Path

    def queue(self, do: str, kind: str = "build") -> str:
        return str(queue_job(COMMAND, kind, {"do": do, "file": str(self.file)}).key)

    def start(self, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _RUN, self.tended.folder],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self, key: str) -> None:
        stop_job(COMMAND, Job.objects.get(key=key))

    def state(self, key: str) -> str:
        return Job.objects.get(key=key).state

    @property
    def begun(self) -> int:
        return len(self.file.read_text().splitlines()) if self.file.exists() else 0

    def find_child(self, key: str) -> int:
        """Returns the process of a job."""
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"tests.people.job_process" in words and key.encode() in words:
                return int(place.parent.name)
        raise AssertionError("the job has no process")


@pytest.fixture
def jobs(tended: Tended, tmp_path: Path) -> Jobs:
    return Jobs(tended, tmp_path / "jobs")


def end(process: subprocess.Popen[str]) -> None:
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


def test_two_processes_run_a_job_once(jobs: Jobs) -> None:
    key = jobs.queue("tick")
    for process in [jobs.start() for _ in range(3)]:
        end(process)
    assert (jobs.begun, jobs.state(key)) == (1, "done")


def test_a_build_that_is_stopped_leaves_whole_releases(jobs: Jobs) -> None:
    key = jobs.queue("build")
    process = jobs.start()
    releases = jobs.tended.folder / "releases" / "TEST_FLOW"
    wait_until(lambda: releases.exists() and len(list(releases.iterdir())) > 3)
    jobs.stop(key)
    end(process)
    assert jobs.state(key) == "stopped"
    node = Node(jobs.tended.folder)
    found = node.releases.all("TEST_FLOW")
    assert [release.number for release in found] == list(range(1, len(found) + 1))
    assert len(found) == len(list(releases.iterdir()))
    assert all(node.releases.is_intact(release) for release in found)
    assert not list((jobs.tended.folder / "releases").glob(".sealing-*"))


def test_a_job_that_does_not_listen_ends_after_its_grace(jobs: Jobs) -> None:
    key = jobs.queue("deaf")
    process = jobs.start(GRACE="0.1")
    wait_until(lambda: jobs.begun == 1)
    jobs.stop(key)
    end(process)
    assert jobs.state(key) == "stopped"


def test_a_job_whose_process_is_killed_is_interrupted_and_the_next_one_runs(jobs: Jobs) -> None:
    first = jobs.queue("wait")
    second = jobs.queue("tick", "take")
    process = jobs.start()
    wait_until(lambda: jobs.begun == 1)
    os.kill(jobs.find_child(first), signal.SIGKILL)
    end(process)
    assert (jobs.state(first), jobs.state(second), jobs.begun) == ("interrupted", "done", 2)


def test_a_job_outlives_a_killed_tend(jobs: Jobs) -> None:
    key = jobs.queue("wait")
    process = jobs.start()
    wait_until(lambda: jobs.begun == 1)
    process.kill()
    process.wait()
    other = jobs.start()  # finds it running, and has nothing to do
    end(other)
    assert jobs.state(key) == "running"
    Path(f"{jobs.file}.go").touch()
    wait_until(lambda: jobs.state(key) == "done")
    process.communicate()  # the pipes, which the job had too
    assert jobs.begun == 1


def test_tend_that_ends_interrupts_its_jobs(jobs: Jobs) -> None:
    key = jobs.queue("wait")
    process = jobs.start()
    wait_until(lambda: jobs.begun == 1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert jobs.state(key) == "interrupted"
