"""Replays a recording of a machine, to test the meter without hardware and to share a reproducible fault.

A recording is JSON, "bongsu.trace/1": facts of the machine, then steps in time order. A step holds what changed since
the previous one: `files` (path -> text; null: the file is gone; {"denied": true}: it may not be read), `gpus` (list of
energy_mJ, power_mW, users; null: the driver does not give the value), `busy_s` (the machine's CPU time) and `processes`
(pid, parent, own CPU s, ended children's CPU s).
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.energy.meter.machine import Gpu, Process
from bongsu.energy.meter.meter_report import MeterReport
from bongsu.energy.meter.session import Meter

TRACE_FORMAT = "bongsu.trace/1"


class RecordedGpu:
    """A GPU of the recording; implements machine.Gpu."""

    def __init__(self, machine: RecordedMachine, index: int, facts: Mapping[str, Any]) -> None:
        self._machine, self._index = machine, index
        self.name = str(facts["name"])
        self.uuid = str(facts.get("uuid", f"GPU-{index}"))

    def _now(self, key: str) -> Any:
        value = self._machine.gpu_facts[self._index].get(key)
        if value is None:
            raise OSError(f"the recording has no {key} at this step")
        return value

    def energy_mj(self) -> int:
        return int(self._now("energy_mJ"))

    def power_mw(self) -> int:
        return int(self._now("power_mW"))

    def users(self) -> Mapping[int, float]:
        return {int(pid): float(percent) for pid, percent in self._now("users").items()}


class RecordedMachine:
    """The machine of a recording, at one of its steps; implements machine.Machine."""

    def __init__(self, trace: Mapping[str, Any]) -> None:
        self.pid = int(trace.get("pid", 1))
        self.environment: Mapping[str, str] = trace.get("environment", {})
        self._facts = trace
        self._steps: list[Mapping[str, Any]] = list(trace["steps"])
        self._files: dict[str, Any] = {}
        self.gpu_facts: list[dict[str, Any]] = []
        self._busy_s = 0.0
        self._processes: list[tuple[int, int, float, float]] = []
        self._time = 0.0
        self._gpus: list[RecordedGpu] = []
        self._apply_step(self._steps[0])
        self._gpus = [RecordedGpu(self, index, facts) for index, facts in enumerate(self.gpu_facts)]

    def steps(self) -> Iterator[None]:
        """Advances to each later step in turn."""
        for step in self._steps[1:]:
            self._apply_step(step)
            yield

    def _apply_step(self, step: Mapping[str, Any]) -> None:
        self._time = float(step["t"])
        self._files.update(step.get("files", {}))
        for index, changes in enumerate(step.get("gpus", ())):
            if index == len(self.gpu_facts):
                self.gpu_facts.append({})
            self.gpu_facts[index].update(changes)
        self._busy_s = float(step.get("busy_s", self._busy_s))
        self._processes = [tuple(row) for row in step["processes"]] if "processes" in step else self._processes

    def now(self) -> float:
        return self._time

    def clock(self) -> float:
        return float(self._facts.get("clock", 1_767_225_600.0)) + self._time  # 2026-01-01T00:00:00Z

    def read(self, path: str) -> str:
        content = self._files.get(path)
        if content is None:
            raise FileNotFoundError(f"{path} is not in the recording at this step")
        if isinstance(content, Mapping):
            raise PermissionError(f"{path} may not be read")
        return str(content)

    def glob(self, pattern: str) -> list[str]:
        # A pattern matches files and folders; a folder exists if it contains a file.
        depth = pattern.count("/") + 1
        there = {"/".join(path.split("/")[:depth]) for path, content in self._files.items() if content is not None}
        return sorted(path for path in there if path.count("/") + 1 == depth and fnmatch.fnmatchcase(path, pattern))

    def gpus(self) -> Sequence[Gpu]:
        if self._facts.get("gpu_error"):
            raise OSError(str(self._facts["gpu_error"]))
        return self._gpus

    def cpus(self) -> int:
        return int(self._facts.get("cpus", 1))

    def cpu_busy_s(self) -> float:
        return self._busy_s

    def tree(self, root: int) -> list[Process]:
        family = {root}
        while more := {pid for pid, parent, _, _ in self._processes if parent in family} - family:
            family |= more
        return [Process(pid, own, ended) for pid, _, own, ended in self._processes if pid in family]

    def parent(self, pid: int) -> int | None:
        return next((parent for one, parent, _, _ in self._processes if one == pid), None)

    def cpu_name(self) -> str:
        return self.cpuinfo("model name")

    def cpuinfo(self, key: str) -> str:
        return str(self._facts.get("cpuinfo", {}).get(key, ""))

    def memory_bytes(self) -> int:
        return int(self._facts.get("memory_bytes", 0))


def load_recording(path: Path) -> RecordedMachine:
    """Reads the recording in a file. Raises BadInput if it is not a recording."""
    try:
        trace = json.loads(path.read_text("utf-8"))
        if trace["format"] != TRACE_FORMAT:
            raise ValueError(f"the format is {trace['format']}, not {TRACE_FORMAT}")
        return RecordedMachine(trace)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise BadInput(N_("This is not a recording: {why}"), where=str(path), why=why) from None


def replay_recording(
    machine: RecordedMachine, *, label: str = "", country: str | None = None, with_root: bool = True
) -> MeterReport:
    """Returns the report of a recording: the first step starts the meter, the last step stops it."""
    meter = Meter(label=label, country=country, machine=machine, with_root=with_root).start(watch=False)
    for _ in machine.steps():
        meter.read_due()
    return meter.stop()
