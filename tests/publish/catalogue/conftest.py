"""A client on a copy of the starter node, whose releases a test may withdraw; and the node behind real HTTP."""

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
    """A test client, and the node that it sees."""

    client: Client
    node: Node

    def get(self, path: str, accept: str = "", status: int = 200) -> bytes:
        """The body of an answer, whose status must be as told."""
        response = self.client.get(path, headers={"accept": accept} if accept else {})
        assert response.status_code == status, (path, response.status_code)
        return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def site(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """On a node of its own."""
    node = Node(node_folder)
    _patched(node, monkeypatch)
    return Site(Client(), node)


@pytest.fixture(scope="session")
def shelf(starter: Path) -> Iterator[Site]:
    """On the starter node, for tests that only read."""
    node = Node(starter)
    with pytest.MonkeyPatch.context() as patch:
        _patched(node, patch)
        yield Site(Client(), node)


@pytest.fixture
def served(node_folder: Path) -> Iterator[str]:
    """The address of the node, served by granian as in production."""
    with served_at(node_folder) as here:
        yield f"http://127.0.0.1:{here.port}/"
