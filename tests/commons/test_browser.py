"""The catalogue's pages in a real browser: nothing serious by axe, no wider than a phone, and all of it by keyboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.browsed import browsed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture
def address(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from bongsu.store.node import Node

    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    with browsed() as found:
        yield found


PAGES = (
    "/ko/commons/?q=한국어&kind=model",
    "/fr/commons/openness/",
    "/en/commons/entries/bloomz/",
    "/ko/commons/entries/gemma-2-9b/",
)


def test_pages_in_a_real_browser(address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop of its own in this thread
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for path, scheme in zip(PAGES, ("light", "dark", "dark", "light"), strict=True):
            page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, (
                path
            )
            found = Axe().run(page).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")], path
            page.close()
        page = browser.new_page(java_script_enabled=False)
        page.goto(f"{address}/en/commons/")
        page.get_by_label("Search", exact=True).fill("음성")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=*")
        assert page.get_by_role("link", name="Zeroth-Korean").count() == 1
        page.get_by_role("checkbox", name="Model").press("Space")
        page.get_by_role("button", name="Apply").press("Enter")
        page.wait_for_url("**kind=model*")
        page.get_by_role("link", name="Remove Kind: Model").press("Enter")
        page.wait_for_url(lambda url: "kind=" not in url)
        browser.close()
