"""Tests of units: known conversions, exact arithmetic, and refusal of different quantities."""

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
        (1, "h", "min", 60),
        (1, "min", "s", 60),
        (1, "d", "h", 24),
        (1, "yr", "d", 365),
        (1, "t", "kg", 1000),
        (1, "kg", "g", 1000),
        (1, "PFLOP", "FLOP", 1e15),
        (2, "mL/1,000 token", "L/token", 2e-6),
        (6, "kWh/(d person)", "W/person", 250),  # 6,000 Wh / 24 h
    ],
)
def test_known_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == expected


@pytest.mark.parametrize(
    ("prefix", "factor"),
    [("m", "1/1000"), ("k", 10**3), ("M", 10**6), ("G", 10**9), ("T", 10**12), ("P", 10**15), ("E", 10**18)],
)
def test_prefixes(prefix: str, factor: str | int) -> None:
    assert conversion_factor(f"{prefix}J", "J") == Fraction(factor)


@pytest.mark.parametrize(
    "base", ["J", "s", "g CO2e", "L", "g", "B", "token", "request", "image", "video", "FLOP", "person", "USD", "1"]
)
def test_a_base_has_the_factor_one(base: str) -> None:
    assert parse_unit(base).factor == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("MtCO2e", "Mt CO2e"),
        ("kgCO2eq/kWh", "kg CO2e/kWh"),
        ("g CO₂e", "g CO2e"),
        ("m³", "m3"),
        ("Wh/1000 tokens", "Wh/1000 token"),
        ("requests", "request"),
        ("kWh · image", "kWh image"),
        (" kWh ", "kWh"),
    ],
)
def test_other_spellings_are_the_same_unit(written: str, read: str) -> None:
    assert parse_unit(written) == parse_unit(read)


def test_prefixes_that_nobody_uses_are_unknown() -> None:
    for symbol in ("Gs", "kh", "mtoken", "Gt CO2", "kW/yrs", "kWh//s", "", "kWh/"):
        with pytest.raises(UnknownName):
            parse_unit(symbol)


@given(numbers, symbols, symbols)
def test_converting_there_and_back_is_exact(value: float, left: str, right: str) -> None:
    if parse_unit(left).is_compatible_with(parse_unit(right)):
        assert conversion_factor(left, right) * conversion_factor(right, left) == 1
        assert Fraction(value) * conversion_factor(left, right) * conversion_factor(right, left) == Fraction(value)
    else:
        with pytest.raises(UnitMismatch):
            convert(value, left, right)


@pytest.mark.parametrize(
    ("left", "right"), [("g CO2e", "g"), ("L", "kg"), ("kWh", "kW"), ("token", "request"), ("J", "J/token")]
)
def test_different_quantities_cannot_be_added(left: str, right: str) -> None:
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


def test_arithmetic_matches_a_manual_calculation() -> None:
    power = Quantity.of(6, "kWh") / Quantity.of(2, "h")
    assert power.to("W").value == 3000
    assert (Quantity.of(6, "kWh") - Quantity.of(500, "Wh")).value == 5.5
    assert (Quantity.of(6, "kWh") * 2).value == (2 * Quantity.of(6, "kWh")).value == 12
    assert (Quantity.of(6, "kWh") / 4).value == 1.5
    assert str(Quantity.of(1234567, "kWh")) == "1.23457e+06 kWh"


def test_a_product_counts_the_exponents_of_its_bases() -> None:
    assert parse_unit("W").bases == parse_unit("J/s").bases == (("J", 1), ("s", -1))
    assert parse_unit("FLOP/s").bases == (("FLOP", 1), ("s", -1))
    assert parse_unit("s s").bases == (parse_unit("s") * parse_unit("s")).bases == (("s", 2),)
    assert parse_unit("J/s/s").bases == (("J", 1), ("s", -2))
    assert (parse_unit("kWh") / parse_unit("J")).bases == ()
    assert (parse_unit("kWh") / parse_unit("J")).factor == 3_600_000
    assert (parse_unit("kWh") * parse_unit("kg")).factor == 3_600_000_000
    assert str(parse_unit("kWh") * parse_unit("kg")) == "kWh·kg"
    assert str(parse_unit("kWh") / parse_unit("kg")) == "kWh/(kg)"


def test_an_unknown_unit_suggests_near_units() -> None:
    with pytest.raises(UnknownName, match="kWh"):
        parse_unit("kwh")
    with pytest.raises(UnknownName, match="“yrs”"):  # the part that is wrong, not the whole
        parse_unit("kW/yrs")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_quantity_is_finite(value: float) -> None:
    with pytest.raises(BadInput):
        Quantity.of(value, "J")


def test_comparison_is_exact() -> None:
    assert Quantity.of(1, "kWh") <= Quantity.of(3_600_000, "J")
    assert not Quantity.of(1, "kWh") < Quantity.of(3_600_000, "J")
    assert Quantity.of(1, "kWh") < Quantity.of(3_600_001, "J")
    assert not Quantity.of(1, "kWh") <= Quantity.of(3_599_999, "J")
