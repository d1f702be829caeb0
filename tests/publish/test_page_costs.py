"""The number of queries and the size of every page in every language, compressed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bongsu.publish.bulk_files import list_bulk_files
from bongsu.store.node import Node
from bongsu.store.query_engine import Engine
from tests.counting import count_calls
from tests.publish.test_pages import pages

FIRST_PAGE = 150_000  # bytes compressed, charts left out
STATIC = Path(__file__).parents[2] / "bongsu/web"


@pytest.fixture
def site(starter: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Node]:
    """(client, node): the starter node, only read."""
    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client(headers={"accept-encoding": "gzip"}), node


class Queries:
    """Counts the queries that reach the query engine, and lists the selections of releases among them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.selections: list[tuple[str, str]] = []
        cursor, select = Engine.cursor, Engine.select

        def count_cursor(engine: Engine) -> Any:
            self.asked += 1
            return cursor(engine)

        def list_selection(engine: Engine, name: str, *rest: Any) -> Any:
            self.selections.append((name, repr(rest[-1])))
            return select(engine, name, *rest)

        monkeypatch.setattr(Engine, "cursor", count_cursor)
        monkeypatch.setattr(Engine, "select", list_selection)

    def clear(self) -> None:
        self.asked = 0
        self.selections.clear()


def test_a_page_reads_nothing_twice(site: tuple[Client, Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """A page runs at most 16 queries the first time (the home page) and at most one after; bench/pages.py measures times."""
    client, node = site
    for release in node.releases.all():  # as `bongsu build` does
        list_bulk_files(node, release)
    client.get("/en/")  # what a worker loads before its first request
    queries = Queries(monkeypatch)
    for language in ("en", "ko", "fr"):
        for page in pages(node):
            queries.clear()
            assert client.get(f"/{language}/{page}").status_code == 200
            assert queries.asked <= 16, (language, page)
            assert len(queries.selections) == len(set(queries.selections)), page
    for page in pages(node):
        queries.clear()
        calls = count_calls(lambda page=page: client.get(f"/en/{page}"))  # type: ignore[misc]
        assert queries.asked <= 1, page
        assert not queries.selections, page
        assert calls < 100_000, page  # 69,000 for the page of all countries


def test_size_of_the_home_page(site: tuple[Client, Node]) -> None:
    import gzip

    client, _ = site
    answer = client.get("/ko/")
    assert answer.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(answer.content).decode()
    assets = {path.split("static/")[1] for path in re.findall(r'(?:href|src)="(/?static/[^"]+)"', html)}
    assert {Path(path).suffix for path in assets} == {".css", ".js", ".svg"}
    weights = {path: len(gzip.compress((STATIC / "static" / path).read_bytes())) for path in assets}
    assert sum(weights.values()) + len(answer.content) < 40_000 < FIRST_PAGE, weights  # Vega is loaded on request only


def test_size_limit_of_pages(site: tuple[Client, Node]) -> None:
    client, node = site
    heaviest = max((len(client.get(f"/fr/{page}").content), page) for page in pages(node))
    assert heaviest[0] < 60_000, heaviest
