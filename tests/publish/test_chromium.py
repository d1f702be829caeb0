"""The pages in a real browser: they draw their charts, ask nobody else for anything, and log no error."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def address(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from django.core.wsgi import get_wsgi_application

    from bongsu.store.node import Node
    from bongsu.web import middleware

    node = Node(node_folder)
    for place in ("bongsu.web.middleware.opened", "bongsu.web.context.opened", "bongsu.web.views.opened"):
        monkeypatch.setattr(place, lambda: node)
    assert middleware.opened() is node
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_pages_in_a_real_browser(address: str) -> None:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop of its own in this thread
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 390, "height": 844})
        elsewhere: list[str] = []
        complaints: list[str] = []
        page.on(
            "request",
            lambda request: elsewhere.append(request.url) if not request.url.startswith((address, "data:")) else None,
        )
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        for path in ("/en/", "/ko/flows/DATACENTRE_ELECTRICITY/", "/fr/releases/GRID_INTENSITY/1/"):
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            broken = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
            assert broken == []
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{path} is wider than a phone"
        assert elsewhere == []
        assert complaints == []
        page.goto(address + "/en/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        browser.close()
