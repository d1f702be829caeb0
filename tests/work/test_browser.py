"""The work programme's pages in a browser: no serious axe violation, no wider than a phone, usable by keyboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.browsed import browsed

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
PAGES = (
    ("/en/work/exposure/?occupation=2512", "light"),
    ("/ko/work/exposure/?q=간호사", "dark"),
    ("/fr/work/impact/", "dark"),
)


@pytest.fixture
def address(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from bongsu.store.node import Node

    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    with browsed() as found:
        yield found


def test_pages_in_browser(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for path, scheme in PAGES:
            page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
            found = Axe().run(page).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")], path
            page.close()
        page = browser.new_page(java_script_enabled=False)
        page.goto(f"{address}/en/work/exposure/")
        page.get_by_label("A job title, an occupation or an ISCO-08 code").fill("software dev")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=*")
        page.get_by_role("link", name="2512 Software developers").first.press("Enter")
        page.wait_for_url("**occupation=2512")
        assert page.get_by_text("Exposed: gradient 3").count() == 1
        browser.close()
