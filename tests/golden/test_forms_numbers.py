"""Numbers of forms and labels worked out by hand, with their arithmetic."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.forms.energy_extraction import extract_energy
from bongsu.energy.forms.filled_form import format_fixed_digits, format_scientific
from bongsu.energy.forms.form_catalogue import fill_form
from bongsu.energy.forms.label import RatedModel


def measured(value: float, unit: str, boundary: str = "server", **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "kind": "measured", "boundary": boundary, **more}


def values(form: str, data: dict[str, Any]) -> dict[str, Any]:
    """The value of each line of a filled-in form, as the command and the page show it."""
    return {line.id: line.value for line in fill_form(form, data).lines}


DATA_CENTRE = {"name": "x", "year": 2025}


def test_training_energy_in_megawatt_hours_with_its_figures() -> None:
    # OLMo 2 7B: 131 MWh metered at the GPUs (arXiv:2501.00656, table 19) = 471.6 GJ
    form = fill_form(
        "gpai", {"model": "OLMo 2 7B", "date": "2026-11-23", "training_energy": measured(471.6, "GJ", "chip")}
    )
    assert form.lines[0].value == "1.31×10²"
    assert form.lines[0].unit == "MWh"
    # a modelled value is given two figures, because the form asks for at least two; a reported one three
    for kind, text in (("modelled", "1.3×10²"), ("reported", "1.31×10²")):
        energy = {**measured(131, "MWh"), "kind": kind}
        given = {"model": "x", "date": "2026-11-23", "training_energy": energy}
        assert values("gpai", given)["training_energy"] == text


def test_computation_of_inference_in_flop() -> None:
    # 0.1234 PFLOP = 1.234e14 FLOP, with two figures
    given = {"model": "x", "date": "2026-11-23", "lacking": "y", "inference_task": "z"}
    assert values("gpai", {**given, "inference_compute": "0.1234 PFLOP"})["inference_compute"] == "1.2×10¹⁴"
    assert values("gpai", {**given, "inference_compute": 1.234e14})["inference_compute"] == "1.2×10¹⁴"


def test_energy_of_a_meter_report_and_its_interval() -> None:
    # a report's totals: the processes', not the machine's; 3.6 MJ, 80 %: 3.4 to 3.9 MJ
    process = {"energy_J": 3.6e6, "low_J": 3.4e6, "high_J": 3.9e6, "kind": "measured"}
    machine = {"energy_J": 7.2e6, "low_J": 7e6, "high_J": 7.4e6, "kind": "measured"}
    report = {
        "schema": "bongsu.meter/1",
        "software": "bongsu 0.1.0",
        "components": [{"sensor": "nvml-energy"}],
        "totals": [{"boundary": "chip", "process": process, "machine": machine}],
    }
    energy = extract_energy(report, "kWh")
    assert [energy[name] for name in ("value", "low", "high", "unit")] == [3.6e6, 3.4e6, 3.9e6, "J"]
    # 3.6 MJ = 1 kWh, at 400 g/kWh over 1,000 requests: 0.4 g
    assert values("sci", {**SOFTWARE, "E": energy, "M": 0})["SCI"] == pytest.approx(0.4)


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
    filled = values(
        "eu-2024-1364",
        {
            **DATA_CENTRE,
            "E_DC": "12.9 GWh",
            "E_IT": 10e6,
            "W_IN": 5000,
            "E_REUSE": "1.29 GWh",
            "E_RES_GOO": 1e6,
            "E_RES_PPA": 4.16e6,
            "E_RES_OS": 1.29e6,
            "P_DIT": "1.2 MW",
        },
    )
    assert {name: filled[name] for name in ("P_DIT", "E_DC", "E_RES_TOT", "PUE", "WUE", "ERF", "REF")} == pytest.approx(
        {"P_DIT": 1200, "E_DC": 12.9e6, "E_RES_TOT": 6.45e6, "PUE": 1.29, "WUE": 0.5, "ERF": 0.1, "REF": 0.5}
    )


def test_every_line_of_a_data_centre_has_the_unit_of_the_regulation() -> None:
    given = dict.fromkeys(("E_DC", "E_IT", "W_IN", "E_REUSE", "E_RES_GOO", "E_RES_PPA", "E_RES_OS", "P_DIT"), 1)
    lines = fill_form("eu-2024-1364", {**DATA_CENTRE, **given, "E_DC": 5, "W_IN": "1 L"}).lines
    units = {"P_DIT": "kW", "W_IN": "m3", "PUE": "", "WUE": "L/kWh", "ERF": "", "REF": ""}
    assert {line.id: line.unit for line in lines} == {line.id: units.get(line.id, "kWh") for line in lines}


def test_water_is_per_it_energy() -> None:
    # 1 kWh of IT at PUE 2 and 1 L on site: WUE 1 L/kWh, not 0.5 (per facility energy) and not 2
    assert values("eu-2024-1364", {**DATA_CENTRE, "E_DC": 2, "E_IT": 1, "W_IN": "1 L"})["WUE"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("inside", "outside", "field"),
    [
        ({"E_DC": 100}, {"E_DC": 99}, "E_DC"),  # PUE 1 is possible, 0.99 is not
        ({"E_DC": 1000}, {"E_DC": 1001}, "E_IT"),  # PUE 10 is taken, 10.01 is not
        ({"W_IN": 5}, {"W_IN": 5.1}, "W_IN"),  # 5 m3 over 100 kWh: 50 L/kWh
        ({"E_REUSE": 120}, {"E_REUSE": 121}, "E_REUSE"),  # all of the 120 kWh
        ({"E_RES_OS": 120}, {"E_RES_OS": 121}, "E_RES_GOO"),
        # 8,784 h of a leap year: 1 kW uses 8,784 kWh at most
        ({"E_DC": 8784, "E_IT": 8784, "P_DIT": 1}, {"E_DC": 8785, "E_IT": 8785, "P_DIT": 1}, "P_DIT"),
    ],
)
def test_limits_of_a_data_centre(inside: dict[str, float], outside: dict[str, float], field: str) -> None:
    usual = {**DATA_CENTRE, "E_DC": 120, "E_IT": 100, "W_IN": 0.1}
    assert fill_form("eu-2024-1364", {**usual, **inside})
    with pytest.raises(BadInput) as refused:
        fill_form("eu-2024-1364", {**usual, **outside})
    assert refused.value.where == field


def test_reports_are_due_from_500_kilowatts() -> None:
    usual = {**DATA_CENTRE, "E_DC": 120, "E_IT": 100, "W_IN": 0.1}
    notes = [len(fill_form("eu-2024-1364", {**usual, "P_DIT": power}).notes) for power in (499, 500)]
    assert notes == [2, 1]


SOFTWARE = {
    "software": "x",
    "date": "2026-11-23",
    "E": {**measured(2, "kWh"), "low": 1.5, "high": 3},
    "I": 400,
    "R": 1000,
    "functional_unit": "request",
}


def test_sci_of_a_thousand_requests() -> None:
    # E 2 kWh (80 %: 1.5 to 3), I 400 g/kWh: O = 800 g. M 200 g, R 1,000: (800 + 200) / 1,000 = 1.0 g;
    # (600 + 200) / 1,000 = 0.8; (1,200 + 200) / 1,000 = 1.4
    filled = values("sci", {**SOFTWARE, "M": 200})
    assert (filled["O"], filled["M"], filled["SCI"]) == (pytest.approx(800), 200, pytest.approx(1.0))
    assert filled["SCI_P80"] == "0.800–1.40"
    # the same in other units: 2,000 Wh, 0.4 kg/kWh, 0.2 kg; the fields are in kWh, g/kWh and g
    energy = {**measured(2000, "Wh"), "low": 1500, "high": 3000}
    other = values("sci", {**SOFTWARE, "E": energy, "I": "0.4 kg CO2e/kWh", "M": "0.2 kg CO2e"})
    for form in (filled, other):
        fields = [form[name] for name in ("E", "I", "O", "M", "R", "SCI")]
        assert fields == pytest.approx([2, 400, 800, 200, 1000, 1.0])


def test_embodied_emissions_by_time_share() -> None:
    # ISO/IEC 21031: 1,000 kg over 4 years, used for 1 h: 1,000,000 g / (4 x 8,760 h) = 28.5388 g; half of the device: 14.2694;
    # half of it for 3 h: 42.8082 g; all of it for its whole life, 35,040 h: 1,000,000 g; a device that was not used: 0
    device = {"total": "1000 kg CO2e", "life_years": 4, "hours": 1}
    shares = [{}, {"share": 0.5}, {"share": 0.5, "hours": 3}, {"share": 1, "hours": 35_040}, {"hours": 0}]
    embodied = [values("sci", {**SOFTWARE, "device": {**device, **share}})["M"] for share in shares]
    assert embodied == pytest.approx([28.5388, 14.2694, 42.8082, 1_000_000, 0], abs=1e-4)
    with pytest.raises(BadInput, match="within the life"):
        fill_form("sci", {**SOFTWARE, "device": {**device, "hours": 35_041}})


@pytest.mark.parametrize(
    ("boundary", "operational", "embodied", "unit", "count", "total", "rate", "printed"),
    [
        # 5,000 + 1,500 = 6,500 kg over 50e9 tokens = 0.00013 g; x 1e6 = 130 g per million tokens (the draft prints 0.13 g)
        ("consumer", "5000 kg CO2e", "1500 kg CO2e", "token", 50e9, 6500, 130, "1e6 token"),
        # 200,000 kg = 2e8 g over 5e22 FLOP = 4e-15 g; x 1e18 = 4,000 g per 1e18 FLOP (the draft prints 4 g)
        ("provider", 1.8e8, 2e7, "FLOP", 5e22, 200_000, 4000, "1e18 FLOP"),
        # 3,200 kg over 40 million inferences = 0.08 g each (as the draft prints)
        ("consumer", 3.2e6, 0, "inference", 40e6, 3200, 0.08, "inference"),
        # 75,000 kg over 2.5 billion parameters = 30,000 kg per billion (the draft prints 30 kg)
        ("provider", 7.5e7, 0, "parameter", 2.5e9, 75_000, 30e6, "1e9 parameter"),
        # 600 g over 120 of each: 5 g per second, image, execution and page; 600 g over 3e6 training tokens: 200 g per million
        ("consumer", 500, 100, "second", 120, 0.6, 5, "s"),
        ("consumer", 500, 100, "image", 120, 0.6, 5, "image"),
        ("consumer", 500, 100, "execution", 120, 0.6, 5, "execution"),
        ("consumer", 500, 100, "page", 120, 0.6, 5, "page"),
        ("provider", 500, 100, "training-token", 3e6, 0.6, 200, "1e6 training token"),
    ],
)
def test_sci_for_ai(
    boundary: str, operational: Any, embodied: Any, unit: str, count: float, total: float, rate: float, printed: str
) -> None:
    given = {"operational": operational, "embodied": embodied, "functional_unit": unit, "count": count}
    form = fill_form("sci-ai", {"system": "x", "date": "2026-11-23", boundary: given})
    assert [(line.value, line.unit) for line in form.lines] == [
        (pytest.approx(total), "kg CO2e"),
        (pytest.approx(rate), f"g CO2e/({printed})"),
    ]


def test_spdx_amounts_as_decimals() -> None:
    # 131 MWh = 131,000 kWh = 471,600 MJ; no exponent, because xsd:decimal has none
    data = {"model": "x", "supplier": "y", "date": "2026-11-23", "training": measured(131, "MWh")}
    text = json.dumps(fill_form("spdx", data).as_json())
    assert '"ai_energyQuantity": "131000.0", "ai_energyUnit": "kilowattHour"' in text
    text = json.dumps(fill_form("spdx", {**data, "unit": "MJ"}).as_json())
    assert '"ai_energyQuantity": "471600.0", "ai_energyUnit": "megajoule"' in text
    tiny = json.dumps(fill_form("spdx", {**data, "training": measured(0.00001, "kWh")}).as_json())
    assert '"ai_energyQuantity": "0.00001"' in tiny


def label(rule: str, energy: float, others: list[float], **more: Any) -> dict[str, Any]:
    """The lines of the label of a model in a class with `others`, in Wh per request."""
    models = {f"other {place}": value for place, value in enumerate(others)}
    class_ = {"name": "class", "unit": "Wh/request", "boundary": "chip", "models": models}
    given = {**measured(energy, "Wh/request", "chip"), **more}
    return values("label", {"model": "x", "date": "2026-11-23", "energy": given, "class": class_, "rule": rule})


def test_equal_width_on_a_logarithmic_scale() -> None:
    # from 1 to 128 = 2^7: seven parts of a factor 2 each: 2, 4, 8, 16, 32, 64, 128
    others = [1, 3, 5, 10, 40, 70, 128]
    assert label("equal-width", 20, others)["bounds"] == "2.00 / 4.00 / 8.00 / 16.0 / 32.0 / 64.0 / 128"
    grades = [label("equal-width", energy, others)["grade"] for energy in (1.5, 3, 5, 10, 20, 40, 100)]
    assert "".join(grades) == "ABCDEFG"


def test_grades_of_an_interval_and_of_another_unit() -> None:
    # 80 %: 5 to 70 Wh are C and G. 72,000 J = 20 Wh is E
    others = [1, 3, 5, 10, 40, 70, 128]
    assert label("equal-width", 20, others, low=5, high=70)["grades"] == "C–G"
    assert label("equal-width", 20, others)["grades"] == "E–E"
    assert label("equal-width", 72_000, others, unit="J/request")["grade"] == "E"


def test_equal_width_on_a_linear_scale() -> None:
    # from 0.1 to 7.1: parts of 1: 1.1, 2.1, ... 7.1. 3.0 lies in the third: C
    lines = label("equal-width-linear", 3.0, [0.1, 1, 2, 4, 5, 6, 7.1])
    assert lines["bounds"] == "1.10 / 2.10 / 3.10 / 4.10 / 5.10 / 6.10 / 7.10"
    assert lines["grade"] == "C"


def test_every_energy_of_a_class_is_above_zero() -> None:
    energy = Estimate.of(2.0, "Wh/request", kind=Kind.MEASURED, boundary=Boundary.CHIP, method="meter")
    others = {str(place): float(place) for place in range(8)}
    with pytest.raises(BadInput, match="must be above 0"):
        RatedModel("x", "2026-11-23", "class", Boundary.CHIP, energy, others)
    del others["0"]
    assert RatedModel("x", "2026-11-23", "class", Boundary.CHIP, energy, others).members[0] == 1


def test_a_class_has_at_least_as_many_models_as_grades() -> None:
    # seven grades: the model and six others are enough, with five others they are not
    assert label("equal-width", 2, [1, 3, 4, 5, 6, 7])["members"] == "7"
    with pytest.raises(BadInput, match="6 models is too small for 7 grades"):
        label("equal-width", 2, [1, 3, 4, 5, 6])


@pytest.mark.parametrize(("rule", "grades"), [("quintile", "AABBCCDDEE"), ("septile", "AABCCDEEFG")])
def test_groups_of_equal_number(rule: str, grades: str) -> None:
    # ten models. Quintiles: two each. Septiles: the first part ends at the ceil(10/7)=2nd, then 3rd, 5th, 6th, 8th, 9th, 10th
    energies = [0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55]
    found = [label(rule, own, [other for other in energies if other != own])["grade"] for own in energies]
    assert "".join(found) == grades
