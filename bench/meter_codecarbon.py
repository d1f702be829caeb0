"""Benchmarks the overhead of metering on the metered process: Bongsu against CodeCarbon, around the same work, in one run.

Start-up is the time from before the import until the meter runs; added memory is the growth of the process's highest
resident size by then, in a Python that has loaded nothing else; steady CPU is what threads and children other than the
work's own use, as a share of the work's duration. CodeCarbon needs an environment of its own, named by CODECARBON_PYTHON:

    python -m venv /tmp/codecarbon && /tmp/codecarbon/bin/pip install codecarbon
    CODECARBON_PYTHON=/tmp/codecarbon/bin/python python bench/meter_codecarbon.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

WORK_S = float(os.environ.get("BENCH_SECONDS", "45"))
REPEATS = 5
BARS = {"start-up s": 0.1, "memory MB": 30.0, "steady CPU %": 0.1}
METERS = {
    "bongsu": "import bongsu; meter = bongsu.meter(country='KOR'); meter.start()",
    "codecarbon": (
        "from codecarbon import OfflineEmissionsTracker; "
        "meter = OfflineEmissionsTracker(country_iso_code='KOR', save_to_file=False, log_level='critical'); meter.start()"
    ),
}
# The metered process. One-off work of the meter right after its start counts as start-up; ru_maxrss would begin with the
# parent's size, VmHWM is the process's own.
PROBE = """
import resource, time
def highest():
    with open("/proc/self/status") as file:
        return int(file.read().partition("VmHWM:")[2].split()[0]) / 1024
def others():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() - time.thread_time() + children.ru_utime + children.ru_stime
memory, began = highest(), time.perf_counter()
{start}
start, memory = time.perf_counter() - began, highest() - memory
time.sleep(min(0.5, {seconds}))
cpu, began = others(), time.perf_counter()
while time.perf_counter() - began < {seconds}:
    sum(range(100_000))
    time.sleep(0.01)
cpu = others() - cpu
meter.stop()
print(start, memory, 100 * cpu / max({seconds}, 1e-9))
"""


def measure_run(python: str, name: str, seconds: float, environment: dict[str, str]) -> list[float]:
    """Returns start-up (s), memory (MB) and steady CPU (%) of one run."""
    code = PROBE.format(start=METERS[name], seconds=seconds)
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return [float(word) for word in done.stdout.splitlines()[-1].split()]


def main() -> None:
    pythons = {"bongsu": sys.executable}
    if "CODECARBON_PYTHON" in os.environ:
        pythons["codecarbon"] = os.environ["CODECARBON_PYTHON"]
    else:
        print("CodeCarbon is not measured: set CODECARBON_PYTHON (see the top of this file)")
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(Path(__file__).parents[1])}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name, python in pythons.items():
            measure_run(python, name, 0.0, environment)  # warm-up: compiles the bytecode
        runs: dict[str, list[list[float]]] = {name: [] for name in pythons}
        for _ in range(REPEATS):  # in turn, so that other load affects both
            for name, python in pythons.items():
                runs[name].append(measure_run(python, name, 0.0, environment))
        for name, python in pythons.items():
            start, memory = (statistics.median(run[column] for run in runs[name]) for column in (0, 1))
            found[name] = [start, memory, measure_run(python, name, WORK_S, environment)[2]]
    words = []
    for column, (what, bar) in enumerate(BARS.items()):
        ours = found["bongsu"][column]
        text = f"{what} {ours:.3g} (bar {bar:g}, {'held' if ours <= bar else 'MISSED'}"
        if "codecarbon" in found:
            theirs = found["codecarbon"][column]
            text += f"; CodeCarbon {theirs:.3g}, ratio {theirs / max(ours, 1e-4):.3g}"
        words.append(text + ")")
    print("meter: " + "; ".join(words))


if __name__ == "__main__":
    main()
