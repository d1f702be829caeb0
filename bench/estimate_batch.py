"""Benchmarks estimates per second on one core: Bongsu on a file of configurations against EcoLogits call by call, in one run.

Bongsu reads, checks, estimates and writes CSV; EcoLogits only computes. Measured rows are repeated; a second file has its
batch, GPUs, chip and precision emptied, so that every row is integrated over the priors.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
from ecologits.tracers.utils import llm_impacts

from bongsu.energy.estimate.output.batch import estimate_file

ROWS = 100_000
BAR = 50_000
UNKNOWN_COLUMNS = ("avg_batch_size", "max_num_seqs", "num_gpus", "gpu_model", "weight_precision")
ROW = {
    "task": "lm-arena-chat", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "architecture": "Dense Transformer",
    "activated_params_billions": "8", "total_params_billions": "8", "avg_batch_size": "64", "max_num_seqs": "64",
    "num_gpus": "1", "gpu_model": "H100", "weight_precision": "bfloat16", "avg_output_len": "400",
}  # fmt: skip


def measure_bongsu(folder: Path, row: dict[str, str]) -> float:
    """Returns rows per second of CPU time for ROWS rows like `row`, file to file; the best of three."""
    source = str(folder / "in.csv")
    pyarrow.csv.write_csv(pa.table({name: [value] * ROWS for name, value in row.items()}), source)
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        estimate_file(source, str(folder / "out.csv"))
        best = max(best, ROWS / (time.process_time() - started))
    return best


def measure_ecologits(calls: int = 2000) -> float:
    """Returns calls per second of CPU time; the best of three."""
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        for _ in range(calls):
            assert llm_impacts("huggingface_hub", "meta-llama/Meta-Llama-3.1-8B-Instruct", 400, 5.0).energy
        best = max(best, calls / (time.process_time() - started))
    return best


def main() -> None:
    """Prints one line with the ratio."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        full = measure_bongsu(Path(folder), ROW)
        holed = measure_bongsu(Path(folder), ROW | dict.fromkeys(UNKNOWN_COLUMNS, ""))
    peer = measure_ecologits()
    print(
        f"estimate: {full:,.0f} rows/s, {holed:,.0f} with unknown cells (bar {BAR:,}); "
        f"EcoLogits {peer:,.0f} calls/s; ratio {full / peer:.0f}"
    )


if __name__ == "__main__":
    main()
