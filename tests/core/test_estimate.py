"""Tests of estimates: intervals contain their value, boundaries are not mixed, sums have the weakest kind."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BoundaryMismatch, UnitMismatch
from bongsu.core.estimate import Z90, Boundary, Estimate, Kind, weakest_kind
from bongsu.core.units import Quantity

positive = st.floats(min_value=1e-6, max_value=1e9)


def made(value: float | None = 2.0, symbol: str = "kWh", **changes: Any) -> Estimate:
    facts: dict[str, Any] = {"kind": Kind.MEASURED, "boundary": Boundary.IT, "method": "test 1", **changes}
    return Estimate.of(value, symbol, **facts)


@given(positive, positive, positive)
def test_an_interval_contains_its_value(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    assert made(value, low=low, high=high).value == value
    if low < value:
        with pytest.raises(BadInput):
            made(low, low=value, high=high)


@given(positive, positive)
def test_conversion_keeps_the_quantity(value: float, width: float) -> None:
    estimate = made(value, low=value, high=value + width).to("J")
    assert estimate.value == pytest.approx(value * 3.6e6, rel=1e-15)
    assert estimate.low <= estimate.value <= estimate.high  # type: ignore[operator]


@pytest.mark.parametrize("other", [b for b in Boundary if b is not Boundary.IT])
def test_different_boundaries_are_refused_and_named(other: Boundary) -> None:
    with pytest.raises(BoundaryMismatch, match=rf"(?s)it.*{other}"):
        made() + made(boundary=other)
    with pytest.raises(BoundaryMismatch):
        _ = made() < made(boundary=other)


def test_different_quantities_are_refused() -> None:
    with pytest.raises(UnitMismatch):
        made() + made(symbol="g CO2e")


@given(st.lists(st.sampled_from(list(Kind)), min_size=1))
def test_weakest_kind_is_the_weakest_of_all(kinds: list[Kind]) -> None:
    assert all(weakest_kind(kinds).rank >= kind.rank for kind in kinds)


def test_a_sum_adds_bounds_and_has_none_if_a_part_has_none() -> None:
    total = made(2.0, low=1, high=4) + made(3000.0, "Wh", low=2000, high=5000, kind=Kind.MODELLED)
    assert (total.value, total.low, total.high, total.kind) == (5, 3, 9, Kind.MODELLED)
    assert (made(low=1, high=4) + made()).low is None


def test_a_factor_can_change_the_boundary() -> None:
    facility = made(100, low=90, high=120).times(Quantity.of(1.2, "1"), method="PUE", boundary=Boundary.FACILITY)
    assert (facility.value, facility.low, facility.high) == (120, 108, 144)
    assert facility.boundary is Boundary.FACILITY
    with pytest.raises(BadInput):
        made().times(Quantity.of(-1, "1"), method="PUE")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_estimate_is_finite(value: float) -> None:
    with pytest.raises(BadInput):
        made(value)


def test_a_range_without_a_value() -> None:
    only_range = made(None, low=325, high=580)
    assert only_range.value is None
    with pytest.raises(BadInput):
        _ = only_range.quantity
    with pytest.raises(BadInput):
        made(None)


def test_z90_is_the_quantile_of_the_normal_distribution() -> None:
    # The normal distribution function, from erf, gives 0.9 at Z90.
    assert 0.5 * (1 + math.erf(Z90 / math.sqrt(2))) == pytest.approx(0.9, abs=1e-12)
