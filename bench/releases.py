"""Benchmarks sealing 10 million observations against DuckDB writing the same Parquet (target: at most twice its time), and
reading one country's series against DuckDB reading the same file (target: at most 1.3 times its time, or 5 ms more).

ROWS=1000000 reduces the size. Prints one line per ratio, with the medians of three and of forty.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from bongsu.core.provenance import Input, Method, Origin
from bongsu.core.release import Draft
from bongsu.core.selection import Selection
from bongsu.core.structure import Structure, parse_dataflow
from bongsu.store.node import Node
from bongsu.store.query_engine import ROW_GROUP_SIZE
from bongsu.store.tables.definitions import code_lists, concepts

ROWS = int(os.environ.get("ROWS", "10000000"))
NAME = {"en": "Bench", "ko": "벤치", "fr": "Banc"}
FLOW = parse_dataflow(
    "BENCH",
    {
        "version": "1.0.0",
        "dimensions": ["REF_AREA", "SCENARIO", "TIME_PERIOD"],
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


def make_observations() -> pa.Table:
    """Returns ROWS observations: 250 areas x scenarios x 50 years, not sorted."""
    areas = [code.id for code in code_lists()["CL_AREA"]][:250]
    connection = duckdb.connect()
    connection.register("areas", pa.table({"area": areas, "n": range(250)}))
    constants = {
        "INTERVAL_TYPE": "P80",
        "UNIT_MEASURE": "TWh",
        "KIND": "modelled",
        "BOUNDARY": "facility",
        "OBS_STATUS": "A",
        "VINTAGE": "2026",
        "METHOD": "bench 1",
        "SOURCE": "bench",
    }
    fixed = ", ".join(f"'{value}' AS {name}" for name, value in constants.items())
    return connection.execute(
        f"""SELECT area AS REF_AREA, 'S' || lpad(((i // 12500))::VARCHAR, 4, '0') AS SCENARIO,
        (1990 + i % 50)::VARCHAR AS TIME_PERIOD, v AS OBS_VALUE, v * 0.9 AS LOWER_BOUND, v * 1.1 AS UPPER_BOUND,
        {fixed}, NULL::VARCHAR AS COMMENT_OBS
        FROM (SELECT i, (i * 7919 % 100003) / 7.0 + 1 AS v FROM range({ROWS}) t(i)) JOIN areas ON n = (i // 50) % 250"""
    ).to_arrow_table()


def measure_seconds(work: Callable[[], object]) -> float:
    """Returns the duration of `work` in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Runs both benchmarks."""
    table = make_observations()
    origin = Origin("bench", "bench", "", "CC0-1.0")
    draft = Draft(
        Structure(FLOW, (code_lists()["CL_KIND"],)),
        table,
        (Input("bench", "0" * 64, "1", origin),),
        Method("bench", "1"),
    )
    with tempfile.TemporaryDirectory() as folder:
        node = Node.create(Path(folder) / "node")
        columns, order = ", ".join(FLOW.columns), ", ".join(FLOW.keys)
        target = Path(folder) / "peer.parquet"

        def peer() -> None:
            connection = duckdb.connect()
            connection.register("draft", table)
            connection.execute(
                f"COPY (SELECT {columns} FROM draft ORDER BY {order}) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
            )

        runs = []
        for turn in range(3):  # in turn, so that other load affects both
            other = replace(draft, method=Method("bench", str(turn)))  # an unchanged draft would not be sealed again
            runs.append((measure_seconds(peer), measure_seconds(partial(node.releases.seal, other))))
        theirs, ours = (statistics.median(side) for side in zip(*runs, strict=True))
        print(
            f"seal {ROWS:,} observations: {ours:.1f} s, DuckDB's COPY {theirs:.1f} s, ratio {ours / theirs:.2f} (bar 2)"
        )

        again = Node(node.root)
        release = again.releases.current("BENCH")
        path = again.releases.path(release)
        selection = Selection((("REF_AREA", ("KOR",)), ("SCENARIO", ("S0100" if ROWS >= 2_000_000 else "S0001",))))
        scenario = selection.codes[1][1][0]
        connection = duckdb.connect()
        query = (
            f"SELECT * FROM read_parquet('{path}') WHERE REF_AREA = 'KOR' AND SCENARIO = '{scenario}' ORDER BY {order}"
        )

        def direct() -> pa.Table:
            return connection.execute(query).to_arrow_table()

        def read_by_bongsu() -> pa.Table:
            return again.observations(release, selection)

        assert direct().num_rows == read_by_bongsu().num_rows == 50
        mine, peers = [], []
        for _ in range(40):
            peers.append(measure_seconds(direct))
            mine.append(measure_seconds(read_by_bongsu))
        a, b = statistics.median(mine) * 1000, statistics.median(peers) * 1000
        print(
            f"read one series of {ROWS:,}: {a:.1f} ms, DuckDB directly {b:.1f} ms, "
            f"ratio {a / b:.2f}, {a - b:+.1f} ms (bar 1.3, or +5 ms)"
        )


if __name__ == "__main__":
    main()
