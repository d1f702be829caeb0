"""The scenario page: sliders that mean what they say, an answer by plain GET, and a script that swaps the same answer in."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, UnknownName
from bongsu.energy.scenario import sliders
from bongsu.energy.scenario.levers import areas, levers
from bongsu.energy.scenario.projection import Scenario, project_scenario
from bongsu.store.node import Node

PAGE = "/en/energy/scenario/"


def test_a_slider_sets_the_last_years_value() -> None:
    years = project_scenario(sliders.parse_scenario({"pue": "1.19"}))
    assert years[0].pue == pytest.approx(1.41)  # today's, as it was
    assert years[-1].pue == pytest.approx(1.19)
    assert years[5].pue == pytest.approx(1.41 - 0.22 * 5 / 11)  # a straight line: 2029 is 5 of 11 years on
    years = project_scenario(sliders.parse_scenario({"capacity_factor": "0.59"}))
    assert years[0].capacity_factor == pytest.approx(0.48)
    assert years[5].capacity_factor == pytest.approx(0.48 + 0.11 * 5 / 11)
    # a rate per year holds throughout: 221 GW x 0.98^11
    years = project_scenario(sliders.parse_scenario({"efficiency_gain": "0.02"}))
    assert years[-1].capacity_gw == pytest.approx(221 * 0.98**11)


def test_untouched_sliders_are_the_default_scenario() -> None:
    for area in areas():
        shown = {slider.lever.id: slider.text for slider in sliders.scenario_sliders(Scenario(area=area))}
        assert sliders.parse_scenario({**shown, "area": area}) == Scenario(area=area)


@pytest.mark.parametrize("area", areas())
@pytest.mark.parametrize("growth", ["path", "shipments"])
def test_every_default_is_a_whole_number_of_slider_steps(area: str, growth: str) -> None:
    for slider in sliders.scenario_sliders(sliders.parse_scenario({"area": area, "growth": growth})):
        steps = (slider.value - slider.minimum) / slider.lever.step
        assert steps == pytest.approx(round(steps), abs=1e-6), slider.lever.id
        assert slider.lever.minimum <= slider.minimum < slider.value or slider.lever.id == "efficiency_gain"
        assert slider.value < slider.maximum <= slider.lever.maximum


@given(st.sampled_from(areas()), st.booleans(), st.data())
def test_a_scenario_survives_a_round_trip_through_its_query(area: str, ships: bool, data: st.DataObject) -> None:
    chosen: dict[str, str] = {"area": area, "growth": "shipments" if ships else "path"}
    for lever in levers(area).values():
        if data.draw(st.booleans()):
            chosen[lever.id] = f"{data.draw(st.floats(lever.minimum, lever.maximum)):g}"
    try:
        found = sliders.parse_scenario(chosen)
    except BadInput:  # rounding to six figures may step over a limit
        return
    assert sliders.parse_scenario(sliders.scenario_query(found)) == found


def test_bad_queries_name_their_field() -> None:
    for query, where in (({"pue": "low"}, "pue"), ({"pue": "0.2"}, "--pue"), ({"growth": "x"}, "growth")):
        with pytest.raises(BadInput) as refused:
            sliders.parse_scenario(query)
        assert refused.value.where == where
    with pytest.raises(UnknownName):
        sliders.parse_scenario({"area": "Mars"})


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_the_page_in_every_language(client: Client, language: str) -> None:
    text = client.get(f"/{language}/energy/scenario/?area=USA").content.decode()
    for lever in levers("USA").values():
        assert (lever.name.to(language).replace("’", "’") in text) is not lever.optional
    for expected in ("325–580", "LBNL" if language == "en" else "2025", "bongsu scenario --area USA", "TWh"):
        assert expected in text
    assert text.count('type="range"') == 8


def test_the_page_works_without_a_script(client: Client) -> None:
    text = client.get(PAGE + "?capacity_gw=2024=175,2035=175&pue=2024=1.29,2035=1.29").content.decode()
    assert "In 2035: 949 TWh" in text
    assert "--pue 2024=1.29,2035=1.29" in text


def test_an_htmx_request_gets_only_the_result(client: Client) -> None:
    whole = client.get(PAGE + "?pue=1.1").content.decode()
    part = client.get(PAGE + "?pue=1.1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "<form" not in part
    assert re.search(r'id="value-pue" hx-swap-oob="true">1.1<', part)
    sentence = re.search(r"In 2035: [\d,]+ TWh", whole)
    assert sentence
    assert sentence[0] in part


def test_by_shipments(client: Client) -> None:
    text = client.get(PAGE + "?growth=shipments&shipments_million=12").content.decode()
    assert 'name="growth" value="shipments"' in text
    assert 'name="capacity_gw"' not in text
    assert "--shipments 12" in text


@pytest.mark.parametrize(("form", "first"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{")])
@pytest.mark.parametrize("kind", ["lines", "tornado"])
def test_charts(client: Client, kind: str, form: str, first: bytes) -> None:
    answer = client.get(f"{PAGE}{kind}.{form}?pue=1.1&outcome=co2e&year=2030")
    assert answer.status_code == 200
    assert answer.content.startswith(first)


def test_the_chart_distinguishes_vintages(client: Client) -> None:
    drawn = json.loads(client.get(f"{PAGE}lines.json").content)
    layer = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "point")
    assert layer["encoding"]["color"]["scale"]["domain"] == ["IEA 2025", "IEA 2026"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("?pue=0.5", 400), ("?pue=x", 400), ("?area=Mars", 404), ("?outcome=heat", 404), ("?year=1999", 404)],
)
def test_bad_queries_show_the_reason(client: Client, query: str, status: int) -> None:
    for address in (PAGE, f"{PAGE}lines.svg", f"{PAGE}tornado.svg"):
        assert client.get(address + query).status_code == status


def test_a_query_cannot_put_markup_into_the_page(client: Client) -> None:
    html = {"accept": "text/html"}
    for name in ("pue", "area", "growth", "outcome", "year"):
        assert b"<script>alert" not in client.get(PAGE, {name: "<script>alert(1)</script>"}, headers=html).content


def test_an_empty_node_still_answers(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: empty)
    answer = Client().get(PAGE)
    assert answer.status_code == 200
    assert b"no published figures" in answer.content
    assert Client().get(f"{PAGE}lines.png").content.startswith(b"\x89PNG")  # the scenario alone is drawn


@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_moving_a_slider_in_a_real_browser(address: str, script: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(java_script_enabled=script).new_page()
        complaints: list[Any] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}{PAGE}")
        before = page.locator("#answer .lead").inner_text()
        page.locator("#capacity_gw").focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        if not script:
            page.get_by_role("button", name="Show the answer").click()
        page.wait_for_url("**capacity_gw=241**")
        page.locator("#value-capacity_gw", has_text="241").wait_for()
        assert page.locator("#answer .lead").inner_text() != before
        assert page.locator("#capacity_gw").input_value() == "241"
        assert complaints == []
        browser.close()
