"""The state of jobs: one is claimed for a process, keeps its lease, and ends. Of a lane, one job runs at a time.

The lane is a unique constraint of the database: two processes that claim at the same moment cannot both succeed. The process
of a job whose lease has passed was killed. The job is `interrupted`, and not run again by itself: what killed it once could
kill it again, and whoever asked may ask again. A scheduled job comes again at its next time.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.people.models import Job
from bongsu.web.lease import LEASE

_KILLED = Report(N_("The process of this job ended before it was done."), fix=N_("Start it again."))


def claim_next(now: datetime) -> Job | None:
    """Claims the oldest job that waits and whose lane is free. Returns None if there is none."""
    waiting: dict[str, Job] = {}
    for job in Job.objects.filter(state="queued").order_by("pk"):
        waiting.setdefault(job.lane, job)
    for lane in Job.objects.filter(state="running").values_list("lane", flat=True):
        waiting.pop(lane, None)
    return next(filter(None, (_claim(job, now) for job in waiting.values())), None)


def _claim(job: Job, now: datetime) -> Job | None:
    holder = uuid.uuid4().hex
    try:
        with transaction.atomic():
            claimed = Job.objects.filter(pk=job.pk, state="queued").update(
                state="running", holder=holder, lease=now + LEASE, started=now
            )
    except IntegrityError:  # another process runs a job of this lane since
        return None
    return Job.objects.get(pk=job.pk) if claimed else None


def select_if_held(job: Job) -> QuerySet[Job]:
    """Returns the job while its process has it; no row after it ended or was marked as interrupted."""
    return Job.objects.filter(pk=job.pk, holder=job.holder, state="running")


def finish_job(job: Job, state: str, report: Report, ended: datetime, **fields: Any) -> bool:
    """Writes how a job ended. Returns False if it was ended by another process."""
    return bool(select_if_held(job).update(state=state, report=report.to_json(), ended=ended, lease=None, **fields))


def mark_interrupted(job: Job, now: datetime, **fields: Any) -> bool:
    """Marks a job whose process ended without saying how; a job that was to be stopped is stopped."""
    job.refresh_from_db()
    state, report = ("stopped", Report()) if job.stop else ("interrupted", _KILLED)
    return finish_job(job, state, report, now, **fields)


def mark_lost(now: datetime) -> list[Job]:
    """Marks running jobs whose lease has passed, and returns them."""
    return [job for job in Job.objects.filter(state="running", lease__lte=now) if mark_interrupted(job, now)]
