"""Runs the duties that are due, one after the other. One that fails is recorded and does not stop the others. Starts jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from bongsu.core.errors import BongsuError
from bongsu.core.report import Report
from bongsu.store.node import Node
from bongsu.web.duties.records import Claim, claim, find_next_due, finish, keep_claim, list_due
from bongsu.web.duties.table import DUTIES, Duty
from bongsu.web.jobs.starting import Children
from bongsu.web.lease import Clock

_PAUSE = 1.0  # seconds between two looks at what is due

logger = logging.getLogger(__name__)


class Run(NamedTuple):
    """A run of a duty: its name, when it started and ended, and what it reports. `exit_status` is 0 if it succeeded."""

    duty: str
    started: datetime
    ended: datetime
    report: Report
    exit_status: int

    @property
    def outcome(self) -> str:
        """Whether it is done or failed."""
        return "failed" if self.exit_status else "done"


def never() -> bool:
    """The answer of a process that nobody stopped."""
    return False


def tend(
    node: Node,
    is_stopped: Callable[[], bool] = never,
    clock: Clock = timezone.now,
    duties: Sequence[Duty] = DUTIES,
    sleep: Callable[[float], None] = time.sleep,
    children: Children | None = None,
) -> Iterator[Run]:
    """Yields runs until it is stopped, after the current duty. While the database is away it waits.

    Long duties and jobs run in processes beside this one; they are ended with it.
    """
    children = children or Children(node)
    here = [duty for duty in duties if not duty.apart]
    apart = [duty.name for duty in duties if duty.apart]
    try:
        while not is_stopped():
            close_old_connections()
            try:
                yield from run_due(node, is_stopped, clock, here)
                for name in list_due(apart, clock()):
                    children.start_duty(name, clock())
                children.tend_jobs(clock())
            except DatabaseError as error:
                logger.warning("the database does not answer: %s", error)
            sleep(_PAUSE)
    finally:
        children.end(clock)


def run_jobs(
    node: Node,
    clock: Clock = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
    children: Children | None = None,
) -> None:
    """Runs the jobs that wait, until none is left."""
    children = children or Children(node)
    try:
        while children.tend_jobs(clock()):
            sleep(_PAUSE)
    finally:
        children.end(clock)


def run_due(
    node: Node,
    is_stopped: Callable[[], bool] = never,
    clock: Clock = timezone.now,
    duties: Sequence[Duty] = DUTIES,
) -> Iterator[Run]:
    """Runs each duty that is due once, and yields its run."""
    due = list_due([duty.name for duty in duties], clock())
    for duty in duties:
        if is_stopped():
            return
        claimed = claim(duty.name, clock()) if duty.name in due else None
        if claimed:
            yield _run(duty, claimed, node, clock)


def _run(duty: Duty, claimed: Claim, node: Node, clock: Clock) -> Run:
    try:
        with keep_claim(claimed, clock):
            report, status = duty.do(node, claimed.started), 0
    except BongsuError as error:
        report, status = Report.of_error(error), error.exit_status
    except Exception as error:
        logger.exception("the duty %s failed", duty.name)
        report, status = Report.of_error(error), 1
    run = Run(duty.name, claimed.started, clock(), report, status)
    finish(claimed, run.ended, find_next_due(duty.every, claimed.started), run.outcome, report)
    return run
