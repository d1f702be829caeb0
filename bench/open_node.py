"""Benchmarks a node of 1,000 releases: opening it and listing them, against reading their 1,000 manifests; and the first
reading of one country from a release, its bytes verified, against DuckDB reading the same file.

Prints one line per ratio, with medians.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from bongsu.core.selection import Selection
from bongsu.store.disk.files import dump_json
from bongsu.store.node import Node
from bongsu.store.releases.release_files import add_seal
from tests.store.drafts import draft, rows

RELEASES, TURNS = 1_000, 20


def make_node(folder: Path) -> Node:
    """Makes a node with RELEASES releases of 10,000 observations."""
    node = Node.create(folder / "node")
    first, _ = node.releases.seal(draft(rows(10_000)))
    one = node.releases.root / "TEST_FLOW" / "0001"
    manifest = node.releases.manifest(first)
    for number in range(2, RELEASES + 1):
        place = one.with_name(f"{number:04}")
        shutil.copytree(one, place)
        (place / "manifest.json").write_text(dump_json(add_seal(replace(manifest, number=number))))
    return Node(node.root)  # indexes what was copied in


def measure_ms(work: Callable[[], object]) -> float:
    """Returns the duration of `work` in milliseconds."""
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Runs both benchmarks; Bongsu and the peer run alternately."""
    with tempfile.TemporaryDirectory() as folder:
        node = make_node(Path(folder))
        manifests = sorted(node.releases.root.glob("*/*/manifest.json"))
        opened, parsed, read, direct = [], [], [], []
        for _ in range(TURNS):
            opened.append(measure_ms(lambda: Node(node.root).releases.all()))
            parsed.append(measure_ms(lambda: [json.loads(path.read_text()) for path in manifests]))
        ours, theirs = statistics.median(opened), statistics.median(parsed)
        print(f"open and list {RELEASES:,}: {ours:.1f} ms, their manifests {theirs:.1f} ms, ratio {ours / theirs:.2f}")

        selection = Selection((("REF_AREA", ("KOR",)),))
        again, connection = Node(node.root), duckdb.connect()
        again.observations(again.releases.get("TEST_FLOW", 1), selection)  # starts the engine
        for number in range(2, 2 + TURNS):
            release = again.releases.get("TEST_FLOW", number)
            read.append(measure_ms(lambda release=release: again.observations(release, selection)))  # type: ignore[misc]
            query = f"SELECT * FROM read_parquet('{again.releases.path(release)}') WHERE REF_AREA = 'KOR'"
            direct.append(measure_ms(lambda query=query: connection.execute(query).to_arrow_table()))  # type: ignore[misc]
        ours, theirs = statistics.median(read), statistics.median(direct)
        print(f"first reading of a country: {ours:.1f} ms, DuckDB directly {theirs:.1f} ms, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
