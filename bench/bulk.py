"""Benchmarks the bulk files of a release of a million observations; compares the plain CSV with DuckDB's COPY of the same rows.

Prints the time of each format, the ratio of the CSV to COPY, and the time of a repeated call.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bongsu.core.provenance import Input, Method, Origin
from bongsu.core.release import Draft
from bongsu.core.structure import Structure
from bongsu.publish import bulk_files
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import installed_programmes
from bongsu.store.releases.observations import to_table
from bongsu.store.tables.definitions import code_lists

ROWS = 1_000_000
REPEATS = 3


def median_seconds(run: Callable[[], object]) -> float:
    """Returns the median duration of REPEATS runs, in seconds."""
    found = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def make_draft() -> Draft:
    """Returns a draft of DATACENTRE_ELECTRICITY with ROWS observations, each with a text that must be quoted."""
    flow = installed_programmes()[0].flow("DATACENTRE_ELECTRICITY")
    one = {
        **dict.fromkeys(flow.keys, "_T"),
        "REF_AREA": "KOR",
        "TIME_PERIOD": "2024",
        "OBS_VALUE": 1.0,
        "UNIT_MEASURE": "TWh",
        "KIND": "measured",
        "VINTAGE": "2026",
        "SOURCE": 'a, "b"',
    }
    table = to_table(flow, [one])
    columns = {
        name: pa.array([table.column(name)[0].as_py()] * ROWS, table.schema.field(name).type) for name in flow.columns
    }
    years = np.char.zfill((np.arange(ROWS) // 12).astype(str), 6)
    columns["TIME_PERIOD"] = pa.array(years.tolist(), pa.string())
    months = np.arange(ROWS) % 12
    first = next(key for key in flow.keys if key not in ("TIME_PERIOD", "REF_AREA"))
    columns[first] = pa.array([f"S{month:02}" for month in months], pa.string())
    columns["OBS_VALUE"] = pa.array(np.random.default_rng(1).random(ROWS))
    made = pa.table(columns).sort_by([(key, "ascending") for key in flow.keys])
    structure = Structure(flow, (code_lists()["CL_KIND"],))
    source = Input("made", "0" * 64, "2026", Origin("bench", "bench", "", "CC0-1.0"))
    return Draft(structure, made, (source,), Method("bench", "1"))


def main() -> None:
    """Writes a release and its files, and prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        node = Node.create(Path(folder) / "node")
        release, _ = node.releases.seal(make_draft())
        path = node.releases.path(release)
        peer = f"COPY (SELECT * FROM '{path}') TO '{folder}/peer.csv' (HEADER)"
        copy = median_seconds(lambda: duckdb.connect().execute(peer))
        for form in bulk_files.BULK_FORMATS:
            if form.suffix != "parquet":
                target = Path(folder) / f"ours.{form.suffix}"

                def write(form: bulk_files.BulkFormat = form, target: Path = target) -> None:
                    with target.open("wb") as out:
                        out.writelines(bulk_files.stream_release(node, release, form))

                took = median_seconds(write)
                ratio = f"{took / copy:5.2f} x DuckDB COPY" if form.suffix == "csv" else ""
                print(f"{form.title:14} {took:6.2f} s  {target.stat().st_size / 1e6:7.1f} MB  {ratio}")
        started = time.perf_counter()
        bulk_files.list_bulk_files(node, release)
        first_time = time.perf_counter() - started
        again = median_seconds(lambda: bulk_files.list_bulk_files(node, release))
        print(f"all forms with checksums: {first_time:.2f} s, asked again {again * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
