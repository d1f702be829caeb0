"""Forms and labels at their interface: what they refuse, three languages, formats that other programs read."""

from __future__ import annotations

import copy
import io
import json
import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from spdx_python_model import v3_0_1 as spdx

from bongsu.core.errors import BadInput, BoundaryMismatch, UnitMismatch, UnknownName
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.languages import LANGUAGES
from bongsu.energy.forms import filled_form as words_of_forms
from bongsu.energy.forms import label, label_svg
from bongsu.energy.forms.form_catalogue import FORM_BUILDERS, fill_form
from bongsu.energy.forms.label import GradingRule, RatedModel

ENERGY = {
    "value": 131,
    "low": 100,
    "high": 170,
    "unit": "MWh",
    "kind": "modelled",
    "boundary": "server",
    "method": "training-energy 1",
}
PER_TOKEN = {**ENERGY, "value": 0.8, "low": 0.5, "high": 1.4, "unit": "Wh/1000 token"}
CLASS = {
    "name": "Text, 30 to 100 B parameters",
    "unit": "Wh/1000 token",
    "boundary": "server",
    "models": {f"model {n}": 0.05 * 1.5**n for n in range(12)},
}
INPUTS: dict[str, dict[str, Any]] = {
    "gpai": {
        "model": "OLMo 2 7B",
        "date": "2026-11-23",
        "training_energy": ENERGY,
        "inference_compute": "5.1e17 FLOP",
        "inference_task": "generating 100 000 tokens",
        "inference_hardware": "64 NVIDIA A100",
    },
    "eu-2024-1364": {
        "name": "Sejong 1",
        "year": 2025,
        "E_DC": "12.9 GWh",
        "E_IT": "10 GWh",
        "W_IN": "5000 m3",
        "E_REUSE": "1.29 GWh",
        "E_RES_PPA": "6 GWh",
        "P_DIT": "2 MW",
    },
    "sci": {
        "software": "Chat",
        "date": "2026-11-23",
        "E": {**ENERGY, "value": 2, "low": 1.5, "high": 3, "unit": "kWh"},
        "I": 400,
        "device": {"total": "1 t CO2e", "life_years": 4, "hours": 1},
        "R": 1000,
        "functional_unit": "request",
    },
    "sci-ai": {
        "system": "Chat",
        "date": "2026-11-23",
        "consumer": {"operational": "5 t CO2e", "embodied": "1.5 t CO2e", "functional_unit": "token", "count": 50e9},
        "provider": {"operational": "180 t CO2e", "embodied": "20 t CO2e", "functional_unit": "FLOP", "count": 5e22},
    },
    "spdx": {"model": "OLMo 2 7B", "supplier": "Ai2", "date": "2026-11-23", "training": ENERGY},
    "label": {"model": "Chat 70B", "date": "2026-11-23", "energy": PER_TOKEN, "class": CLASS, "hardware": "4 × H100"},
}


def changed(form: str, path: str, value: Any) -> dict[str, Any]:
    """The good input with one field (a.b.c) set to `value`; None removes it."""
    data: dict[str, Any] = copy.deepcopy(INPUTS[form])
    *groups, name = path.split("/")
    inner = data
    for group in groups:
        inner = inner[group]
    if value is None:
        del inner[name]
    else:
        inner[name] = value
    return data


def test_every_form_has_an_example_here() -> None:
    assert set(INPUTS) == set(FORM_BUILDERS)


@pytest.mark.parametrize("name", sorted(FORM_BUILDERS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_reads_in_three_languages(name: str, language: str) -> None:
    form = fill_form(name, INPUTS[name])
    text, page = form.as_text(language), form.as_html(language)
    for line in form.lines:
        assert line.name.to(language) in text
    assert form.rule in text
    assert f"<html lang={language}>" in page
    assert "{" not in text, "a place was left unfilled"
    assert "<script" not in page
    json.dumps(form.as_json())


@pytest.mark.parametrize("name", sorted(FORM_BUILDERS))
def test_every_text_is_used_and_exists_in_three_languages(name: str) -> None:
    table = words_of_forms._table()[name]["words"]
    for key in table:
        words_of_forms.form_text(name, key)
    assert words_of_forms.form_rule(name)


@pytest.mark.parametrize("name", sorted(FORM_BUILDERS))
def test_no_form_lets_markup_through(name: str) -> None:
    data = copy.deepcopy(INPUTS[name])
    subject = next(key for key in ("model", "name", "software", "system") if key in data)
    data[subject] = "<img src=x onerror=alert(1)>"
    assert "<img" not in fill_form(name, data).as_html("en")


def test_no_value_lets_markup_through() -> None:
    form = fill_form("gpai", {"model": "x", "date": "2026-11-23", "lacking": "<b>power</b>"})
    assert "<b>" not in form.as_html("en")


BAD = [
    ("gpai", "model", None, "model"),
    ("gpai", "date", "23/11/2026", "date"),
    ("gpai", "training_energy", None, "training_energy"),
    ("gpai", "lacking", "GPU power", "training_energy"),
    ("gpai", "training_energy/value", -131, "training_energy.value"),
    ("gpai", "training_energy/value", 131e9, "training_energy"),
    ("gpai", "training_energy/unit", "kg CO2e", "training_energy"),
    ("gpai", "training_energy/unit", "MWhh", "training_energy"),
    ("gpai", "training_energy/kind", "guessed", "training_energy.kind"),
    ("gpai", "training_energy/boundary", "rack", "training_energy.boundary"),
    ("gpai", "training_energy/boundary", None, "training_energy.boundary"),
    ("gpai", "training_energy", "131 MWh", "training_energy"),
    ("gpai", "training_enery", 131, "training_enery"),
    ("gpai", "inference_task", None, "inference_task"),
    ("eu-2024-1364", "E_DC", "9 GWh", "E_DC"),
    ("eu-2024-1364", "E_DC", "1290 GWh", "E_IT"),
    ("eu-2024-1364", "E_IT", 0, "E_IT"),
    ("eu-2024-1364", "E_IT", math.nan, "E_IT"),
    ("eu-2024-1364", "E_IT", True, "E_IT"),
    ("eu-2024-1364", "W_IN", "5000000 m3", "W_IN"),
    ("eu-2024-1364", "W_IN", "5000 kWh", "W_IN"),
    ("eu-2024-1364", "E_REUSE", "13 GWh", "E_REUSE"),
    ("eu-2024-1364", "E_RES_PPA", "13 GWh", "E_RES_GOO"),
    ("eu-2024-1364", "P_DIT", "1 MW", "P_DIT"),
    ("eu-2024-1364", "year", 25, "year"),
    ("sci", "R", 0, "R"),
    ("sci", "I", -1, "I"),
    ("sci", "M", 3, "M"),
    ("sci", "device/hours", 40000, "hours"),
    ("sci", "device/share", 2, "device.share"),
    ("sci-ai", "consumer/functional_unit", "FLOP", "consumer.functional_unit"),
    ("sci-ai", "provider/functional_unit", "token", "provider.functional_unit"),
    ("sci-ai", "consumer/count", 0, "consumer.count"),
    ("sci-ai", "consumer/operational", "many", "consumer.operational"),
    ("spdx", "training", PER_TOKEN, "training"),
    ("spdx", "training", None, "training"),
    ("spdx", "unit", "Wh", "unit"),
    ("label", "energy/boundary", "facility", "class.boundary"),
    ("label", "energy/value", 0, "energy"),
    ("label", "class/models", {"a": 1.0, "b": 2.0}, "class.models"),
    ("label", "class/models", {f"m{n}": 0.8 for n in range(9)}, "class.models"),
    ("label", "class/models/model 3", 0, "class.models"),
    ("label", "class/models/model 3", "2", "class.models.model 3"),
    ("label", "class/models/Chat 70B", 0.7, "class.models"),
    ("label", "rule", "median", "rule"),
]


@pytest.mark.parametrize(("form", "field", "value", "place"), BAD, ids=[f"{f}-{n}-{v!r:.20}" for f, n, v, _ in BAD])
def test_bad_input_is_refused_with_its_field(form: str, field: str, value: Any, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        fill_form(form, changed(form, field, value))
    assert refused.value.where == place
    assert "{" not in str(refused.value)


def test_the_error_has_its_own_class() -> None:
    with pytest.raises(UnitMismatch):
        fill_form("gpai", changed("gpai", "training_energy/unit", "kg CO2e"))
    with pytest.raises(BoundaryMismatch):
        fill_form("label", changed("label", "energy/boundary", "facility"))
    with pytest.raises(UnknownName, match="training_energy"):
        fill_form("gpai", changed("gpai", "training_enery", 131))
    with pytest.raises(UnknownName, match="sci-ai"):
        fill_form("sci-ia", {})


def test_missing_information_is_stated_in_words() -> None:
    form = fill_form("gpai", {"model": "x", "date": "2026-11-23", "lacking": "power of the rented accelerators"})
    assert form.lines[0].value is None
    assert "power of the rented accelerators" in form.as_text("en")
    assert "N/A" in form.as_text("ko")


def test_the_method_always_names_the_boundary() -> None:
    assert "Server" in fill_form("gpai", INPUTS["gpai"]).as_text("en")
    assert "100 to 170 MWh" in fill_form("gpai", INPUTS["gpai"]).as_text("en")


def test_the_two_boundaries_of_sci_for_ai_are_never_added() -> None:
    fields = fill_form("sci-ai", INPUTS["sci-ai"]).as_json()["fields"]
    assert set(fields) == {"consumer_total", "consumer_sci", "provider_total", "provider_sci"}
    assert {fields["consumer_total"]["value"], fields["provider_total"]["value"]} == {6500, 200_000}


def test_a_note_says_that_small_data_centres_need_not_report() -> None:
    small = {"name": "x", "year": 2025, "E_DC": 1200, "E_IT": 1000, "W_IN": 0, "P_DIT": 400}
    assert "500 kW" in fill_form("eu-2024-1364", small).as_text("en")
    assert "Below 500 kW" not in fill_form("eu-2024-1364", INPUTS["eu-2024-1364"]).as_text("en")


def test_spdx_is_read_by_the_projects_own_bindings() -> None:
    stages = {**INPUTS["spdx"], "finetuning": {**ENERGY, "value": 110}, "inference": {**ENERGY, "value": 120}}
    text = json.dumps(fill_form("spdx", stages).as_json())
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)  # checks classes, properties and cardinality
    package = next(objects.foreach_type(spdx.ai_AIPackage))
    consumption = package.ai_energyConsumption
    assert float(consumption.ai_trainingEnergyConsumption[0].ai_energyQuantity) == 131_000
    assert float(consumption.ai_finetuningEnergyConsumption[0].ai_energyQuantity) == 110_000
    assert float(consumption.ai_inferenceEnergyConsumption[0].ai_energyQuantity) == 120_000
    unit = consumption.ai_trainingEnergyConsumption[0].ai_energyUnit
    assert unit == spdx.ai_EnergyUnitType.kilowattHour
    assert "Server" in package.comment
    document = next(objects.foreach_type(spdx.SpdxDocument))
    assert [element.name for element in document.rootElement] == ["OLMo 2 7B"]


def drawn(language: str = "en", **fields: Any) -> ElementTree.Element:
    return ElementTree.fromstring(label_svg.draw_label(label.parse_input({**INPUTS["label"], **fields}), language))


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", list(GradingRule))
def test_the_label_states_grade_class_rule_and_date(language: str, rule: GradingRule) -> None:
    root = drawn(language, rule=str(rule))
    texts = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    for part in ("Chat 70B", "2026-11-23", "Wh/1000 token", CLASS["name"], "4 × H100"):
        assert part in texts
    stated = words_of_forms.form_text("label", rule).to(language)
    assert stated.replace(" ", "") in texts.replace(" ", "")
    description = root.findtext(f"{SVG}desc") or ""
    assert "Chat 70B" in description
    assert stated in description
    assert root.get("role") == "img"
    assert root.get("lang") == language
    assert root.findtext(f"{SVG}title")
    ids = (root.get("aria-labelledby") or "").split()
    assert ids == [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")]  # type: ignore[union-attr]


def test_the_label_has_no_external_reference() -> None:
    svg = label_svg.draw_label(label.parse_input(INPUTS["label"]), "en")
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in svg
    assert "<image" not in svg
    assert "style=" not in svg, "a page under default-src 'self' would drop it"


def test_a_hostile_model_name_stays_text() -> None:
    root = drawn(model="<script>alert(1)</script> & Co")
    assert not list(root.iter(f"{SVG}script"))


def test_texts_stay_inside_the_label() -> None:
    root = drawn(model="A-very-long-model-name-without-any-space-" * 3, hardware="NVIDIA " * 30)
    width = float((root.get("viewBox") or "").split()[2])
    for text in root.iter(f"{SVG}text"):
        if text.get("text-anchor") == "start":
            end = float(text.get("x") or 0) + label_svg._width(text.text or "") * float(text.get("font-size") or 0)
            assert end <= width


def test_the_ink_has_enough_contrast() -> None:
    def luminance(colour: str) -> float:
        parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for fill_, ink in label_svg.COLOURS.values():
        dark, light = sorted((luminance(fill_), luminance(ink)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_the_picture_is_a_png_of_the_stated_size() -> None:
    svg = label_svg.draw_label(label.parse_input(INPUTS["label"]), "en")
    picture = label_svg.render_label_png(svg, scale=2)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20]) == pytest.approx(2 * 105 / 25.4 * 96, abs=3)  # 105 mm at 96 px an inch, twice


def test_bold_letters_are_heavier_in_the_picture() -> None:
    svg = label_svg.draw_label(label.parse_input(INPUTS["label"]), "en")

    def count_dark(text: str) -> int:
        image = Image.open(io.BytesIO(label_svg.render_label_png(text, scale=2))).convert("L")
        return sum(image.histogram()[:96])

    assert count_dark(svg) > 1.02 * count_dark(svg.replace(' font-weight="700"', ""))


def test_korean_is_drawn_with_the_bundled_font() -> None:
    svg = label_svg.draw_label(label.parse_input(INPUTS["label"]), "ko")
    syllable = next(character for character in svg if "가" <= character <= "힣")
    other = "빛" if syllable != "빛" else "가"
    assert label_svg.render_label_png(svg) != label_svg.render_label_png(
        svg.replace(syllable, other)
    )  # empty boxes all look the same


energies = st.floats(1e-6, 1e6)


@given(st.lists(energies, min_size=8, max_size=40, unique=True), st.sampled_from(GradingRule), st.data())
def test_laws_of_grades(values: list[float], rule: GradingRule, data: st.DataObject) -> None:
    own = data.draw(st.sampled_from(values))
    others = {f"m{n}": value for n, value in enumerate(values) if value != own}
    estimate = Estimate.of(own, "Wh/request", kind=Kind.MEASURED, boundary=Boundary.CHIP, method="meter")
    found = RatedModel("own", "2026-11-23", "class", Boundary.CHIP, estimate, others, rule)
    assert list(found.bounds) == sorted(found.bounds)
    assert found.bounds[-1] == max(values)
    ranked = [found.grade_of(value) for value in sorted(values)]
    assert ranked == sorted(ranked), "less energy got a worse grade"
    assert ranked[0] == "A"
    assert ranked[-1] == rule.grades[-1]
    scaled = {name: value * 7 for name, value in others.items()}
    again = Estimate.of(own * 7, "Wh/request", kind=Kind.MEASURED, boundary=Boundary.CHIP, method="meter")
    if rule in (GradingRule.QUINTILE, GradingRule.SEPTILE):  # an equal-width bound may round to the other side
        assert RatedModel("own", "2026-11-23", "class", Boundary.CHIP, again, scaled, rule).grade == found.grade
