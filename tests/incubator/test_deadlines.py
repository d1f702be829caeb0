"""Deadlines and numbers of applications: golden cases."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput
from bongsu.incubator.calls.deadlines import parse_deadline
from bongsu.incubator.calls.numbers import check_number, write_number


@pytest.mark.parametrize(
    ("text", "zone", "last"),
    [
        ("2026-12-31 23:59", "anywhere on earth", "2027-01-01T11:59:59Z"),
        ("2026-12-31T23:59", "Etc/GMT+12", "2027-01-01T11:59:59Z"),
        ("2026-10-30 17:00", "Europe/Paris", "2026-10-30T16:00:59Z"),  # winter time since 25 October
        ("2026-10-24 17:00", "Europe/Paris", "2026-10-24T15:00:59Z"),
        ("2026-11-01 23:59", "America/New_York", "2026-11-02T04:59:59Z"),  # after the change of that morning
        ("2026-10-31 23:59", "America/New_York", "2026-11-01T03:59:59Z"),
        ("2026-06-30 18:00", "Asia/Seoul", "2026-06-30T09:00:59Z"),
        ("2026-03-29 01:59", "Europe/Paris", "2026-03-29T00:59:59Z"),  # the last minute before the gap
        ("2026-03-29 03:00", "Europe/Paris", "2026-03-29T01:00:59Z"),
    ],
)
def test_last_second(text: str, zone: str, last: str) -> None:
    assert parse_deadline(text, zone).last_second == last


def test_the_minute_counts_whole() -> None:
    deadline = parse_deadline("2026-10-30 17:00", "Europe/Paris")
    assert deadline.includes(datetime(2026, 10, 30, 16, 0, 59, 999_999, UTC))
    assert not deadline.includes(datetime(2026, 10, 30, 16, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-03-29 02:30", "does not exist in Europe/Paris.*choose 01:30 or 03:30"),
        ("2026-03-29 02:00", "does not exist.*choose 01:00 or 03:00"),
        ("2026-10-25 02:30", "comes twice in Europe/Paris.*00:30Z and 01:30Z"),
        ("2026-10-25 02:00", "comes twice.*00:00Z and 01:00Z"),
        ("2026-02-30 10:00", "is not a valid date and time"),
        ("2026-10-30 24:00", "is not a valid date and time"),
        ("2026-10-30 17:00:30", "is not a valid date and time"),
        ("2026-10-30", "is not a valid date and time"),
        ("２０２６-10-30 17:00", "is not a valid date and time"),
    ],
)
def test_times_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_deadline(text, "Europe/Paris", "call.toml")
    assert re.search(message, str(error.value)), str(error.value)


@pytest.mark.parametrize("zone", ["Seoul", "", "../etc/passwd", "/etc/localtime", "UTC+9"])
def test_zones_that_are_refused(zone: str) -> None:
    with pytest.raises(BadInput, match="is not a time zone"):
        parse_deadline("2026-06-30 18:00", zone)


def test_number_of_an_application() -> None:
    # 2 0 2 6 0 0 4 2, from the right, every other one doubled: 4 + 4 + 0 + 0 + 12 -> 3 + 2 + 0 + 2 = 15; 5 makes 20.
    assert write_number("CALL", 2026, 42) == "CALL-2026-0042-5"
    assert check_number(" call-2026-0042-5 ") == "CALL-2026-0042-5"
    # 2 2 0 2 6 1 2 3 4 5: 1 + 4 + 6 + 2 + 2 + 6 + 4 + 0 + 4 + 2 = 31; 9 makes 40.
    assert write_number("GPU-2", 2026, 12_345) == "GPU-2-2026-12345-9"
    for wrong in ("CALL-2026-0042-6", "CALL-2026-0024-5", "CALL-2026-0042", "2026-0042-5", "CALL-2026-42-5", ""):
        with pytest.raises(BadInput):
            check_number(wrong)


@given(st.integers(1, 10_000_000), st.data())
def test_every_wrong_digit_is_found(serial: int, data: st.DataObject) -> None:
    number = write_number("CALL", 2026, serial)
    at = data.draw(st.sampled_from([place for place, each in enumerate(number) if each.isdigit()]))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != number[at]]))
    with pytest.raises(BadInput):
        check_number(number[:at] + other + number[at + 1 :])
