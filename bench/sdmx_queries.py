"""Benchmarks SDMX queries of a hundred observations over 32 connections, against a bare FastAPI handler with the same SQL.

Both are served by granian on this machine, alternately for a minute each, and return the same bytes of SDMX-CSV. First the same
hundred slices are requested, for a sixth of the time; then every slice once, so that no response is cached. Target: at least as
many responses per second, without an error. SECONDS=10 shortens it. Prints two lines.
"""

from __future__ import annotations

import json
import os
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations, cycle
from pathlib import Path
from typing import Any

from sdmx_stream import fetch_answer, seal_release, serve_node

SECONDS = float(os.environ.get("SECONDS", "60"))
CONNECTIONS, ROUNDS, SLICES = 32, 6, 100
SCENARIOS = ("BASE", "HEADWINDS", "HIGH_EFFICIENCY", "LIFT_OFF")
FIRST_SLICE = ("1900", "AND", "BASE", "LIFT_OFF")
ACCEPT = "application/vnd.sdmx.data+csv;version=2.0.0"


def make_bare_app() -> Any:
    """Returns the handler to compare with: one route, one cursor per request, the SQL of the slice from a fixed template."""
    import duckdb
    from fastapi import FastAPI, Response

    header, question = json.loads(Path(os.environ["BENCH_QUESTION"]).read_text(encoding="utf-8"))
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true; SET enable_progress_bar = false")
    app = FastAPI()

    @app.get("/slice/{vintage}/{area}/{one}/{other}")
    def answer(vintage: int, area: str, one: str, other: str) -> Response:
        lines = connection.cursor().execute(slice_question(question, str(vintage), area, one, other)).fetchall()
        return Response((header + "".join(line for (line,) in lines)).encode(), media_type=ACCEPT)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app


def slice_question(question: str, vintage: str, area: str, one: str, other: str) -> str:
    """Returns the SQL of one slice: the template, written for FIRST_SLICE, with the codes of this slice."""
    for old, new in zip(FIRST_SLICE, (vintage, area, one, other), strict=True):
        question = question.replace(f"'{old}'", f"'{new}'")
    return question


@contextmanager
def start_peer(question: Path) -> Iterator[int]:
    """Starts the bare handler with granian and returns its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--factory", "--no-ws"]
    environment = {**os.environ, "BENCH_QUESTION": str(question), "PYTHONPATH": str(Path(__file__).parent)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, "sdmx_queries:bare"], env=environment, stdout=quiet, stderr=quiet)
    try:
        for _ in range(300):
            try:
                fetch_answer(port, "/health", "")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def run_load(port: int, paths: Iterator[str], seconds: float) -> tuple[int, int]:
    """Returns (answers, errors) of the given connections in the given seconds; each sends its next request on the answer."""
    chooser = selectors.DefaultSelector()
    answers = errors = 0

    def request() -> bytes:
        return f"GET {next(paths)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {ACCEPT}\r\n\r\n".encode()

    def connected() -> None:
        link = socket.create_connection(("127.0.0.1", port))
        chooser.register(link, selectors.EVENT_READ, bytearray())
        link.sendall(request())

    for _ in range(CONNECTIONS):
        connected()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for ready, _ in chooser.select(1):
            link, taken = ready.fileobj, ready.data
            assert isinstance(link, socket.socket)
            received = link.recv(1 << 18)
            if not received:  # the server closed the connection
                errors += 1
                chooser.unregister(link)
                link.close()
                connected()
                continue
            taken += received
            head, _, body = taken.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if not length or len(body) < int(length):
                continue
            answers += 1
            errors += not head.startswith(b"HTTP/1.1 200")
            taken.clear()
            link.sendall(request())
    for one in list(chooser.get_map().values()):
        one.fileobj.close()  # type: ignore[union-attr]
    return answers, errors


def main() -> None:
    """Runs the benchmark."""
    from bongsu.publish.sdmx.conditions import distinct_values
    from bongsu.publish.sdmx.csv_message import CsvOptions, plan_csv
    from bongsu.publish.sdmx.datasets import select_datasets
    from bongsu.publish.sdmx.message import LinesPart
    from bongsu.publish.sdmx.parameters import Parameters
    from bongsu.publish.sdmx.rest2 import parse_data

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "node"
        node = seal_release(root, 1_000_000)
        release = node.releases.current("BENCH")
        view, file = '"BENCH/1"', f"read_parquet('{node.releases.path(release)}')"
        held = distinct_values(node, release, "REF_AREA")
        slices = [
            (str(1900 + vintage), area, one, other)
            for vintage in range(25)
            for area in held
            for one, other in combinations(SCENARIOS, 2)
        ]
        found = select_datasets(node, parse_data(f"dataflow/BENCH/BENCH/+/{slice_key(FIRST_SLICE)}", Parameters("")))
        opening, lines = plan_csv(found, "dataflow", CsvOptions())
        assert isinstance(lines, LinesPart)
        assert isinstance(opening, bytes)
        written = Path(folder) / "question.json"
        written.write_text(json.dumps([opening.decode(), lines.question.replace(view, file)]), encoding="utf-8")
        random.Random(1).shuffle(slices)
        ours = [f"/sdmx/data/dataflow/BENCH/BENCH/+/{slice_key(one)}" for one in slices]
        theirs = ["/slice/" + "/".join(one) for one in slices]
        with serve_node(root) as (port, _), start_peer(written) as other:
            for one, two in zip(ours[:SLICES], theirs[:SLICES], strict=True):
                assert fetch_answer(port, one, ACCEPT)[2] == fetch_answer(other, two, ACCEPT)[2], one
            compare_rates("the same hundred", port, ours[:SLICES], other, theirs[:SLICES], SECONDS / 6)
            compare_rates("each asked once", port, ours[SLICES:], other, theirs[SLICES:], SECONDS)


def slice_key(one: tuple[str, ...]) -> str:
    """Returns the key of a slice."""
    vintage, area, *scenarios = one
    return f"IEA.{vintage}.{area}.{'+'.join(scenarios)}"


def compare_rates(what: str, port: int, ours: list[str], other: int, theirs: list[str], seconds: float) -> None:
    """Runs both servers in turn and prints the ratio."""
    mine, peers, turns = [0, 0], [0, 0], ((port, cycle(ours)), (other, cycle(theirs)))
    for _ in range(ROUNDS):
        for counts, (place, paths) in zip((mine, peers), turns, strict=True):
            answers, errors = run_load(place, paths, seconds / ROUNDS)
            counts[0] += answers
            counts[1] += errors
    print(
        f"sdmx_queries: {what}: {mine[0] / peers[0]:.2f}x a bare FastAPI handler ({mine[0] / seconds:.0f} and "
        f"{peers[0] / seconds:.0f} a second, {mine[1]} errors; bar 1)"
    )


if __name__ == "__main__":
    main()
