"""One metering, from start to stop: opens the sensors, runs one background thread, and makes a report.

Counters are read at the start and at the end. The thread reads what cannot wait: a counter before it wraps, power that
must be integrated, and the processes on each GPU. A failure while metering becomes a note in the report; the meter never
stops the work that it meters. Left out: sending (send.py) and printing (summary.py) the report.
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

# Seconds between samples of the processes on the GPUs: short at first, so that a short run is sampled, then longer.
_FIRST_SAMPLES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_SAMPLE_EVERY_S = 15.0
# The running meters of this process, by id. A nested meter is part of the outer one and is never added to it.
_RUNNING: dict[str, None] = {}


class Meter:
    """Meters this process and its children between `start` and `stop`. After `stop`, `report` holds the result, and `sent`
    the outcome of sending if `send` was given.

    `label` names the work in the report; `country` (ISO 3166-1 alpha-3) is where the electricity is used; `send` is a node's
    address. `machine` is this machine unless a recording is replayed. `with_root` False meters the children only, without
    this process itself. Raises UnknownName for a country without a grid value, BadInput for an invalid address.
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
            from bongsu.energy.grid.grid_table import get_grid

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
        self._outer = ""
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *, watch: bool = True) -> Meter:
        """Takes the first readings. With `watch` False it starts no thread; the caller calls `read_due` (as a replay does).

        Raises Misconfigured if the meter was started before.
        """
        if self.report is not None or self._thread is not None:
            raise Misconfigured(N_("A meter can be started only once; create a new one for another run."))
        replayed = self._machine is not None
        self._outer = "" if replayed else next(reversed(_RUNNING), "")
        machine = self._machine = self._machine or this_machine()
        self._root = machine.pid
        self._gauges, self._notes = sensors.find_gauges(machine)
        self._gpus: list[tuple[Gpu, GpuUse]] = []
        if any(gauge.part.sensor.startswith("nvml") for gauge in self._gauges):
            self._gpus = [(gpu, GpuUse()) for gpu in machine.gpus()]
            for gpu, _ in self._gpus:
                self._sample_gpu(gpu, GpuUse())  # discards samples from before the start
        self._began, self._began_clock = machine.now(), machine.clock()
        self._tree_s, self._busy_s = self._cpu_s()
        self._read_at: dict[Gauge, float] = {}
        for gauge in self._gauges:
            gauge.read(self._began)
            self._read_at[gauge] = self._began
        self._sample_intervals = iter(_FIRST_SAMPLES_S)
        self._next_sample = self._began + next(self._sample_intervals) if self._gpus else float("inf")
        if watch and self._next_due() < float("inf"):
            self._thread = threading.Thread(target=self._watch, name="bongsu-meter", daemon=True)
            self._thread.start()
        if not replayed:
            _RUNNING[self.id] = None
        return self

    def stop(self) -> MeterReport:
        """Takes the last readings and returns the report. A second call returns the same report."""
        if self.report is not None:
            return self.report
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        machine = self._machine
        assert machine is not None, "call start before stop"
        self._sample_gpus()
        now = machine.now()
        for gauge in self._gauges:
            gauge.read(now)
        tree_s, busy_s = self._cpu_s()
        seconds = now - self._began
        cpu = cpu_share(tree_s - self._tree_s, busy_s - self._busy_s, machine.cpus() * seconds)

        from bongsu.energy.meter import meter_report  # imported late: not needed before

        self.report = meter_report.make_report(
            id=self.id,
            label=self.label,
            country=self.country,
            began=self._began_clock,
            seconds=seconds,
            cpu_s=tree_s - self._tree_s,
            exit_status=self.exit_status,
            machine=machine,
            job=self._job(machine),
            gauges=self._gauges,
            share_of=lambda gauge: self._share(gauge, cpu),
            notes=[*self._notes, *self._fault_notes()],
        )
        if self.send is not None:
            from bongsu.energy.meter import send

            self.sent = send.queue_and_flush(self.report, self.send)
        return self.report

    def cancel(self) -> None:
        """Stops the background thread and makes no report."""
        _RUNNING.pop(self.id, None)
        self._done.set()

    def _job(self, machine: Machine) -> Job:
        """The rank of this process in its job. If an outer meter of this process still runs, the job names it as `outer`."""
        _RUNNING.pop(self.id, None)
        job = read_job(machine.environment)
        return replace(job, counts_node=False, outer=self._outer) if self._outer in _RUNNING else job

    def read_due(self) -> None:
        """Reads the gauges and GPU samples that are due now."""
        assert self._machine is not None, "call start before read_due"
        now = self._machine.now()
        for gauge in self._gauges:
            if now - self._read_at[gauge] >= gauge.every_s:
                gauge.read(now)
                self._read_at[gauge] = now
        if now >= self._next_sample:
            self._sample_gpus()
            self._next_sample = now + next(self._sample_intervals, _SAMPLE_EVERY_S)

    def _watch(self) -> None:
        assert self._machine is not None
        while not self._done.wait(max(0.05, self._next_due() - self._machine.now())):
            self.read_due()

    def _next_due(self) -> float:
        return min(
            [self._next_sample, *(self._read_at[gauge] + gauge.every_s for gauge in self._gauges)], default=float("inf")
        )

    def _cpu_s(self) -> tuple[float, float]:
        assert self._machine is not None
        tree = tree_cpu_s(self._machine.tree(self._root), self._root, self._with_root)
        return tree, self._machine.cpu_busy_s()

    def _sample_gpus(self) -> None:
        for gpu, use in self._gpus:
            self._sample_gpu(gpu, use)

    def _sample_gpu(self, gpu: Gpu, use: GpuUse) -> None:
        assert self._machine is not None
        with suppress(OSError):  # no sample this time: the share is computed from the other samples
            use.sample(gpu, self._machine, self._root)

    def _share(self, gauge: Gauge, cpu: Share) -> Share | None:
        """The share of a part's energy that the metered processes used; None if it is computed from the other parts."""
        if gauge.part.sensor.startswith("nvml"):
            return self._gpus[int(gauge.part.id.partition(":")[2])][1].share()
        if gauge.part.type == "gpu":  # a driver that does not report the processes
            return Share(1.0, 0.0, 1.0, "gpu-unseen")
        return None if gauge.part.type == "machine" else cpu

    def _fault_notes(self) -> Iterator[MeterNote]:
        for gauge in self._gauges:
            if gauge.error:
                values = (("part", gauge.part.id), ("why", gauge.error))
                yield MeterNote(N_("{part}: the last readings failed; the value is a lower bound: {why}"), values)
            if gauge.resets:
                message = N_("{part}: the counter was reset while metering; the value is a lower bound.")
                yield MeterNote(message, (("part", gauge.part.id),))

    def __enter__(self) -> Meter:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
