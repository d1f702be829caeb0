"""A hundred observations by SDMX at 32 connections, against a bare FastAPI handler that runs the same DuckDB query.

Both are served by granian on this machine, in turns of ten seconds, a minute each; both answer the same bytes of SDMX-CSV.
The bar: at least as many answers a second, without an error. SECONDS=10 makes it shorter. Prints one line.
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
from pathlib import Path
from typing import Any

from sdmx_stream import fetched, sealed, served

SECONDS = float(os.environ.get("SECONDS", "60"))
CONNECTIONS, ROUNDS, SLICES = 32, 6, 500
ACCEPT = "application/vnd.sdmx.data+csv;version=2.0.0"


def bare() -> Any:
    """The handler to compare with: one route, one cursor a request, the question of the slice as it was written once."""
    import duckdb
    from fastapi import FastAPI, Response

    questions: list[str] = json.loads(Path(os.environ["BENCH_QUESTIONS"]).read_text(encoding="utf-8"))
    header = questions.pop(0).encode()
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true; SET enable_progress_bar = false")
    app = FastAPI()

    @app.get("/slice/{number}")
    def answer(number: int) -> Response:
        lines = connection.cursor().execute(questions[number]).fetchall()
        return Response(header + "".join(line for (line,) in lines).encode(), media_type=ACCEPT)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app


@contextmanager
def peer(questions: Path) -> Iterator[int]:
    """The port of the bare handler, served by granian."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--factory", "--no-ws"]
    environment = {**os.environ, "BENCH_QUESTIONS": str(questions), "PYTHONPATH": str(Path(__file__).parent)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, "sdmx_queries:bare"], env=environment, stdout=quiet, stderr=quiet)
    try:
        for _ in range(300):
            try:
                fetched(port, "/health", "")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def load(port: int, paths: list[str], seconds: float) -> tuple[int, int]:
    """(answers, errors) that so many connections, each asking as soon as it was answered, get in so many seconds."""
    chooser, chance = selectors.DefaultSelector(), random.Random(1)
    answers = errors = 0
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {ACCEPT}\r\n\r\n".encode() for path in paths]

    def connected() -> None:
        link = socket.create_connection(("127.0.0.1", port))
        chooser.register(link, selectors.EVENT_READ, bytearray())
        link.sendall(chance.choice(requests))

    for _ in range(CONNECTIONS):
        connected()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for ready, _ in chooser.select(1):
            link, taken = ready.fileobj, ready.data
            assert isinstance(link, socket.socket)
            received = link.recv(1 << 18)
            if not received:  # an answer that never came
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
            link.sendall(chance.choice(requests))
    for one in list(chooser.get_map().values()):
        one.fileobj.close()  # type: ignore[union-attr]
    return answers, errors


def main() -> None:
    """Runs the benchmark."""
    from bongsu.publish.sdmx.csv_message import Options, parts
    from bongsu.publish.sdmx.message import Lines
    from bongsu.publish.sdmx.parameters import Parameters
    from bongsu.publish.sdmx.rest2 import data
    from bongsu.publish.sdmx.slices import datasets

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "node"
        node = sealed(root, 1_000_000)
        release = node.releases.current("BENCH")
        view, file = '"BENCH/1"', f"read_parquet('{node.releases.path(release)}')"
        areas = sorted({code.id for code in node.releases.structure(release).code_list("CL_AREA") or ()})[:20]
        keys = [f"IEA.{1900 + vintage}.{area}.BASE+LIFT_OFF" for vintage in range(25) for area in areas][:SLICES]
        header, questions = "", []
        for key in keys:
            found = datasets(node, data(f"dataflow/BENCH/BENCH/+/{key}", Parameters("")))
            opening, lines = parts(found, "BENCH", "dataflow", Options())
            assert isinstance(lines, Lines)
            assert isinstance(opening, bytes)
            header = opening.decode()
            questions.append(lines.question.replace(view, file))
        written = Path(folder) / "questions.json"
        written.write_text(json.dumps([header, *questions]), encoding="utf-8")
        ours = [f"/sdmx/data/dataflow/BENCH/BENCH/+/{key}" for key in keys]
        theirs = [f"/slice/{number}" for number in range(len(keys))]
        with served(root) as (port, _), peer(written) as other:
            for one, two in zip(ours, theirs, strict=True):
                assert fetched(port, one, ACCEPT)[2] == fetched(other, two, ACCEPT)[2], one
            counts = {port: [0, 0], other: [0, 0]}
            for _ in range(ROUNDS):
                for place, paths in ((port, ours), (other, theirs)):
                    answers, errors = load(place, paths, SECONDS / ROUNDS)
                    counts[place][0] += answers
                    counts[place][1] += errors
    (mine, failed), (bare_answers, _) = counts[port], counts[other]
    print(
        f"sdmx_queries: {mine / bare_answers:.2f}x a bare FastAPI handler ({mine / SECONDS:.0f} and "
        f"{bare_answers / SECONDS:.0f} a second, {failed} errors; bar 1)"
    )


if __name__ == "__main__":
    main()
