"""Benchmarks a million observations as SDMX over loopback, against DuckDB's CSV COPY of the same rows and pysdmx's writers.

Targets: CSV at most twice the time of DuckDB's COPY, and at least 5 times faster than pysdmx's CSV writer; ML and JSON at least
5 times faster than pysdmx's ML writer (timed on a tenth of the rows, times ten); first byte under 300 ms; the server's memory
does not grow with the response. ROWS=100000 reduces the size. Prints a line per ratio (best of three) and the slowest first
byte.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from bongsu.core.provenance import Input, Method, Origin
from bongsu.core.release import Draft
from bongsu.core.structure import Structure, parse_dataflow
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists, concepts

ROWS = int(os.environ.get("ROWS", "1000000"))
NAME = {"en": "Bench", "ko": "벤치", "fr": "Banc"}
FLOW = parse_dataflow(
    "BENCH",
    {
        "version": "1.0.0",
        "dimensions": ["PUBLISHER", "VINTAGE", "REF_AREA", "SCENARIO", "TIME_PERIOD"],
        "units": ["TWh"],
        "boundary": "facility",
        "method": "bench 1",
        "name": NAME,
        "description": NAME,
    },
    concepts(),
    programme="bench",
    where="bench",
)


def make_observations(rows: int) -> pa.Table:
    """Returns observations: sources with commas, a comment with quotation marks on every tenth."""
    lists = code_lists()
    connection = duckdb.connect()
    connection.register("areas", pa.table({"area": [code.id for code in lists["CL_AREA"]][:200]}))
    return connection.execute(
        f"""SELECT 'IEA' AS PUBLISHER, (1900 + i // 40000)::VARCHAR AS VINTAGE, area AS REF_AREA,
        ['BASE', 'LIFT_OFF', 'HEADWINDS', 'HIGH_EFFICIENCY'][1 + (i // 50) % 4] AS SCENARIO,
        (1990 + i % 50)::VARCHAR AS TIME_PERIOD, v AS OBS_VALUE, v * 0.9 AS LOWER_BOUND, v * 1.1 AS UPPER_BOUND,
        'P80' AS INTERVAL_TYPE, 'TWh' AS UNIT_MEASURE, ['reported', 'modelled'][1 + i % 2] AS KIND,
        'facility' AS BOUNDARY, 'A' AS OBS_STATUS, 'bench 1' AS METHOD,
        ['IEA, Energy and AI (April 2025), table A.1', 'LBNL 2024, figure ES-1'][1 + i % 2] AS SOURCE,
        CASE WHEN i % 10 = 0 THEN 'read from a chart, "about"' END AS COMMENT_OBS
        FROM (SELECT i, (i * 7919 % 100003) / 7.0 + 1 AS v, (SELECT list(area) FROM areas)[1 + (i // 200) % 200] AS area
              FROM range({rows}) t(i))"""
    ).to_arrow_table()


def seal_release(root: Path, rows: int) -> Node:
    """Creates a node in `root` with one release of the given number of observations."""
    node = Node.create(root, agency="BENCH")
    lists = code_lists()
    used = {concept.code_list for concept in (*FLOW.dimensions, *FLOW.attributes)} & set(lists)
    structure = Structure(FLOW, tuple(lists[name] for name in sorted(used)))
    origin = Origin("bench", "bench", "", "CC0-1.0")
    draft = Draft(structure, make_observations(rows), (Input("bench", "0" * 64, "1", origin),), Method("bench", "1"))
    node.releases.seal(draft)
    return node


@contextmanager
def serve_node(root: Path) -> Iterator[tuple[int, int]]:
    """Serves the node in `root` as in production; returns (port, process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bongsu.cli", "serve", "--node", str(root), "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        for _ in range(300):
            try:
                fetch_answer(port, "/health", "")
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def fetch_answer(port: int, path: str, accept: str) -> tuple[float, float, int]:
    """Returns (seconds to the first byte, seconds to the last, bytes) of one response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Accept": accept} if accept else {})
    answer = connection.getresponse()
    first = answer.read(1)
    begun, size, room = time.perf_counter() - started, len(first), bytearray(1 << 20)
    while taken := answer.readinto(room):
        size += taken
    connection.close()
    assert answer.status == 200, answer.status
    return begun, time.perf_counter() - started, size


def best_seconds(work: Callable[[], object], times: int = 3) -> float:
    """Returns the shortest duration of the given number of runs, in seconds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def peak_memory_mb(pid: int) -> float:
    """Returns the peak resident memory (MB) of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    peaks = []
    for one in (pid, *children):
        status = Path(f"/proc/{one}/status").read_text()
        peaks.append(int(status.split("VmHWM:")[1].split()[0]) / 1024)
    return max(peaks)


def pysdmx_seconds(node: Node) -> tuple[float, float]:
    """Returns the seconds that pysdmx takes to write the release as CSV, and as ML (a tenth, times ten)."""
    from pysdmx.io.format import Format
    from pysdmx.io.pd import PandasDataset
    from pysdmx.io.writer import write_sdmx
    from pysdmx.model.dataflow import Schema

    from bongsu.publish.sdmx.structure_catalogue import build_catalogue, make_urn

    release = node.releases.current("BENCH")
    made = build_catalogue(node, (release,))
    definition = made.entries[make_urn("datastructure", "BENCH", "BENCH", "1.0.0")].artefact
    schema = Schema("dataflow", "BENCH", "BENCH", definition.components, "1.0.0")  # type: ignore[attr-defined]
    frame = node.observations(release).to_pandas()
    whole = PandasDataset(structure=schema, data=frame)
    tenth = PandasDataset(structure=schema, data=frame.head(len(frame) // 10).copy())
    few = PandasDataset(structure=schema, data=frame.head(10).copy())
    for form in (Format.DATA_SDMX_CSV_2_0_0, Format.DATA_SDMX_ML_3_0):
        write_sdmx([few], form)  # warm-up: exclude imports from the timing
    csv = best_seconds(lambda: write_sdmx([whole], Format.DATA_SDMX_CSV_2_0_0), 1)
    return csv, 10 * best_seconds(lambda: write_sdmx([tenth], Format.DATA_SDMX_ML_3_0), 1)


def main() -> None:
    """Runs the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "node"
        node = seal_release(root, ROWS)
        parquet = node.releases.path(node.releases.current("BENCH"))
        engine = duckdb.connect()
        target = Path(folder) / "copy.csv"
        copy = best_seconds(
            lambda: engine.execute(f"COPY (SELECT * FROM '{parquet}') TO '{target}' (FORMAT csv, HEADER)")
        )
        address = "/sdmx/data/dataflow/BENCH/BENCH/+"
        types = {
            "CSV 2.0": "application/vnd.sdmx.data+csv;version=2.0.0",
            "ML 3.0": "application/vnd.sdmx.data+xml;version=3.0.0",
            "JSON 2.0": "application/vnd.sdmx.data+json;version=2.0.0",
        }
        seconds, firsts, grown = {}, {}, {}
        for name, accept in types.items():
            with serve_node(root) as (port, pid):
                fetch_answer(port, f"{address}/IEA.1900+1901", accept)
                before = peak_memory_mb(pid)  # only a part of the answer has been sent so far
                runs = [fetch_answer(port, address, accept) for _ in range(3)]
                seconds[name], firsts[name] = min(run[1] for run in runs), max(run[0] for run in runs)
                grown[name] = (peak_memory_mb(pid) - before, runs[0][2] / 1e6)
        own_csv, own_ml = pysdmx_seconds(node)
    print(
        f"sdmx_stream: CSV {seconds['CSV 2.0'] / copy:.2f}x DuckDB's COPY ({seconds['CSV 2.0']:.2f} s, {copy:.2f} s; bar 2)"
    )
    print(f"sdmx_stream: CSV {own_csv / seconds['CSV 2.0']:.1f}x faster than pysdmx's ({own_csv:.1f} s; bar 5)")
    for name in ("ML 3.0", "JSON 2.0"):
        print(
            f"sdmx_stream: {name} {own_ml / seconds[name]:.1f}x faster than pysdmx's ML ({seconds[name]:.2f} s; bar 5)"
        )
    for name in types:
        more, size = grown[name]
        first = firsts[name] * 1000
        print(f"sdmx_stream: {name} first byte {first:.0f} ms (bar 300); memory +{more:.0f} MB for {size:.0f} MB")


if __name__ == "__main__":
    main()
