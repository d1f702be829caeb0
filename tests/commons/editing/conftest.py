"""The cast of tests/people, and a node whose records this process has."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.commons.editing.edits_snapshot import write_edits
from bongsu.commons.sources import STARTER_ENTRIES
from bongsu.store.building import builds as building
from bongsu.store.node import Node
from tests.people.conftest import operator, person, site, visitor

__all__ = ["operator", "person", "site", "visitor"]


@pytest.fixture
def node(site: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Node:
    """The site's node with the entries that ship with Bongsu."""
    from bongsu.web import middleware

    node = middleware.open_node()
    settings.BONGSU_NODE = node.root
    monkeypatch.setattr(building, "_record_writers", [write_edits])
    node.snapshots.take(STARTER_ENTRIES)
    return node
