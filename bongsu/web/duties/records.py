"""The records of duties: which are due, which process has one, and how the last run ended.

A duty is claimed by one UPDATE with a condition, which the database grants to one process. The claim is a lease that the
process renews while it works; when a process is killed, its lease passes, and the duty, which is still due, is done again.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet

from bongsu.core.report import Report
from bongsu.people.models import DutyRecord
from bongsu.web.lease import LEASE, RENEWED_EVERY, Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Claim(NamedTuple):
    """A duty that this process has: its name, the key of the claim, and when the run started."""

    name: str
    holder: str
    started: datetime


def find_next_due(every: timedelta, after: datetime) -> datetime:
    """Returns the first time after `after` that is a multiple of `every`: a daily duty is due at midnight UTC.

    A fixed time, not an interval since the last run: a daily `bongsu tend --once` that starts a second earlier than yesterday
    finds the duty due, and however many times were missed, the duty is done once.
    """
    return _EPOCH + ((after - _EPOCH) // every + 1) * every


def list_due(names: list[str], now: datetime) -> list[str]:
    """Returns the names that are due and that no process has, in the order given; one that has no record yet is due."""
    later = set(
        DutyRecord.objects.filter(Q(due__gt=now) | Q(lease__gt=now), name__in=names).values_list("name", flat=True)
    )
    return [name for name in names if name not in later]


def claim(name: str, now: datetime) -> Claim | None:
    """Claims a duty that is due. Returns None if it is not, or if another process has it."""
    DutyRecord.objects.get_or_create(name=name, defaults={"due": now})
    holder = uuid.uuid4().hex
    free = Q(lease=None) | Q(lease__lte=now)
    claimed = DutyRecord.objects.filter(free, name=name, due__lte=now).update(
        holder=holder, lease=now + LEASE, started=now
    )
    return Claim(name, holder, now) if claimed else None


@contextmanager
def keep_claim(claim: Claim, clock: Clock) -> Iterator[None]:
    """Renews the lease in a thread as long as the block runs."""
    ended = threading.Event()

    def renew() -> None:
        try:
            while not ended.wait(RENEWED_EVERY.total_seconds()):
                try:
                    _held(claim).update(lease=clock() + LEASE)
                except DatabaseError:
                    connection.close()  # the database may be back at the next time
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name=f"lease of {claim.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def finish(claim: Claim, ended: datetime, due: datetime, outcome: str, report: Report) -> bool:
    """Writes how a run ended, and gives the duty back. Returns False if another process took it meanwhile."""
    return bool(
        _held(claim).update(ended=ended, due=due, outcome=outcome, report=report.to_json(), holder="", lease=None)
    )


def _held(claim: Claim) -> QuerySet[DutyRecord]:
    return DutyRecord.objects.filter(name=claim.name, holder=claim.holder)
