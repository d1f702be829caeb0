"""How fast and how heavy the pages are: every page in every language, as sent to a browser that reads gzip."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from django.test import Client

from bongsu.publish.bulk_files import list_bulk_files
from bongsu.store.node import Node
from tests.publish.test_pages import pages

P95 = 0.050  # seconds of the server, starter node
FIRST_PAGE = 150_000  # bytes compressed, charts left out
STATIC = Path(__file__).parents[2] / "bongsu/web"


@pytest.fixture
def site(starter: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Node]:
    """(client, node): the starter node, only read."""
    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client(headers={"accept-encoding": "gzip"}), node


def test_server_time_at_the_95th_percentile(site: tuple[Client, Node]) -> None:
    """Processor time of this process, all its threads, so that other work of the machine says nothing of ours.

    Every page twice, the first of them cold; bench/pages.py takes the same over HTTP by the clock.
    """
    client, node = site
    times = []
    for release in node.releases.all():  # as `bongsu build` does
        list_bulk_files(node, release)
    client.get("/en/")  # what a worker loads before its first reader
    for _ in range(2):
        for language in ("en", "ko", "fr"):
            for page in pages(node):
                started = time.process_time()
                answer = client.get(f"/{language}/{page}")
                times.append((time.process_time() - started, f"/{language}/{page}"))
                assert answer.status_code == 200
    times.sort()
    assert times[int(0.95 * len(times))][0] < P95, times[-20:]


def test_the_first_page_is_light(site: tuple[Client, Node]) -> None:
    import gzip

    client, _ = site
    answer = client.get("/ko/")
    assert answer.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(answer.content).decode()
    assets = {path.split("static/")[1] for path in re.findall(r'(?:href|src)="(/?static/[^"]+)"', html)}
    assert {Path(path).suffix for path in assets} == {".css", ".js", ".svg"}
    weights = {path: len(gzip.compress((STATIC / "static" / path).read_bytes())) for path in assets}
    assert sum(weights.values()) + len(answer.content) < 40_000 < FIRST_PAGE, weights  # Vega comes on request alone


def test_no_page_weighs_more_than_the_first_may(site: tuple[Client, Node]) -> None:
    client, node = site
    heaviest = max((len(client.get(f"/fr/{page}").content), page) for page in pages(node))
    assert heaviest[0] < 60_000, heaviest
