"""A real Chromium that visits the pages of this process as somebody who signed in; pages are judged by axe and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browsed import browsed

PHONE = {"width": 360, "height": 800}
# Numbers the controls that the Tab key must reach, in the order of the page: all that are visible, of radio buttons one.
# From then on the page stays as it is: the page of a job replaces its progress every two seconds, and numbers would be lost.
_NUMBER_CONTROLS = """() => {
  document.body.addEventListener("htmx:beforeSwap", event => event.preventDefault());
  const radios = new Set(), found = [];
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
    if (one.disabled || one.tabIndex < 0 || one.type === "hidden" || !one.checkVisibility({visibilityProperty: true})) continue;
    if (one.type === "radio") {
      const group = [...document.getElementsByName(one.name)].filter(other => other.form === one.form);
      if (one !== (group.find(other => other.checked) ?? group[0])) continue;
    }
    one.dataset.tab = found.length;
    found.push(one.outerHTML.slice(0, 120));
  }
  return found;
}"""
# The number of the focused control (-1: the page itself, -2: a region that scrolls), and whether one sees that it is focused:
# it has an outline, or is a date, whose parts show it themselves.
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return [-1, true];
  const style = getComputedStyle(one);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const seen = one.type === "date" || (one.matches(":focus-visible") && outlined);
  return [one.dataset.tab === undefined ? -2 : Number(one.dataset.tab), seen];
}"""


class SignedInBrowser:
    """A browser, and the address of the pages that it visits."""

    def __init__(self, browser: Any, address: str) -> None:
        self._browser, self._address = browser, address

    def open(self, session: str, path: str, **options: Any) -> tuple[Any, int]:
        """Opens a page in a browser of its own, in the session with this id. Returns the page and the status."""
        page = self._new_context(session, **options).new_page()
        answer = page.goto(f"{self._address}{path}")
        return page, answer.status

    def _new_context(self, session: str, **options: Any) -> Any:
        context = self._browser.new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": session, "url": self._address}])
        return context

    def check(self, session: str, paths: Iterable[str]) -> None:
        """Opens each page on a phone, in turn in the three languages, light and dark.

        Nothing is serious by axe, nothing wider than the phone, and every control reached by the Tab key. BONGSU_PICTURES
        names a folder for pictures of them.
        """
        from axe_playwright_python.sync_playwright import Axe

        context = self._new_context(session, viewport=PHONE)  # one, which keeps scripts and styles of the pages before
        for number, path in enumerate(paths):
            address = f"/{('en', 'ko', 'fr')[number % 3]}/{path}"
            page = context.new_page()
            page.emulate_media(color_scheme="dark" if number % 2 else "light")
            status = page.goto(f"{self._address}{address}").status
            assert status == 200, path
            if pictures := os.environ.get("BONGSU_PICTURES"):
                page.screenshot(path=Path(pictures) / f"{path.strip('/').replace('/', '-')}.png", full_page=True)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, path
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")], path
            walk_by_keyboard(page, path)
            page.close()
        context.close()


def walk_by_keyboard(page: Any, path: str) -> None:
    """Presses Tab through a page: each control is reached once, in the order of the page, and one sees which is focused."""
    controls = page.evaluate(_NUMBER_CONTROLS)
    page.evaluate("() => { document.activeElement?.blur(); getSelection()?.removeAllRanges(); }")
    reached: list[int] = []
    for _ in range(len(controls) * 2 + 40):  # fields of a date have several stops
        page.keyboard.press("Tab")
        number, seen = page.evaluate(_FOCUSED)
        if number == -1:
            break
        assert seen, (path, number, controls[number] if number >= 0 else "")
        if number >= 0 and reached[-1:] != [number]:
            reached.append(number)
    else:
        raise AssertionError(f"{path}: the Tab key does not leave the page: {controls[reached[-1]]}")
    missed = [controls[number] for number in sorted(set(range(len(controls))) - set(reached))]
    assert not missed, (path, missed)
    assert reached == sorted(reached), (path, [controls[number] for number in reached])


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignedInBrowser]:
    """Serves the pages of this process, and visits them."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        yield SignedInBrowser(browser, address)
        browser.close()
