"""Runs one job in this process: keeps its lease, writes its progress once a second, and stops when somebody asks.

A thread reads whether somebody asked to stop. It sends SIGTERM to its own process, which raises StopAsked in the main thread;
a step that does not return within GRACE ends with the process. A release is sealed or absent in either case, since the store
writes it to a folder of its own and renames that.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from bongsu.core.errors import BongsuError
from bongsu.core.report import Report
from bongsu.people.jobs import require_asker
from bongsu.people.models import Job
from bongsu.store.node import Node
from bongsu.web.jobs.kinds import RUNNERS, Runner
from bongsu.web.jobs.records import finish_job, mark_interrupted, select_if_held
from bongsu.web.lease import LEASE, RENEWED_EVERY, Clock
from bongsu.web.long_actions.progress import Stage

GRACE = timedelta(seconds=10)
_NOTES = 20  # the last notes that are kept
_BEAT = 1.0  # seconds

logger = logging.getLogger(__name__)


class StopAsked(BaseException):
    """SIGTERM: the job is to end now. Not an Exception, so that no part of a long action continues after it."""


class JobProgress:
    """The progress of a job, which the thread writes to its record."""

    def __init__(self) -> None:
        self.current: dict[str, Any] = {}
        self.notes: deque[dict[str, Any]] = deque(maxlen=_NOTES)
        self.changed = False

    @contextmanager
    def stage(self, title: str, total: int, **values: object) -> Iterator[Stage]:
        """Begins a stage with `total` steps."""
        shown = Report(title, values).to_json()
        self.current, self.changed = {**shown, "done": 0, "of": total}, True

        def advance(steps: int = 1) -> None:
            self.current = {**self.current, "done": self.current["done"] + steps}
            self.changed = True

        yield advance

    def note(self, text: str, **values: object) -> None:
        """Keeps a note, and forgets the oldest beyond 20."""
        self.notes.append(Report(text, values).to_json())
        self.changed = True

    def fields(self) -> dict[str, Any]:
        """Returns the progress as the fields of the record."""
        return {"progress": self.current, "notes": list(self.notes)}


class Heart:
    """Renews the lease of a job, writes its progress, and ends this process if the job is to stop or was given away."""

    def __init__(self, job: Job, progress: JobProgress, clock: Clock, end: Callable[[], None]) -> None:
        self._job, self._progress, self._clock, self._end = job, progress, clock, end
        self._renewed = clock()
        self._asked: datetime | None = None

    def beat(self) -> None:
        """Does so once."""
        now = self._clock()
        fields: dict[str, Any] = {}
        if self._progress.changed:
            self._progress.changed = False
            fields = self._progress.fields()
        if fields or now - self._renewed >= RENEWED_EVERY:
            select_if_held(self._job).update(lease=now + LEASE, **fields)
            self._renewed = now
        row = select_if_held(self._job).values_list("stop", flat=True)
        if list(row) == [None]:
            return
        if self._asked is None:
            self._asked = now
            self._end()
        elif now - self._asked > GRACE:
            mark_interrupted(self._job, now)
            os._exit(1)


@contextmanager
def _beating(heart: Heart) -> Iterator[None]:
    """Runs `heart` in a thread as long as the block runs."""
    ended = threading.Event()

    def run() -> None:
        try:
            while not ended.wait(_BEAT):
                try:
                    heart.beat()
                except DatabaseError:
                    connection.close()  # the database may be back at the next time
        finally:
            connection.close()

    thread = threading.Thread(target=run, name="job", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run_job(
    node: Node, key: str, holder: str, clock: Clock = timezone.now, runners: Mapping[str, Runner] = RUNNERS
) -> int:
    """Runs the job that was claimed for this process. Returns the exit status; 0 if it is not this process's job."""
    job = Job.objects.filter(key=key, holder=holder, state="running").first()
    if job is None:
        return 0
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        asked.append(number)
        raise StopAsked

    progress = JobProgress()
    heart = Heart(job, progress, clock, lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        signal.signal(signal.SIGTERM, stop)
        with _beating(heart):
            require_asker(job)
            outcome = runners[job.kind].run(node, job, progress)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (Exception, StopAsked) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if asked or isinstance(error, StopAsked):  # the interrupted step may have raised an error of its own
            mark_interrupted(job, clock(), **progress.fields())
            return 1
        if not isinstance(error, BongsuError):
            logger.exception("the job %s failed", job.key)
        finish_job(job, "failed", Report.of_error(error), clock(), **progress.fields())
        return error.exit_status if isinstance(error, BongsuError) else 1
    state = "failed" if outcome.failed else "done"
    finish_job(job, state, outcome.report, clock(), result=outcome.result, **progress.fields())
    return 1 if outcome.failed else 0
