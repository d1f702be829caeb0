"""The pages in Chromium, served as in production: accessibility, layout, keyboard, scripts, downloads and print."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from bongsu.store.node import Node
from tests.web.served import served

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
# Each kind of page of every package.
KINDS = (
    "",
    "flows/",
    "countries/",
    "countries/KOR/",
    "methods/",
    "methods/grid-intensity/",
    "glossary/",
    "programmes/energy/",
    "programmes/work/",
    "programmes/commons/",
    "flows/GRID_INTENSITY/",
    "flows/EXPOSURE_BY_COUNTRY/?all=1",
    "releases/GRID_INTENSITY/1/",
    "nowhere/",
    "energy/estimate/",
    "energy/scenario/",
    "energy/forms/",
    "commons/",
    "commons/openness/",
    "work/impact/",
)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def folder(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("chromium") / "node"
    shutil.copytree(starter, copy)
    return copy


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop of its own in this thread
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield launched
        launched.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def drawn(page: Any) -> None:
    """Waits until every picture is loaded, also those below the fold."""
    page.evaluate("document.querySelectorAll('img').forEach(image => (image.loading = 'eager'))")
    page.evaluate("Promise.allSettled([...document.images].map(image => image.decode()))")
    assert page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.currentSrc)") == []


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ko", "light"), ("fr", "light"), ("ko", "dark")])
def test_pages_are_accessible(browser: Any, address: str, language: str, scheme: str) -> None:
    """axe-core finds nothing serious on any kind of page, and every page fits the window."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    options = {
        "resultTypes": ["violations"],
        "runOnly": RULES,
        # The slowest rule, and colours are the same in every language.
        "rules": {"color-contrast": {"enabled": (language, scheme) in (("en", "light"), ("ko", "dark"))}},
    }
    found = []
    for kind in KINDS if scheme == "light" else KINDS[::3]:
        page.goto(f"{address}/{language}/{kind}")
        assert page.locator("html").get_attribute("lang") == language
        page.evaluate(AXE)
        result = page.evaluate("options => axe.run(document, options)", options)
        found += [
            (kind, violation["id"], violation["nodes"][0]["html"][:160])
            for violation in result["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
    context.close()
    assert found == []


def test_axe_finds_a_planted_error(page: Any, address: str) -> None:
    page.goto(f"{address}/en/")
    page.evaluate("document.querySelector('h1').style.color = '#dddddd'")
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document, {runOnly: ['wcag2aa']})")
    assert {violation["id"] for violation in result["violations"]} == {"color-contrast"}


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_pages_fit_a_phone_and_load_only_from_the_node(browser: Any, address: str, language: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    elsewhere: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if address not in request.url else None)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for kind in KINDS:
        page.goto(f"{address}/{language}/{kind}")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{kind} is wider than a phone"
        if kind == "flows/GRID_INTENSITY/":
            drawn(page)
            assert "size=narrow" in page.locator("figure.chart img").first.evaluate("image => image.currentSrc")
    assert [url for url in elsewhere if not url.startswith("data:")] == []
    assert [text for text in complaints if "404" not in text] == []  # one of the kinds is a page that does not exist
    context.close()


def test_pictures_have_a_dark_mode(browser: Any, address: str) -> None:
    from io import BytesIO

    from PIL import Image

    for scheme, light in (("dark", False), ("light", True)):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{address}/en/flows/GRID_INTENSITY/")
        drawn(page)
        shot = Image.open(BytesIO(page.locator("figure.chart .drawn").first.screenshot())).convert("L")
        body = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", body)[:3])) > 380) is light
        assert (median(shot.tobytes()) > 127) is light  # the median pixel is paper
        context.close()


def test_keyboard_navigation(page: Any, address: str) -> None:
    page.goto(f"{address}/en/flows/GRID_MIXES/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(() => { const e = document.activeElement; const o = getComputedStyle(e).outlineStyle;"
            " return [e.tagName, e.name || e.textContent.trim().slice(0, 40), o]; })()"
        )
        if here[0] == "BODY":
            break
        seen.append(tuple(here))
    assert all(outline not in ("none", "") for _, _, outline in seen)  # the focus is always visible
    names = [name for _, name, _ in seen]
    for wanted in ("REF_AREA", "INDICATOR", "Show", "Interactive", "SVG", "This selection: CSV", "Use this in R"):
        assert any(name.startswith(wanted) for name in names), (wanted, names)
    page.locator("input[name=REF_AREA]").first.focus()
    page.keyboard.type("France")
    page.keyboard.press("Enter")
    page.wait_for_url("**REF_AREA=France**")
    assert page.locator("tbody tr").count() == 1
    assert "France" in page.locator(".constants").inner_text()
    page.locator("input[name=REF_AREA][value=FRA]").focus()
    page.keyboard.press("Space")
    assert not page.locator("input[name=REF_AREA][value=FRA]").is_checked()


def test_the_explorer_without_a_script(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{address}/fr/flows/DATACENTRE_ELECTRICITY/")
    page.locator("input[name=PUBLISHER][value=LBNL]").check()
    page.locator("input[name=PUBLISHER][value=IEA]").uncheck()
    page.get_by_label("Monde", exact=True).uncheck()
    page.get_by_label("États-Unis").check()
    page.get_by_role("button", name="Afficher").click()
    assert "PUBLISHER=LBNL" in page.url
    assert page.locator("figure.chart img").count() == 1
    assert page.locator("#table ~ div tbody tr").count() == 8
    assert page.get_by_role("button", name="Interactif").count() == 0  # no button without a function
    page.goto(f"{address}/fr/flows/DATACENTRE_ELECTRICITY/?all=1")
    assert "choisissez un seul code dans" in page.locator(".hint").first.inner_text()
    context.close()


def test_a_map_is_shown_by_one_click(page: Any, address: str) -> None:
    page.goto(f"{address}/ko/flows/EXPOSURE_BY_COUNTRY/?all=1")
    page.get_by_role("link", name="지도로 보기").click()
    drawn(page)
    picture = page.locator("#map ~ figure img").first
    assert "/map.ko.svg?" in picture.get_attribute("src")
    svg = page.request.get(address + picture.get_attribute("src")).text()
    assert "대한민국" in svg
    assert "South Korea" not in svg
    page.locator("#map ~ figure").get_by_role("button").click()
    live = page.locator("#map ~ figure .live svg")
    live.wait_for()
    korea = live.locator("path[aria-label*='대한민국']").first
    korea.scroll_into_view_if_needed()
    box = korea.bounding_box()
    for step in range(3):
        page.mouse.move(box["x"] + box["width"] / 2 + step - 1, box["y"] + box["height"] / 2)
    page.locator("#vg-tooltip-element.visible").wait_for()
    said = page.locator("#vg-tooltip-element").inner_text()
    assert "대한민국" in said
    assert re.search(r"값\s+[0-9.]+ %", said)


def test_interactive_charts_obey_the_content_security_policy(page: Any, address: str) -> None:
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/en/programmes/energy/")
    assert page.evaluate("typeof window.vega") == "undefined"  # nothing is loaded before it is requested
    page.get_by_role("button", name="Interactive").first.click()
    live = page.locator(".live svg").first
    live.wait_for()
    assert live.locator("path[aria-roledescription='point']").count() >= 10
    point = live.locator("path[aria-roledescription='point']").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    for step in range(3):  # move the pointer in steps
        page.mouse.move(box["x"] + box["width"] / 2 + step - 1, box["y"] + box["height"] / 2)
    page.locator("#vg-tooltip-element.visible").wait_for()
    assert "Base case" in page.locator("#vg-tooltip-element").inner_text()
    assert complaints == []


def test_downloads(page: Any, address: str, folder: Path, tmp_path: Path) -> None:
    node = Node(folder)
    page.goto(f"{address}/en/flows/GRID_MIXES/?REF_AREA=KOR&REF_AREA=FRA&INDICATOR=CO2E_INTENSITY")
    starts = {"SVG": b"<svg", "PNG": b"\x89PNG", "CSV": b"REF_AREA,", "Vega-Lite": b"{"}
    for name, start in starts.items():
        with page.expect_download() as download:
            page.locator(".take").first.get_by_role("link", name=name, exact=True).click()
        data = Path(download.value.path()).read_bytes()
        assert data.startswith(start), name
    with page.expect_download() as download:
        page.get_by_role("link", name="This selection: CSV").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 3  # a header, two countries
    # The Python snippet, run unchanged by a Python without Bongsu.
    program = tmp_path / "use.py"
    lines = page.locator("code.python").inner_text()
    program.write_text(lines + "\ndata.to_json('out.json', orient='records')\n", encoding="utf-8")
    subprocess.run([sys.executable, "-I", str(program)], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    found = {row["REF_AREA"]: row["OBS_VALUE"] for row in json.loads((tmp_path / "out.json").read_text())}
    sealed = node.observations(node.releases.current("GRID_MIXES")).to_pylist()
    wanted = {row["REF_AREA"]: row["OBS_VALUE"] for row in sealed if row["INDICATOR"] == "CO2E_INTENSITY"}
    assert found == {code: wanted[code] for code in ("KOR", "FRA")}


def test_print_shows_figures_without_buttons(page: Any, address: str) -> None:
    page.goto(f"{address}/en/flows/GRID_INTENSITY/")
    page.emulate_media(media="print")
    assert not page.locator(".choose").is_visible()
    assert not page.locator(".navigation").is_visible()
    assert page.locator("table").first.is_visible()
