"""A client of a copy of the starter node, whose releases a test may withdraw; and the node served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import Client

from bongsu.store.node import Node
from tests.web.served import served as served_at


def _patched(node: Node, patch: pytest.MonkeyPatch) -> None:
    for module in ("middleware", "context", "views"):
        patch.setattr(f"bongsu.web.{module}.open_node", lambda: node)


class Site(NamedTuple):
    """A test client and its node."""

    client: Client
    node: Node

    def get(self, path: str, accept: str = "", status: int = 200) -> bytes:
        """Returns the body of a response, which must have this status."""
        response = self.client.get(path, headers={"accept": accept} if accept else {})
        assert response.status_code == status, (path, response.status_code)
        return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def site(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A client of a node of its own."""
    node = Node(node_folder)
    _patched(node, monkeypatch)
    return Site(Client(), node)


@pytest.fixture(scope="session")
def starter_site(starter: Path) -> Iterator[Site]:
    """A client of the starter node, for tests that only read."""
    node = Node(starter)
    with pytest.MonkeyPatch.context() as patch:
        _patched(node, patch)
        yield Site(Client(), node)


@pytest.fixture
def served(node_folder: Path) -> Iterator[str]:
    """The address of the node, served by granian as in production."""
    with served_at(node_folder) as here:
        yield f"http://127.0.0.1:{here.port}/"
