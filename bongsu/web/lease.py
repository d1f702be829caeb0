"""How long a process has a duty or a job without renewing its claim. After that it was killed, or its machine is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

LEASE = timedelta(minutes=2)
RENEWED_EVERY = timedelta(seconds=30)


def read_clock() -> datetime:
    """Returns the time, in UTC."""
    return datetime.now(UTC)
