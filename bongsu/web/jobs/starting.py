"""Starts processes beside `bongsu tend`, so that what takes long does not delay mail: one for each job, one for a long duty.

A job's process has a session of its own: Ctrl-C reaches `bongsu tend` alone, which then ends its jobs. If `bongsu tend` is
killed, the job goes on and ends by itself. If the job is killed, it is marked as interrupted, at once or when its lease ends.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bongsu.people.models import Job
from bongsu.store.node import Node
from bongsu.web.jobs.records import claim_next, mark_interrupted, mark_lost

_AGAIN = timedelta(minutes=1)
_PATIENCE = 15.0  # seconds that a process has to end

logger = logging.getLogger(__name__)

Command = Callable[[Node, Job], Sequence[str]]


def job_command(node: Node, job: Job) -> Sequence[str]:
    """Returns the command that runs a claimed job."""
    return (sys.executable, "-m", "bongsu.web.jobs", str(node.root), str(job.key), job.holder)


class Children:
    """The processes that this process started: those of jobs, and those of long duties by name."""

    def __init__(self, node: Node, command: Command = job_command) -> None:
        self._node = node
        self._command = command
        self._jobs: list[tuple[Job, subprocess.Popen[bytes]]] = []
        self._duties: dict[str, tuple[datetime, subprocess.Popen[bytes]]] = {}

    def tend_jobs(self, now: datetime) -> bool:
        """Notes which jobs ended, and starts those that wait. Returns whether jobs of this process still run."""
        for ended in [one for one in self._jobs if one[1].poll() is not None]:
            self._jobs.remove(ended)
            mark_interrupted(ended[0], now)  # unless it wrote how it ended
        mark_lost(now)
        while job := claim_next(now):
            try:
                self._jobs.append((job, _start(self._command(self._node, job))))
            except OSError as error:  # no memory for a process: mail and the other duties go on
                logger.warning("the job %s was not started: %s", job.key, error)
                mark_interrupted(job, now)
                break
        return bool(self._jobs)

    def start_duty(self, name: str, now: datetime) -> None:
        """Starts a process that does a duty, unless one runs already or was started within a minute."""
        if name in self._duties:
            started, process = self._duties[name]
            if process.poll() is None or now - started < _AGAIN:
                return
        command = (sys.executable, "-m", "bongsu.cli", "tend", "--once", "--only", name)
        self._duties[name] = now, _start((*command, "--node", str(self._node.root)))

    def end(self, clock: Callable[[], datetime]) -> None:
        """Ends every process: its job is interrupted, and its duty is done again."""
        processes = [*(process for _, process in self._jobs), *(process for _, process in self._duties.values())]
        for process in processes:
            process.terminate()
        until = time.monotonic() + _PATIENCE
        for process in processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for job, _ in self._jobs:
            mark_interrupted(job, clock())


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  this program itself
