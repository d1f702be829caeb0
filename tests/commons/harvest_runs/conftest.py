"""The cast of tests/people, a node whose records this process has, and a portal on loopback."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bongsu.commons.harvest_runs.sources import add_source
from bongsu.commons.models import HarvestRun, HarvestSource
from bongsu.store.node import Node
from tests.people.conftest import COMMAND, operator, person, site, visitor
from tests.web.signed_in_browser import chromium

__all__ = ["chromium", "operator", "person", "site", "visitor"]
PATH = "/api/3/action/package_search"


@pytest.fixture
def node(site: None, settings: Any) -> Node:
    """The site's node, which is empty."""
    from bongsu.web import middleware

    node = middleware.open_node()
    settings.BONGSU_NODE = node.root
    return node


class Portal:
    """A CKAN portal with one page, which is harvested as the source “portal”."""

    def __init__(self, node: Node, served: Any) -> None:
        self.node, self.served = node, served
        self.source: HarvestSource = add_source(COMMAND, "portal", f"{served.address}{PATH}", allow_private=True)

    def serve(self, *ids: str | None, count: int | None = None, title: str = "Data") -> None:
        """Serves packages with these ids; one without an id, or whose id begins with “!”, is broken."""
        rows = [
            {"id": id_, "name": id_, "title": f"{title} {id_}"} if id_ and id_[0] != "!" else {"id": id_ or ""}
            for id_ in ids
        ]
        result = {"count": len(rows) if count is None else count, "results": rows}
        self.served.answers[PATH] = (200, {}, json.dumps({"success": True, "result": result}).encode())
        end = {"success": True, "result": {**result, "results": []}}
        self.served.answers[f"{PATH}?start={len(rows)}&rows=100"] = (200, {}, json.dumps(end).encode())

    def harvest(self, **options: Any) -> HarvestRun:
        from bongsu.commons.harvest_runs.running import run_harvest

        run = run_harvest(self.node, COMMAND, "portal", fetcher=self.served.fetcher(), **options)
        run.refresh_from_db()
        return run


@pytest.fixture
def portal(node: Node, served: Any) -> Portal:
    return Portal(node, served)
