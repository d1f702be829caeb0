"""Deadlines: a local wall time in a named zone, to the minute, and what counts as in time.

The minute of a deadline counts whole: 17:00 takes what arrives at 17:00:59.999. A wall time that the zone's clock skips or
shows twice is refused with both candidates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bongsu.core.errors import N_, BadInput

ANYWHERE_ON_EARTH = "anywhere on earth"
_ZONE_OF_WORDS = {ANYWHERE_ON_EARTH: "Etc/GMT+12"}  # the last place where a day ends: UTC-12
_WALL_TIME = re.compile(r"\A([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})\Z")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Deadline:
    """A wall time (no seconds) in a zone, as it was entered, and the UTC time at which its minute begins."""

    wall_time: datetime
    zone: str
    starts: datetime

    @cached_property
    def ends(self) -> datetime:
        """The first moment that is too late (UTC)."""
        return self.starts + _MINUTE

    def includes(self, moment: datetime) -> bool:
        """Returns True for what arrives at `moment`, before the minute has ended."""
        return moment < self.ends

    @property
    def last_second(self) -> str:
        """The last second that counts, such as 2027-01-01T11:59:59Z."""
        return (self.ends - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def last_second_there(self) -> str:
        """The same on the clock of the zone, such as 2026-12-31T23:59:59-12:00."""
        return (self.ends - timedelta(seconds=1)).astimezone(find_zone(self.zone)).isoformat()


def parse_deadline(text: str, zone: str, where: str = "") -> Deadline:
    """Reads “2026-10-30 17:00” in a zone, by its IANA name or “anywhere on earth”.

    Raises BadInput, also for a time that the zone skips or has twice.
    """
    match = _WALL_TIME.match(text)
    try:
        wall = datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None
    except ValueError:
        wall = None
    if wall is None:
        raise BadInput(
            N_("“{text}” is not a valid date and time."),
            fix=N_("Write it as 2026-10-30 17:00."),
            text=text,
            where=where,
        )
    place = find_zone(zone, where)
    moments = sorted({wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)})
    if len(moments) == 1:
        return Deadline(wall, zone, moments[0])
    shown = {"text": text, "zone": zone, "first": f"{moments[0]:%H:%M}Z", "second": f"{moments[1]:%H:%M}Z"}
    if moments[0].astimezone(place).replace(tzinfo=None) == wall:
        raise BadInput(
            N_("“{text}” comes twice in {zone}, where the clock is set back: {first} and {second}."),
            fix=N_("Choose a time that comes once."),
            where=where,
            **shown,
        )
    # A skipped time: with each offset it lands on the other side of the gap.
    before, after = (moment.astimezone(place) for moment in moments)
    raise BadInput(
        N_("“{text}” does not exist in {zone}, where the clock is set forward: choose {before} or {after}."),
        where=where,
        before=f"{before:%H:%M}",
        after=f"{after:%H:%M}",
        **shown,
    )


def find_zone(zone: str, where: str = "") -> ZoneInfo:
    """Returns a zone by its IANA name. Raises BadInput."""
    try:
        return ZoneInfo(_ZONE_OF_WORDS.get(zone, zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            N_("“{zone}” is not a time zone."),
            fix=N_("Write it as Asia/Seoul or Europe/Paris, or “anywhere on earth”."),
            zone=zone,
            where=where,
        ) from None
