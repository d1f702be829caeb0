"""Reads Prometheus text (and OpenMetrics) of Kepler, with old and new names, and of Zeus. prometheus.csv lists the metrics.

Ignored, because they repeat the same energy: Kepler's processes, pods and virtual machines, its active and idle parts, and
RAPL's core, uncore and psys zones. Containers are shares of their machine: a separate component, never added to the machine.
Zeus measures windows of a program, which may be nested: of one device, the largest counts, not the sum.
A sample without a time gets the time that the sender states (`at`), else the time of arrival.
Sources: kepler docs/user/metrics.md (0.11), kepler 0.5-0.9 metrics; zeus/metric.py (0.16); prometheus.io exposition formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple, cast

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Kind
from bongsu.energy.intake.intake_report import SECOND, IntakeReport, Measure, PointSeries, ReportBuilder, components
from bongsu.store.tables.definitions import read_rows

_LABELS = r'(?:[^"}]|"(?:[^"\\]|\\.)*")*'
_LINE = re.compile(
    rf"([A-Za-z_:][\w:]*)(?:\{{({_LABELS})\}})?[ \t]+(\S+)(?:[ \t]+(-?[0-9.]+(?:e[0-9]+)?))?[ \t]*(?:# .*)?"
)
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?')
_ESCAPE = re.compile(r"\\(.)")
# RAPL zones: the package holds core and uncore, psys holds the package.
COMPONENT_BY_ZONE = {"package": "cpu", "dram": "memory", "": "cpu"}
_SOURCES = ("node_name", "node", "exported_instance", "instance", "job")
_PART_OF_A_MACHINE = re.compile("sub-?system|cpu|memory|gpu|fan|storage", re.IGNORECASE)


class MetricRow(NamedTuple):
    """A row of prometheus.csv."""

    meter: str
    component: str
    measure: Measure
    rank: int
    device: str


class MetricSample(NamedTuple):
    """One line: its number, the metric, its labels, and its value and time as text."""

    line: int
    metric: str
    labels: str
    value: str
    time: str


@lru_cache(maxsize=1)
def metric_table() -> Mapping[str, MetricRow]:
    """The rows of prometheus.csv by metric name."""
    return MappingProxyType(
        {
            row["metric"]: MetricRow(
                row["meter"], row["component"], cast(Measure, row["measure"]), int(row["rank"]), row["device"]
            )
            for row in read_rows(files(__package__) / "prometheus.csv")
        }
    )


def is_prometheus(text: str) -> bool:
    """Whether a file that starts with `text` is Prometheus text."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.startswith(("# HELP ", "# TYPE ", "# UNIT ")) or bool(_LINE.fullmatch(first))


def read_prometheus(data: bytes, digest: str, received: int, at: int = 0) -> IntakeReport:
    """Reads an exposition; `at` (ns since 1970) is the time of the scrape. Raises BadInput with the line."""
    open_metrics = data.rstrip().endswith(b"# EOF")
    builder = ReportBuilder()
    samples = list(_parse_samples(data))
    created = {
        (sample.metric.removesuffix("_created"), sample.labels): round(_parse_number(sample) * SECOND)
        for sample in samples
        if sample.metric.endswith("_created")
    }
    for sample in samples:
        row = metric_table().get(sample.metric)
        series = _make_series(sample, row) if row else None
        if series is None:
            builder.ignored.add(sample.metric)
            continue
        builder.place(f"line {sample.line}")
        base = sample.metric.removesuffix("_total").removesuffix("_sum")
        time = _parse_time(sample, open_metrics) or at or received
        start = min(created.get((base, sample.labels), 0), time) if series.form == "counter" else 0
        builder.add(series, time, _parse_number(sample), start=start)
    return builder.report("prometheus", digest, received)


def _parse_samples(data: bytes) -> Iterator[MetricSample]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(N_("This file is not text in UTF-8.")) from None
    lines = text.split("\n")
    if lines[-1].strip():
        raise BadInput(
            N_("The last line has no line feed: the text was cut off."),
            where=f"line {len(lines)}",
            fix=N_("Send it again."),
        )
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.rstrip("\r"))
        if not found:
            raise BadInput(N_("This is not a valid line of the Prometheus text format."), where=f"line {number}")
        metric, labels, value, time = found.groups(default="")
        yield MetricSample(number, metric, labels, value, time)


def _parse_number(sample: MetricSample) -> float:
    try:
        return float(sample.value)
    except ValueError:
        raise BadInput(N_("“{text}” is not a number."), where=f"line {sample.line}", text=sample.value[:60]) from None


def _parse_time(sample: MetricSample, open_metrics: bool) -> int:
    """The time in nanoseconds; 0 if the line has none. OpenMetrics gives seconds, the Prometheus format milliseconds."""
    if not sample.time:
        return 0
    try:
        return round(float(sample.time) * SECOND) if open_metrics else int(sample.time) * 1_000_000
    except (ValueError, OverflowError):
        raise BadInput(
            N_("“{text}” is not a valid time."), where=f"line {sample.line}", text=sample.time[:60]
        ) from None


@lru_cache(maxsize=4096)
def _parse_labels(text: str) -> Mapping[str, str]:
    return MappingProxyType(
        {name: _ESCAPE.sub(lambda m: {"n": "\n"}.get(m[1], m[1]), value) for name, value in _LABEL.findall(text)}
    )


def _make_series(sample: MetricSample, row: MetricRow) -> PointSeries | None:
    labels = dict(_parse_labels(sample.labels))
    component = row.component
    zone = labels.get("zone", "").partition("-")[0]
    if component == "zone":
        component = COMPONENT_BY_ZONE.get(zone, "")
    if not component or (component == "workload" and zone not in COMPONENT_BY_ZONE):
        return None
    if sample.metric == "kepler_platform_watts" and _PART_OF_A_MACHINE.search(labels.get("power_control_name", "")):
        return None
    shared = component == "workload" or _is_modelled(labels.get("source", ""))
    return PointSeries(
        meter=row.meter,
        source=next((labels[name] for name in _SOURCES if labels.get(name)), ""),
        component=component,
        measure=row.measure,
        form="gauge" if row.measure == "power" else "counter",
        boundary=components()[component].boundary,
        kind=Kind.MODELLED if shared else Kind.MEASURED,
        device=labels.get(row.device, ""),
        label=sample.labels,
        rank=row.rank,
        nested=row.meter == "zeus",
    )


def _is_modelled(source: str) -> bool:
    """Whether the value is modelled. Kepler up to 0.9 names its source: rapl-sysfs, acpi, nvidia, or one of its models."""
    return "model" in source or "estimator" in source
