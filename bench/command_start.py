"""Benchmarks the start of the command: processor time of whole processes, beside a Python that imports click alone.

`bongsu meter` starts with every training job, so its start must be cheap. Measures the processor time of the process and its
children, which other load on the machine affects less than wall-clock time. BASELINE names another checkout to compare
with; the two run alternately.

    BASELINE=/tmp/older python bench/command_start.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

TURNS = 21
COMMANDS = {
    "bongsu --version": ["-m", "bongsu.cli", "--version"],
    "bongsu meter -- true": ["-m", "bongsu.cli", "meter", "--quiet", "--", "true"],
}
YARDSTICK = ["-c", "import click"]


def measure_run(words: list[str], root: Path) -> float:
    """Returns the processor time (s) of one run with the code of a checkout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(root), "BONGSU_LANGUAGE": "en"}
    subprocess.run([sys.executable, *words], env=environment, capture_output=True, check=True, cwd=root)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    here = Path(__file__).parents[1]
    runs = {("import click", here): YARDSTICK} | {(name, here): words for name, words in COMMANDS.items()}
    if "BASELINE" in os.environ:
        runs |= {(name, Path(os.environ["BASELINE"])): words for name, words in COMMANDS.items()}
    for (_, root), words in runs.items():
        measure_run(words, root)  # warm-up: compiles the bytecode
    taken: dict[tuple[str, Path], list[float]] = {run: [] for run in runs}
    for _ in range(TURNS):
        for run, words in runs.items():
            taken[run].append(measure_run(words, run[1]))
    yardstick = statistics.median(taken["import click", here])
    for (name, root), times in taken.items():
        median = statistics.median(times)
        print(f"{name:22} {root}: {median * 1e3:.0f} ms, {median / yardstick:.2f} of the yardstick")


if __name__ == "__main__":
    main()
