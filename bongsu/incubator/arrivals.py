"""When something arrived: the machine's clock, which for this purpose never goes back.

Deadlines are judged by it. If somebody sets the clock back, what was late stays late, and `set_back` says by how much.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ALARM = timedelta(seconds=5)  # smaller corrections of the clock are usual


class ArrivalClock:
    """A clock of one process: the wall clock, or what the monotonic clock makes of an earlier reading if that is later."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._lock = threading.Lock()
        self._latest = (wall(), monotonic())

    def read(self) -> tuple[datetime, timedelta]:
        """Returns the time, in UTC, and how far the wall clock was set back (0 if by less than 5 seconds)."""
        with self._lock:
            wall, monotonic = self._wall(), self._monotonic()
            expected = self._latest[0] + monotonic - self._latest[1]
            moment = max(wall, expected)
            self._latest = (moment, monotonic)
        behind = timedelta(seconds=moment - wall)
        return datetime.fromtimestamp(moment, UTC), behind if behind >= ALARM else timedelta()


_clock = ArrivalClock()


def arrive() -> datetime:
    """Returns when what has just been read arrived, in UTC."""
    return _clock.read()[0]


def find_set_back() -> timedelta:
    """Returns how far the machine's clock was set back since this process began; 0 if it was not."""
    return _clock.read()[1]
