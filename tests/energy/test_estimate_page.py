"""The estimate's pages and its HTTP interface: one question, one answer, in three languages, with a script or not."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.cli import main
from bongsu.core.errors import BongsuError
from bongsu.core.units import Quantity
from bongsu.energy.estimate.output import options
from bongsu.energy.estimate.output.form_fields import FORM_EXAMPLES, build_form_fields, fill_example
from bongsu.energy.estimate.tables.computing_places import PlaceOptions
from bongsu.energy.estimate.values.value_text import format_significant, format_value

PAGE = "/en/energy/estimate/"
API = "/energy/estimate/inference.json"


@pytest.mark.parametrize("kind", options.WORK_KINDS)
def test_the_table_of_options_matches_the_functions(kind: str) -> None:
    names = {options._ARGUMENT_NAMES.get(option.name, option.name) for option in options.kind_options(kind)}
    own = {*inspect.signature(options.ESTIMATE_FUNCTIONS[kind]).parameters, *PlaceOptions.__annotations__} - {"where"}
    assert names == own


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
@pytest.mark.parametrize("kind", options.WORK_KINDS)
def test_every_page_answers_its_example_in_every_language(client: Client, kind: str, language: str) -> None:
    text = client.get(f"/{language}/energy/estimate/{kind}/").content.decode()
    result = options.run_estimate(kind, options.parse_options(kind, FORM_EXAMPLES[kind]))
    assert format_value(result.energy, language) in text
    for option in options.kind_options(kind):
        assert f">{option.label.to(language)}</label>" in text
        assert f'name="{option.name}"' in text
    for step in (result.explanation, *result.explanation.inputs):
        assert format_value(step.value, language) in text


def test_the_page_answers_the_chosen_options(client: Client) -> None:
    asked = {"model": "mistral-large-latest", "output_tokens": "400", "country": "FRA"}
    text = client.get(PAGE, asked).content.decode()
    result = options.run_estimate("inference", options.parse_options("inference", asked))
    assert f"<strong>{format_value(result.energy)}</strong>" in text
    assert "boundary: Facility; France" in text
    assert '<option value="FRA" selected>France</option>' in text
    assert "modelled" not in text or "Estimated by a model, not measured." in text
    assert "IT energy × PUE" in text


def test_the_page_shows_the_equivalent_command(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {
        "model": "black-forest-labs/FLUX.1-dev",
        "images": "3",
        "batch_size": "2",
        "country": "KOR",
        "chip": "H100",
    }
    text = client.get(f"{PAGE}image/", asked).content.decode()
    command = re.search(r"<code>(bongsu estimate [^<]*)</code>", text)
    assert command
    assert main([*shlex.split(command[1])[1:], "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert client.get("/energy/estimate/image.json", asked).json() == printed


def test_an_htmx_request_gets_only_the_result(client: Client) -> None:
    part = client.get(PAGE + "?model=gpt-4o", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "<form" not in part
    assert "How this number is calculated" in part


@pytest.mark.parametrize(("form", "first"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{")])
def test_the_chart_is_drawn_in_every_format(client: Client, form: str, first: bytes) -> None:
    answer = client.get(f"{PAGE}video/boundaries.{form}?model=HunyuanVideo")
    assert answer.status_code == 200
    assert answer.content.startswith(first)
    if form == "json":
        rows = json.loads(answer.content)["data"]["values"]
        assert [row["boundary"] for row in rows] == ["Chip", "Server", "IT equipment", "Facility"]
        assert all(row["low"] < row["value"] < row["high"] for row in rows)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("model=gpt-44o", 404, "gpt-4o"),
        ("model=gpt-4o&output_tokens=many", 400, "output_tokens"),
        ("model=gpt-4o&output_tokens=-5", 400, "output_tokens"),
        ("model=gpt-4o&output_tokens=nan", 400, "output_tokens"),
        ("model=gpt-4o&requests=1e999", 400, "requests"),
        ("model=gpt-4o&chip=H1000", 404, "H100"),
        ("model=gpt-4o&country=LIE", 404, "LIE"),
        ("model=gpt-4o&flop=1", 404, "flop"),
        ("model=gpt-4o&pue=0.3", 400, "pue"),
        ("country=KOR", 400, "model"),
    ],
)
def test_an_error_is_shown_on_the_form(client: Client, query: str, status: int, says: str) -> None:
    machine = client.get(f"{API}?{query}")
    assert machine.status_code == status
    error = machine.json()["error"]
    assert says in error["message"] + error["fix"]
    page = client.get(f"{PAGE}?{query}", headers={"accept": "text/html"})
    assert page.status_code == status
    assert 'role="alert"' in page.content.decode()
    assert '<form method="get"' in page.content.decode()  # what was typed is not lost


def test_an_error_below_is_translated(client: Client) -> None:
    text = client.get("/ko/energy/estimate/?model=gpt-44o").content.decode()
    assert "There is no" not in text


def test_a_kind_that_does_not_exist(client: Client) -> None:
    assert client.get(f"{PAGE}poetry/").status_code == 404
    assert client.get("/energy/estimate/poetry.json").status_code == 404


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(options.WORK_KINDS),
    st.dictionaries(
        st.sampled_from(sorted(options.options())), st.text(max_size=12) | st.floats().map(str), max_size=5
    ),
)
def test_no_query_causes_an_unexpected_error(kind: str, query: dict[str, str]) -> None:
    """Whatever is asked is answered or refused in the house's own words; no other exception escapes."""
    query = FORM_EXAMPLES[kind] | query if len(query) % 2 else query
    words = [name for name, option in options.options().items() if option.type == "choice" and name in query]
    for name in words:  # half of the choices are ones that exist
        found = {
            field.option.name: [code for code, _ in field.choices] for field in build_form_fields(kind, {}, "en")
        }.get(name)
        query = query | ({name: found[len(query[name]) % len(found)]} if found and len(query[name]) % 2 else {})
    try:
        result = options.run_estimate(kind, options.parse_options(kind, query))
    except BongsuError:
        return
    assert result.as_dict()["energy"]


def test_figures_are_formatted_for_readers() -> None:
    assert (
        format_significant(13944.2),
        format_significant(0.00012345),
        format_significant(1.774e23),
        format_significant(0.0),
    ) == (
        "13,900",
        "0.000123",
        "1.77 × 10^23",
        "0",
    )
    assert format_significant(1234.5, "fr").replace("\u202f", " ") == "1 230"
    assert format_value(Quantity.of(0.3008, "Wh")) == "0.301 Wh"
    assert format_value(Quantity.of(21588, "MWh")) == "21.6 GWh"
    assert format_value(Quantity.of(0.00243, "L")) == "2.43 mL"


def test_the_form_offers_only_valid_choices() -> None:
    for kind in options.WORK_KINDS:
        for field in build_form_fields(kind, {}, "en"):
            for code, _ in field.choices:
                if field.option.name in ("chip", "provider", "boundary") or (field.option.name, kind) == (
                    "country",
                    "image",
                ):
                    given_ = options.parse_options(kind, FORM_EXAMPLES[kind] | {field.option.name: code})
                    options.run_estimate(kind, given_)


@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_asking_in_a_real_browser(address: str, script: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(java_script_enabled=script, viewport={"width": 390, "height": 800}).new_page()
        complaints: list[Any] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}{PAGE}")
        before = page.locator("#answer .lead strong").inner_text()
        page.get_by_label("Model").fill("meta-llama/Llama-3.1-8B-Instruct")
        page.get_by_label("Country").select_option("FRA")
        if not script:
            page.get_by_role("button", name="Estimate").click()
        page.wait_for_url("**country=FRA**")
        page.locator("#answer", has_text="Facility; France").wait_for()
        assert page.locator("#answer .lead strong").inner_text() != before
        if script:
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            drawn = page.locator("#answer figure img").first
            assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert complaints == []
        if script:  # a wrong name is answered beside the form, which keeps what was typed
            page.get_by_label("Model").fill("gpt-44o")
            page.get_by_label("Model").press("Tab")
            page.get_by_role("alert").wait_for()
            assert "gpt-4o" in page.get_by_role("alert").inner_text()
        browser.close()


def test_the_example_is_about_the_institutions_country() -> None:
    assert fill_example("inference", "KEN")["country"] == "KEN"
    assert fill_example("inference", "")["country"] == "WOR"
    assert fill_example("inference", "APAC_X_CHN")["country"] == "WOR"  # a region whose grid is not known
    assert fill_example("training", "KEN")["country"] == "USA"  # a known training run
