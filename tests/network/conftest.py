"""The node that the pages of these tests show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bongsu.store.node import Node
from bongsu.web import middleware


@pytest.fixture
def served_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Node:
    """An empty node, which the server has open."""
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    settings.ALLOWED_HOSTS = ["testserver"]
    return node
