"""Parses times to nanoseconds since 1970 (UTC). A time without an offset is in the time zone that the sender states."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bongsu.core.errors import N_, BadInput
from bongsu.energy.intake.intake_report import SECOND


def parse_zone(name: str) -> tzinfo:
    """The time zone `name` of the IANA database (Asia/Seoul); UTC if `name` is empty. Raises BadInput."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            N_("Unknown time zone: “{name}”."),
            fix=N_("Use an IANA name such as Asia/Seoul or Europe/Paris."),
            name=name,
        ) from None


def parse_nanoseconds(text: object, zone: tzinfo, where: str) -> int:
    """Parses an ISO 8601 time (2026-04-01T09:30:00, with or without an offset). Raises BadInput with the place."""
    try:
        read = datetime.fromisoformat(str(text).strip())
        aware = read if read.tzinfo else read.replace(tzinfo=zone)
        since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(N_("“{text}” is not a valid date and time."), where=where, text=str(text)[:60]) from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
