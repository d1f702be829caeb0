"""The last run of every duty, for `bongsu tend --list`, `bongsu doctor` and the operator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError
from django.utils import timezone

from bongsu.core.report import Report
from bongsu.people.models import DutyRecord
from bongsu.web.duties.table import DUTIES, Duty

_OVERDUE = timedelta(minutes=2)
_LEAST = timedelta(hours=1)  # `bongsu tend --once` by cron is rarer than the shortest interval


class LastRun(NamedTuple):
    """What is known of a duty: when its last run started, how the last one that ended ended, and when it is due."""

    duty: Duty
    started: datetime | None = None
    ended: datetime | None = None
    due: datetime | None = None
    outcome: str = ""
    report: Report = Report()

    def is_late(self, now: datetime) -> bool:
        """Whether no run ended within twice the interval, or an hour if that is longer."""
        return self.ended is None or now - self.ended > max(2 * self.duty.every, _LEAST)


def list_last_runs() -> list[LastRun]:
    """Returns every duty of the table with its last run."""
    records = {record.name: record for record in DutyRecord.objects.all()}
    return [_describe(duty, records.get(duty.name)) for duty in DUTIES]


def _describe(duty: Duty, record: DutyRecord | None) -> LastRun:
    if record is None:
        return LastRun(duty)
    report = Report.from_json(record.report)
    return LastRun(duty, record.started, record.ended, record.due, record.outcome, report)


def read_last_runs() -> list[LastRun]:
    """Returns the same; nothing if the database is that of an older version, or does not answer."""
    try:
        return list_last_runs()
    except DatabaseError:
        return []


def is_tended() -> bool:
    """Whether a process that does the duties runs: the most frequent one is not overdue by two minutes."""
    often = min(DUTIES, key=lambda duty: duty.every)
    return DutyRecord.objects.filter(name=often.name, due__gt=timezone.now() - _OVERDUE).exists()


def list_late(runs: list[LastRun]) -> list[LastRun]:
    """Returns the runs that are late, if any duty ever ran: a node without `bongsu tend` has none."""
    now = timezone.now()
    return [run for run in runs if run.is_late(now)] if any(run.ended for run in runs) else []
