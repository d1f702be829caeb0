"""Jobs in processes: one runs once, is stopped, is killed with or without `bongsu tend`, and leaves no half release."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from bongsu.store.node import Node
from tests.people.test_tend_processes import Tended, wait_until
from tests.web.served import free_port

_TEND = """
from bongsu.people.jobs import queue_job, stop_job; from bongsu.people.access import Actor; from bongsu.people.models import Job
from bongsu.web.jobs import starting; from bongsu.web.duties.tending import run_jobs; from bongsu.store.node import Node
ME = Actor.of_command("tester")
def command(node, job): return sys.executable, "-m", "tests.people.job_process", str(node.root), str(job.key), job.holder
node = Node(Path(sys.argv[1]))
"""
_RUN = f"{_TEND}\nrun_jobs(node, sleep=lambda s: __import__('time').sleep(0.05), children=starting.Children(node, command))"


class Jobs(NamedTuple):
    """A node with its tables, and a file to which jobs write."""

    tended: Tended
    file: Path

    def queue(self, do: str, kind: str = "build") -> str:
        code = f"print(queue_job(ME, {kind!r}, {{'do': {do!r}, 'file': {str(self.file)!r}}}).key)"
        return self.tended.ask(f"{_TEND}{code}")

    def start(self, **settings: str) -> subprocess.Popen[str]:
        from tests.people.test_tend_processes import _SETUP

        return subprocess.Popen(
            [sys.executable, "-c", f"{_SETUP}{_RUN}", self.tended.folder],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self, key: str) -> None:
        self.tended.ask(f"{_TEND}stop_job(ME, Job.objects.get(key={key!r}))")

    def state(self, key: str) -> str:
        return self.tended.ask(f"{_TEND}print(Job.objects.get(key={key!r}).state)")

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
def jobs(tmp_path: Path) -> Jobs:
    Node.create(tmp_path / "node", name="Test node", agency="TEST")
    tended = Tended(tmp_path / "node", f"duty-{os.getpid()}-{free_port()}", tmp_path / "lines")
    tended.ask("call_command('migrate', verbosity=0); from bongsu.people.models import Job; Job.objects.all().delete()")
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
