"""The progress of a job in words."""

from __future__ import annotations

from collections.abc import Callable

from bongsu.core.report import Report
from bongsu.people.models import Job


def describe_progress(job: Job, translate: Callable[[str], str]) -> str:
    """Returns the current stage with its steps, such as “Building energy: 3 / 12”; empty before the first."""
    if not job.progress:
        return ""
    stage = {name: value for name, value in job.progress.items() if name not in ("done", "of")}
    return f"{Report.from_json(stage).describe(translate)}: {job.progress['done']} / {job.progress['of']}"
