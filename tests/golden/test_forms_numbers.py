"""Numbers of forms and labels worked out by hand, with their arithmetic."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.forms.data_centre import DataCentreYear
from bongsu.energy.forms.filled_form import format_fixed_digits, format_scientific
from bongsu.energy.forms.form_catalogue import fill_form
from bongsu.energy.forms.label import GradingRule, RatedModel
from bongsu.energy.forms.sci import SciInput, embodied_emissions
from bongsu.energy.forms.sci_ai import BoundaryEmissions


def measured(value: float, unit: str, boundary: str = "server", **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "kind": "measured", "boundary": boundary, **more}


def test_training_energy_in_megawatt_hours_with_its_figures() -> None:
    # OLMo 2 7B: 131 MWh metered at the GPUs (arXiv:2501.00656, table 19) = 471.6 GJ
    form = fill_form(
        "gpai", {"model": "OLMo 2 7B", "date": "2026-11-23", "training_energy": measured(471.6, "GJ", "chip")}
    )
    assert form.lines[0].value == "1.31×10²"
    assert form.lines[0].unit == "MWh"
    # a modelled value is given two figures: the form asks for at least two
    modelled = {**measured(131, "MWh"), "kind": "modelled"}
    assert (
        fill_form("gpai", {"model": "x", "date": "2026-11-23", "training_energy": modelled}).lines[0].value == "1.3×10²"
    )


def test_significant_figures() -> None:
    assert [format_fixed_digits(value, 2) for value in (131.26, 0.5, 7.04, 0.01234, 99.6)] == [
        "130",
        "0.50",
        "7.0",
        "0.012",
        "100",
    ]
    assert [format_scientific(value) for value in (100, 5.1e17, 0.0123)] == ["1.0×10²", "5.1×10¹⁷", "1.2×10⁻²"]


def test_the_four_indicators_of_a_data_centre() -> None:
    # EDC 12.9 GWh, EIT 10 GWh: PUE 1.29. WIN 5,000 m3 = 5,000,000 L over 10,000,000 kWh: 0.5 L/kWh.
    # EREUSE 1.29 GWh / 12.9 GWh = 0.1. ERES-TOT = 1 + 4.16 + 1.29 = 6.45 GWh; / 12.9 = 0.5
    year = DataCentreYear(
        name="x",
        year=2025,
        e_dc=12.9e6,
        e_it=10e6,
        w_in=5000,
        e_reuse=1.29e6,
        e_res_goo=1e6,
        e_res_ppa=4.16e6,
        e_res_os=1.29e6,
    )
    assert year.pue == pytest.approx(1.29)
    assert year.wue == pytest.approx(0.5)
    assert year.erf == pytest.approx(0.1)
    assert year.ref == pytest.approx(0.5)


def test_water_is_per_it_energy() -> None:
    # 1 kWh of IT at PUE 2 and 1 L on site: WUE 1 L/kWh, not 0.5 (per facility energy) and not 2
    assert DataCentreYear(name="x", year=2025, e_dc=2, e_it=1, w_in=0.001).wue == pytest.approx(1.0)


def test_embodied_emissions_by_time_share() -> None:
    # ISO/IEC 21031: 1,000 kg over 4 years, used for 1 h: 1,000,000 g / (4 x 8,760 h) = 28.5388 g
    assert embodied_emissions(1_000_000, life_years=4, hours=1) == pytest.approx(28.5388, abs=1e-4)
    # and half of the device: 14.2694 g
    assert embodied_emissions(1_000_000, life_years=4, hours=1, share=0.5) == pytest.approx(14.2694, abs=1e-4)


def test_sci_of_a_thousand_requests() -> None:
    # E 2 kWh (80 %: 1.5 to 3), I 400 g/kWh, M 200 g, R 1,000: (800 + 200) / 1,000 = 1.0 g; (600 + 200) / 1,000 = 0.8;
    # (1,200 + 200) / 1,000 = 1.4
    energy = Estimate.of(2, "kWh", low=1.5, high=3, kind=Kind.MEASURED, boundary=Boundary.SERVER, method="meter")
    rate = SciInput("x", "2026-11-23", energy, intensity=400, embodied=200, count=1000, functional_unit="request").sci
    assert (rate.low, rate.value, rate.high) == (pytest.approx(0.8), pytest.approx(1.0), pytest.approx(1.4))
    assert rate.boundary is Boundary.LIFE_CYCLE
    assert rate.kind is Kind.MODELLED


def test_sci_for_ai_per_token_and_per_flop() -> None:
    # consumer: 5,000 + 1,500 = 6,500 kg = 6,500,000 g over 50e9 tokens = 0.00013 g; x 1e6 = 130 g per million tokens
    # (the draft prints 0.13 g per million)
    consumer = BoundaryEmissions("consumer", operational=5e6, embodied=1.5e6, functional_unit="token", count=50e9)
    assert consumer.rate == pytest.approx(130)
    # provider: 200,000 kg = 2e8 g over 5e22 FLOP = 4e-15 g; x 1e18 = 4,000 g per 1e18 FLOP (the draft prints 4 g)
    provider = BoundaryEmissions("provider", operational=1.8e8, embodied=2e7, functional_unit="FLOP", count=5e22)
    assert provider.rate == pytest.approx(4000)
    # 3,200 kg over 40 million inferences = 0.08 g each (as the draft prints)
    vision = BoundaryEmissions("consumer", operational=3.2e6, embodied=0, functional_unit="inference", count=40e6)
    assert vision.rate == pytest.approx(0.08)
    # 75,000 kg over 2.5 billion parameters = 30,000 kg per billion (the draft prints 30 kg)
    made = BoundaryEmissions("provider", operational=7.5e7, embodied=0, functional_unit="parameter", count=2.5e9)
    assert made.rate == pytest.approx(30e6)


def test_spdx_amounts_as_decimals() -> None:
    # 131 MWh = 131,000 kWh = 471,600 MJ; no exponent, because xsd:decimal has none
    data = {"model": "x", "supplier": "y", "date": "2026-11-23", "training": measured(131, "MWh")}
    text = json.dumps(fill_form("spdx", data).as_json())
    assert '"ai_energyQuantity": "131000.0", "ai_energyUnit": "kilowattHour"' in text
    text = json.dumps(fill_form("spdx", {**data, "unit": "MJ"}).as_json())
    assert '"ai_energyQuantity": "471600.0", "ai_energyUnit": "megajoule"' in text
    tiny = json.dumps(fill_form("spdx", {**data, "training": measured(0.00001, "kWh")}).as_json())
    assert '"ai_energyQuantity": "0.00001"' in tiny


def rated(rule: GradingRule, energy: float, others: list[float]) -> RatedModel:
    estimate = Estimate.of(energy, "Wh/request", kind=Kind.MEASURED, boundary=Boundary.CHIP, method="meter")
    named = {f"other {place}": value for place, value in enumerate(others)}
    return RatedModel("model", "2026-11-23", "class", Boundary.CHIP, estimate, named, rule)


def test_equal_width_on_a_logarithmic_scale() -> None:
    # from 1 to 128 = 2^7: seven parts of a factor 2 each: 2, 4, 8, 16, 32, 64, 128
    found = rated(GradingRule.EQUAL_WIDTH, 20, [1, 3, 5, 10, 40, 70, 128])
    assert found.bounds == pytest.approx((2, 4, 8, 16, 32, 64, 128))
    grades = [
        rated(GradingRule.EQUAL_WIDTH, energy, [1, 2, 4, 8, 16, 128, 127]).grade
        for energy in (1, 3, 5, 10, 20, 40, 100)
    ]
    assert "".join(grades) == "ABCDEFG"


def test_equal_width_on_a_linear_scale() -> None:
    # from 0.1 to 7.1: parts of 1: 1.1, 2.1, ... 7.1. 3.0 lies in the third: C
    found = rated(GradingRule.EQUAL_WIDTH_LINEAR, 3.0, [0.1, 1, 2, 4, 5, 6, 7.1])
    assert found.bounds == pytest.approx((1.1, 2.1, 3.1, 4.1, 5.1, 6.1, 7.1))
    assert found.grade == "C"


@pytest.mark.parametrize(
    ("rule", "grades"), [(GradingRule.QUINTILE, "AABBCCDDEE"), (GradingRule.SEPTILE, "AABCCDEEFG")]
)
def test_groups_of_equal_number(rule: GradingRule, grades: str) -> None:
    # ten models. Quintiles: two each. Septiles: the first part ends at the ceil(10/7)=2nd, then 3rd, 5th, 6th, 8th, 9th, 10th
    energies = [0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55]
    grade_of = {own: rated(rule, own, [other for other in energies if other != own]).grade for own in energies}
    assert "".join(grade_of.values()) == grades
