"""A client of the starter node, and its address for a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.test import Client

from bongsu.store.node import Node


@pytest.fixture
def client(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the starter node, which it only reads."""
    node = Node(starter)
    for place in ("bongsu.web.middleware.opened", "bongsu.web.context.opened", "bongsu.web.views.opened"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def address(client: Client) -> Iterator[str]:
    """Where the node answers a browser, static files included."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
