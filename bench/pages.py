"""Benchmarks every page of a starter node over HTTP, served as in production: wall-clock milliseconds, against an empty page.

The ratio compares a page with /health, which does no work, to show the cost of the page itself.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bongsu.publish.bulk_files import list_bulk_files
from bongsu.store.building.builds import build_releases
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import installed_programmes
from tests.publish.test_pages import pages
from tests.web.served import served


def main() -> None:
    """Prints the median and the 95th percentile, first round (cold) and later ones, and the ratio."""
    with tempfile.TemporaryDirectory() as place:
        node = Node.create(Path(place) / "node", name="Bench", agency="BENCH")
        for programme in installed_programmes():
            for source in programme.sources:
                node.snapshots.take(source)
            list(build_releases(node, programme))
        for release in node.releases.all():  # as `bongsu build` does
            list_bulk_files(node, release)
        paths = [f"/{language}/{page}" for language in ("en", "ko", "fr") for page in pages(node)]
        with served(node.root) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            empty = statistics.median(_fetch_seconds(connection, "/health") for _ in range(200))
            print(f"{len(paths)} pages; an empty answer takes {empty:.1f} ms")
            for name, rounds in (("cold", 1), ("warm", 3)):
                times = sorted(_fetch_seconds(connection, path) for _ in range(rounds) for path in paths)
                middle, high = statistics.median(times), times[int(0.95 * len(times))]
                print(f"{name}: median {middle:.1f} ms, p95 {high:.1f} ms (bar 50 ms); ratio {middle / empty:.1f}")


def _fetch_seconds(connection: http.client.HTTPConnection, path: str) -> float:
    started = time.perf_counter()
    connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    connection.getresponse().read()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
