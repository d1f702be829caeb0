"""One metering, from start to stop: opens the sensors, keeps one quiet thread, and hands in a report.

Counters are read at the start and at the end; the thread wakes for what cannot wait: a counter that would wrap, power
that must be integrated, who is on a GPU. Whatever fails while metering becomes a note in the report; the work that is
metered is never stopped by its meter. Left out: what is done with the report (send.py, summary.py).
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from bongsu.core.errors import N_, Misconfigured
from bongsu.energy.meter import sensors
from bongsu.energy.meter.gauge import Gauge
from bongsu.energy.meter.job import Job, read_job
from bongsu.energy.meter.machine import Gpu, Machine
from bongsu.energy.meter.machine_choice import this_machine
from bongsu.energy.meter.sensors.sensor_result import MeterNote
from bongsu.energy.meter.share import GpuUse, Share, cpu_share, tree_cpu_s

if TYPE_CHECKING:
    from bongsu.energy.meter.meter_report import MeterReport
    from bongsu.energy.meter.send import FlushResult

# Seconds between looks at who uses the GPUs: soon after the start, so that a short run is seen, then rarely.
_FIRST_SAMPLES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_SAMPLE_EVERY_S = 15.0
# The meters of this process that run, by id: one inside another is a part of it, and never added to it.
_RUNNING: dict[str, None] = {}


class Meter:
    """Meters this process and its children between `start` and `stop`; `report` then holds the result, and `sent` what became
    of it where it was to be sent.

    `label` names the work in the report; `country` (ISO 3166-1 alpha-3) is where the electricity is used; `send` is a node's
    address. `machine` is this one unless a recording is replayed. `with_root` False leaves out the process itself and
    meters its children alone. Raises UnknownName for a country without a grid value, BadInput for an address that is none.
    """

    def __init__(
        self,
        *,
        label: str = "",
        country: str | None = None,
        send: str | None = None,
        machine: Machine | None = None,
        with_root: bool = True,
    ) -> None:
        if country is not None:
            from bongsu.energy.meter.grid import get_grid

            country = get_grid(country).country
        if send is not None:
            from bongsu.energy.meter.send import node_address

            send = node_address(send)
        self.id = str(uuid.uuid4())
        self.label, self.country, self.send = label, country, send
        self.report: MeterReport | None = None
        self.sent: FlushResult | None = None
        self.exit_status: int | None = None
        self._machine = machine
        self._with_root = with_root
        self._around = ""
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *, watch: bool = True) -> Meter:
        """Takes the first readings. `watch` False starts no thread: the caller calls `look` (a replay does)."""
        if self.report is not None or self._thread is not None:
            raise Misconfigured(N_("A meter runs once; make another one for another run."))
        replayed = self._machine is not None
        self._around = "" if replayed else next(reversed(_RUNNING), "")
        machine = self._machine = self._machine or this_machine()
        self._root = machine.pid
        self._gauges, self._notes = sensors.find_gauges(machine)
        self._gpus: list[tuple[Gpu, GpuUse]] = []
        if any(gauge.part.sensor.startswith("nvml") for gauge in self._gauges):
            self._gpus = [(gpu, GpuUse()) for gpu in machine.gpus()]
            for gpu, _ in self._gpus:
                self._look_at(gpu, GpuUse())  # what it remembers from before the start is not ours
        self._began, self._began_clock = machine.now(), machine.clock()
        self._tree_s, self._busy_s = self._cpu_s()
        self._read_at: dict[Gauge, float] = {}
        for gauge in self._gauges:
            gauge.read(self._began)
            self._read_at[gauge] = self._began
        self._looks = iter(_FIRST_SAMPLES_S)
        self._next_look = self._began + next(self._looks) if self._gpus else float("inf")
        if watch and self._next_due() < float("inf"):
            self._thread = threading.Thread(target=self._watch, name="bongsu-meter", daemon=True)
            self._thread.start()
        if not replayed:
            _RUNNING[self.id] = None
        return self

    def stop(self) -> MeterReport:
        """Takes the last readings and makes the report. A second call returns the same report."""
        if self.report is not None:
            return self.report
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        machine = self._machine
        assert machine is not None, "start comes before stop"
        self._look_at_gpus()
        now = machine.now()
        for gauge in self._gauges:
            gauge.read(now)
        tree_s, busy_s = self._cpu_s()
        seconds = now - self._began
        cpu = cpu_share(tree_s - self._tree_s, busy_s - self._busy_s, machine.cpus() * seconds)

        from bongsu.energy.meter import meter_report  # the estimate's arithmetic is not needed until now

        self.report = meter_report.make_report(
            id=self.id,
            label=self.label,
            country=self.country,
            began=self._began_clock,
            seconds=seconds,
            cpu_s=tree_s - self._tree_s,
            exit_status=self.exit_status,
            machine=machine,
            job=self._place(machine),
            gauges=self._gauges,
            share_of=lambda gauge: self._share(gauge, cpu),
            notes=[*self._notes, *self._troubles()],
        )
        if self.send is not None:
            from bongsu.energy.meter import send

            self.sent = send.queue_and_flush(self.report, self.send)
        return self.report

    def cancel(self) -> None:
        """Ends the watching without a report."""
        _RUNNING.pop(self.id, None)
        self._done.set()

    def _place(self, machine: Machine) -> Job:
        """This process's place in its job; inside another meter of this process that still runs, a part of that one."""
        _RUNNING.pop(self.id, None)
        place = read_job(machine.environment)
        return replace(place, counts_node=False, outer=self._around) if self._around in _RUNNING else place

    def look(self) -> None:
        """Reads what is due now."""
        assert self._machine is not None, "start comes before look"
        now = self._machine.now()
        for gauge in self._gauges:
            if now - self._read_at[gauge] >= gauge.every_s:
                gauge.read(now)
                self._read_at[gauge] = now
        if now >= self._next_look:
            self._look_at_gpus()
            self._next_look = now + next(self._looks, _SAMPLE_EVERY_S)

    def _watch(self) -> None:
        assert self._machine is not None
        while not self._done.wait(max(0.05, self._next_due() - self._machine.now())):
            self.look()

    def _next_due(self) -> float:
        return min(
            [self._next_look, *(self._read_at[gauge] + gauge.every_s for gauge in self._gauges)], default=float("inf")
        )

    def _cpu_s(self) -> tuple[float, float]:
        assert self._machine is not None
        tree = tree_cpu_s(self._machine.tree(self._root), self._root, self._with_root)
        return tree, self._machine.cpu_busy_s()

    def _look_at_gpus(self) -> None:
        for gpu, use in self._gpus:
            self._look_at(gpu, use)

    def _look_at(self, gpu: Gpu, use: GpuUse) -> None:
        assert self._machine is not None
        with suppress(OSError):  # no figures this time: the share rests on the other looks, and says on what
            use.sample(gpu, self._machine, self._root)

    def _share(self, gauge: Gauge, cpu: Share) -> Share | None:
        """The tree's share of a part; None where it follows from the other parts."""
        if gauge.part.sensor.startswith("nvml"):
            return self._gpus[int(gauge.part.id.partition(":")[2])][1].share()
        if gauge.part.type == "gpu":  # a driver that does not say who uses it
            return Share(1.0, 0.0, 1.0, "gpu-unseen")
        return None if gauge.part.type == "machine" else cpu

    def _troubles(self) -> Iterator[MeterNote]:
        for gauge in self._gauges:
            if gauge.error:
                values = (("part", gauge.part.id), ("why", gauge.error))
                yield MeterNote(N_("{part}: the last readings failed, the figure is a lower bound: {why}"), values)
            if gauge.resets:
                message = N_("{part}: the counter started anew while metering, the figure is a lower bound.")
                yield MeterNote(message, (("part", gauge.part.id),))

    def __enter__(self) -> Meter:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
