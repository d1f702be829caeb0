"""The node that the pages of these tests show, and a world of nodes that talk to each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from bongsu.store.node import Node
from bongsu.web import middleware
from tests.network.world import World, make_world


@pytest.fixture
def served_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Node:
    """An empty node, which the server has open."""
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    settings.ALLOWED_HOSTS = ["testserver"]
    return node


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world without nodes. The language of the last page that was read does not stay."""
    with translation.override("en"):
        yield make_world(tmp_path, settings, monkeypatch)
