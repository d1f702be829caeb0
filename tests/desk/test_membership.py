"""A person in a holding of mode private: what answers show of her, over many draws. `make membership` draws more."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.desk.private import bounds, tables
from bongsu.store.microdata import whole_sums
from tools.membership import limit_share, measure_epsilon

RUNS, SURE = (
    2_000,
    0.99999,
)  # the noise cannot be repeated, so the test is to fail wrongly in one of 100,000 runs at most


@pytest.mark.parametrize("statistic", ["count", "total EARNINGS", "mean EARNINGS"])
def test_epsilon_that_is_seen_is_below_the_one_that_is_stated(statistic: str) -> None:
    seen = measure_epsilon("epsilon", 1.0, statistic, RUNS // 2, SURE)
    assert seen.seen <= seen.stated == 1.0


def test_epsilon_of_gaussian_noise_is_below_its_conversion() -> None:
    seen = measure_epsilon("rho", 0.5, "total EARNINGS", RUNS // 2, SURE)
    assert 0.2 < seen.seen <= seen.stated


def test_the_test_sees_half_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted error: half of what a contributor can change. Then epsilon is 2, and the test must see more than 1."""
    build = tables.build_mechanism
    monkeypatch.setattr(tables, "build_mechanism", lambda unit, cost, change: build(unit, cost * 2, change))
    assert measure_epsilon("epsilon", 1.0, "count", RUNS, SURE).seen > 1.0


def test_the_test_sees_values_that_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted error: bounds are used for the noise, but not for the data."""
    steps = whole_sums._count_steps

    def uncut(amount: Any, step: float, least: int, most: int) -> Any:
        return steps(amount, step, -(2**50), 2**50)

    monkeypatch.setattr(whole_sums, "_count_steps", uncut)
    monkeypatch.setattr(whole_sums, "cut_number", lambda x, number: x)
    assert measure_epsilon("epsilon", 1.0, "total EARNINGS", RUNS // 4, SURE).seen > 1.0
    assert measure_epsilon("epsilon", 1.0, "total", RUNS // 4, SURE).seen > 1.0


def test_the_test_sees_contributors_with_too_many_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted error: five records of one person are used, and noise is for one."""
    monkeypatch.setattr(tables, "count_records", lambda *_: 5)
    monkeypatch.setattr(
        tables, "bound_change", lambda each, records, weights: bounds.bound_change(each, 1, weights=weights)
    )
    assert measure_epsilon("epsilon", 1.0, "count", RUNS // 2, SURE).seen > 1.0


def test_limits_of_a_share_by_hand() -> None:
    """None of 10 at 2.5 %: 1 - 0.025^(1/10) = 0.30850; 10 of 10: 0.69150. 4 of 10: 0.12155 and 0.73762 (published tables)."""
    assert limit_share(0, 10, 0.025, upper=True) == pytest.approx(1 - 0.025**0.1)
    assert limit_share(10, 10, 0.025, upper=False) == pytest.approx(0.025**0.1)
    assert limit_share(4, 10, 0.025, upper=False) == pytest.approx(0.12155, abs=1e-5)
    assert limit_share(4, 10, 0.025, upper=True) == pytest.approx(0.73762, abs=1e-5)
    assert limit_share(0, 10, 0.025, upper=False) == 0
