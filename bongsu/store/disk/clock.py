"""Times as the store writes them: UTC, to the second, as ISO 8601 text that sorts by time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bongsu.core.errors import N_, BadInput


def utc_now() -> str:
    """Returns the current time, such as 2026-04-01T09:30:00Z."""
    return format_moment(datetime.now(UTC))


def format_moment(moment: datetime) -> str:
    """Returns a time with a zone as the store writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_moment(moment: str) -> str:
    """Converts a date, or a date and time, to UTC text. A date means its last second; a time without offset is UTC.

    Raises BadInput.
    """
    try:
        if len(moment) == 10:
            return f"{date.fromisoformat(moment)}T23:59:59Z"
        read = datetime.fromisoformat(moment)
    except ValueError:
        raise BadInput(
            N_("“{moment}” is not a valid date."),
            fix=N_("Write it as 2026-04-01 or 2026-04-01T09:30:00Z."),
            moment=moment,
        ) from None
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return format_moment(aware)
