"""Periods of every frequency as days, by the calendar; what is none is refused."""

from __future__ import annotations

from datetime import date

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.periods import canonical_period, period_range


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-A1", "2024-01-01", "2024-12-31"),
        ("2024-S1", "2024-01-01", "2024-06-30"),
        ("2024-S2", "2024-07-01", "2024-12-31"),
        ("2024-T2", "2024-05-01", "2024-08-31"),
        ("2024-T3", "2024-09-01", "2024-12-31"),
        ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2024-Q4", "2024-10-01", "2024-12-31"),
        ("2024-M02", "2024-02-01", "2024-02-29"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-12", "2023-12-01", "2023-12-31"),
        ("2024-W01", "2024-01-01", "2024-01-07"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-D001", "2024-01-01", "2024-01-01"),
        ("2024-D060", "2024-02-29", "2024-02-29"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2024-02-29T10:00:00", "2024-02-29", "2024-02-29"),
        ("2024-02-29T10:00:00.5Z", "2024-02-29", "2024-02-29"),
        ("2024-02-29T23:30:00+09:00", "2024-02-29", "2024-02-29"),
    ],
)
def test_days_by_the_calendar(period: str, first: str, last: str) -> None:
    assert period_range(period) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "period",
    [
        *(
            "",
            "24",
            "2024-Q0",
            "2024-Q5",
            "2024-S3",
            "2024-T4",
            "2024-13",
            "2024-00",
            "2024-M13",
            "2024-W54",
            "2023-02-29",
        ),
        *("2024-Q01", "2024-M1", "2024-W1", "2024-D1", "2024-A2", "2023-D366", "2024-D000", "0000", "9999-W53"),
        *("２０２４", "2024-0２", "٢٠٢٤", "2024\n", " 2024", "2024 ", "2024-01-01\n"),
        *("2023-01-01T", "2023-01-01Tgarbage", "2023-01-01T25:00:00", "2023-01-01T10", "2023-01-01T10:00:00 Z"),
        *("2023-01-01T10:00:00+99:00", "2023-01-01t10:00:00", "2023-01-01 10:00:00"),
    ],
)
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(BadInput) as refused:
        period_range(period)
    assert refused.value.where == "TIME_PERIOD"


@pytest.mark.parametrize(
    ("period", "spelling"),
    [
        ("2023", "2023"),
        ("2023-A1", "2023"),
        ("2023-M05", "2023-05"),
        ("2023-05", "2023-05"),
        ("2023-Q2", "2023-Q2"),
        ("2023-T2", "2023-T2"),
        ("2023-W05", "2023-W05"),
        ("2024-D060", "2024-02-29"),
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29T10:00:00.000", "2024-02-29T10:00:00"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00+09:00", "2024-02-29T01:00:00Z"),
    ],
)
def test_a_period_has_one_spelling(period: str, spelling: str) -> None:
    assert canonical_period(period) == spelling
    assert canonical_period(spelling) == spelling
