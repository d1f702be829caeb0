"""Laws and facts of units. Exactness is the promise: there and back gives the same number."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, UnitMismatch, UnknownName
from bongsu.core.units import SYMBOLS, Quantity, conversion_factor, convert, parse_unit

numbers = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
symbols = st.sampled_from(sorted(SYMBOLS))


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1, "kWh", "J", 3_600_000),  # 1000 W x 3600 s
        (1, "Wh/1000 token", "J/token", 3.6),  # 3600 J / 1000
        (1, "TWh", "kWh", 1e9),
        (1, "kg CO2e", "g CO2e", 1000),
        (1, "Mt CO2e", "g CO2e", 1e12),  # 1e6 t x 1e6 g
        (1, "GW yr", "TWh", 8.76),  # 1 GW x 8760 h = 8760 GWh
        (1, "m3", "L", 1000),
        (1, "t CO2e", "kg CO2e", 1000),
        (100, "%", "1", 1),
        (1, "kgCO2eq/kWh", "g CO2e/kWh", 1000),
        (1, "W", "J/s", 1),
        (1, "PFLOP/s", "FLOP/s", 1e15),
    ],
)
def test_facts(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == expected


@given(numbers, symbols, symbols)
def test_there_and_back_is_exact(value: float, left: str, right: str) -> None:
    if parse_unit(left).measures_like(parse_unit(right)):
        assert conversion_factor(left, right) * conversion_factor(right, left) == 1
        assert Fraction(value) * conversion_factor(left, right) * conversion_factor(right, left) == Fraction(value)
    else:
        with pytest.raises(UnitMismatch):
            convert(value, left, right)


@pytest.mark.parametrize(
    ("left", "right"), [("g CO2e", "g"), ("L", "kg"), ("kWh", "kW"), ("token", "request"), ("J", "J/token")]
)
def test_different_things_are_never_added(left: str, right: str) -> None:
    with pytest.raises(UnitMismatch):
        Quantity.of(1, left) + Quantity.of(1, right)


@given(numbers, numbers)
def test_a_sum_keeps_its_unit(one: float, two: float) -> None:
    total = Quantity.of(one, "kWh") + Quantity.of(two, "kWh")
    assert str(total.unit) == "kWh"
    assert total.value == one + two


def test_products_cancel() -> None:
    emitted = Quantity.of(2, "kWh") * Quantity.of(400, "g CO2e/kWh")
    assert emitted.to("g CO2e").value == 800


def test_unknown_units_name_near_ones() -> None:
    with pytest.raises(UnknownName, match="kWh"):
        parse_unit("kwh")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_quantity_is_finite(value: float) -> None:
    with pytest.raises(BadInput):
        Quantity.of(value, "J")


def test_comparison_is_exact() -> None:
    assert Quantity.of(1, "kWh") <= Quantity.of(3_600_000, "J")
    assert not Quantity.of(1, "kWh") < Quantity.of(3_600_000, "J")
