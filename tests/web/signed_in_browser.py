"""A real Chromium that visits the pages of this process as somebody who signed in; pages are judged by axe and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browsed import browsed

PHONE = {"width": 360, "height": 800}


class SignedInBrowser:
    """A browser, and the address of the pages that it visits."""

    def __init__(self, browser: Any, address: str) -> None:
        self._browser, self._address = browser, address

    def open(self, session: str, path: str, **options: Any) -> tuple[Any, int]:
        """Opens a page in a browser of its own, in the session with this id. Returns the page and the status."""
        context = self._browser.new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": session, "url": self._address}])
        page = context.new_page()
        answer = page.goto(f"{self._address}{path}")
        return page, answer.status

    def check(self, session: str, paths: Iterable[str]) -> None:
        """Opens each page on a phone, in turn in the three languages, light and dark.

        Nothing is serious by axe, and nothing wider than the phone. BONGSU_PICTURES names a folder for pictures of them.
        """
        from axe_playwright_python.sync_playwright import Axe

        for number, path in enumerate(paths):
            scheme = "dark" if number % 2 else "light"
            page, status = self.open(
                session, f"/{('en', 'ko', 'fr')[number % 3]}/{path}", viewport=PHONE, color_scheme=scheme
            )
            assert status == 200, path
            if pictures := os.environ.get("BONGSU_PICTURES"):
                page.screenshot(path=Path(pictures) / f"{path.strip('/').replace('/', '-')}.png", full_page=True)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, path
            found = Axe().run(page).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")], path
            page.context.close()


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignedInBrowser]:
    """Serves the pages of this process, and visits them."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        yield SignedInBrowser(browser, address)
        browser.close()
