"""A client of the starter node, and its address for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from bongsu.store.node import Node
from tests.web.browsed import browsed


@pytest.fixture
def client(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the starter node, which it only reads."""
    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


@pytest.fixture
def address(client: Client) -> Iterator[str]:
    """Where the node answers a browser, static files included."""
    with browsed() as found:
        yield found
