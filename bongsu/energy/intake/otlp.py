"""Reads OpenTelemetry metrics (OTLP, protobuf and JSON): hardware energy and power, and the tokens of generative AI.

It reads the metrics in the two tables below; the report's `ignored` names the other metrics of a message.
A machine's total comes only from hw.host.*, as the conventions require: parts are separate and are never summed to it.
Input and output tokens are read; cached input tokens are kept as part of the input. Reasoning tokens (part of the output)
and cache writes (part of the input) are not read. The conventions have had four names for the same tokens: if a sender uses
several, the metric of the lowest rank counts.

Sources: OpenTelemetry semantic conventions, hardware (hw.*); semantic-conventions-genai, token metrics (2026-09) and before.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from google.protobuf.message import DecodeError

from bongsu.core import units
from bongsu.core.errors import N_, BadInput, UnitMismatch, UnknownName
from bongsu.core.estimate import Kind
from bongsu.energy.intake.intake_report import (
    BASE_UNIT,
    IntakeReport,
    Measure,
    PointForm,
    PointSeries,
    ReportBuilder,
    components,
)
from bongsu.energy.intake.otlp_wire import CUMULATIVE, DELTA, Metric, json_metrics, protobuf_metrics


class HardwareMetric(NamedTuple):
    """The meaning of a hardware metric. If `component` is "", the attribute hw.type gives it."""

    measure: Literal["energy", "power"]
    component: str
    rank: int


class TokenMetric(NamedTuple):
    """The meaning of a token metric. If `measure` is None, the attribute gen_ai.token.type gives it."""

    measure: Measure | None
    rank: int


HARDWARE_METRICS = {
    "hw.host.energy": HardwareMetric("energy", "host", 0),
    "hw.host.power": HardwareMetric("power", "host", 1),
    "hw.energy": HardwareMetric("energy", "", 0),
    "hw.power": HardwareMetric("power", "", 1),
}
_USAGE_PREFIX = "gen_ai.client.inference.usage."
TOKEN_METRICS = {
    _USAGE_PREFIX + "input_tokens": TokenMetric("input_tokens", 0),
    _USAGE_PREFIX + "output_tokens": TokenMetric("output_tokens", 0),
    _USAGE_PREFIX + "cache_read.input_tokens": TokenMetric("cached_tokens", 0),
    _USAGE_PREFIX + "detailed.input_tokens": TokenMetric("input_tokens", 1),
    _USAGE_PREFIX + "detailed.output_tokens": TokenMetric("output_tokens", 1),
    _USAGE_PREFIX + "detailed.cache_read.input_tokens": TokenMetric("cached_tokens", 1),
    "gen_ai.client.inference.operation.input_tokens": TokenMetric("input_tokens", 2),
    "gen_ai.client.inference.operation.output_tokens": TokenMetric("output_tokens", 2),
    "gen_ai.client.token.usage": TokenMetric(None, 3),
}
# hw.type -> component. Not here: batteries store energy, and temperatures and voltages consume none.
COMPONENT_BY_TYPE = {
    "cpu": "cpu",
    "gpu": "gpu",
    "memory": "memory",
    "network": "network",
    "physical_disk": "disk",
    "fan": "fan",
    "power_supply": "power-supply",
    "enclosure": "power-supply",
}
IGNORED_TYPES = {"battery", "logical_disk", "temperature", "voltage"}
TOKEN_TYPES: Mapping[str, Measure] = {
    "input": "input_tokens",
    "output": "output_tokens",
    "completion": "output_tokens",  # the name of "output" up to semantic conventions 1.27
}
_SOURCE_ATTRIBUTES = ("host.id", "host.name", "k8s.node.name", "service.instance.id", "service.name")


def read_protobuf(data: bytes, digest: str, received: int) -> IntakeReport:
    """Reads an ExportMetricsServiceRequest in protobuf. Raises BadInput if it cannot be decoded or a point is invalid."""
    try:
        return _make_report(protobuf_metrics(data), "otlp-protobuf", digest, received)
    except (DecodeError, UnicodeDecodeError):
        raise BadInput(
            N_("This is not a complete OTLP metrics message in protobuf."),
            fix=N_("Send it again; it may have been cut off."),
        ) from None


def read_json(data: bytes, digest: str, received: int) -> IntakeReport:
    """Reads OTLP JSON: one ExportMetricsServiceRequest, or one per line, as the Collector's file exporter writes."""
    try:
        return _make_report(json_metrics(data), "otlp-json", digest, received)
    except (ValueError, RecursionError) as wrong:
        reason = wrong if isinstance(wrong, json.JSONDecodeError) else type(wrong).__name__
        raise BadInput(N_("This is not a complete OTLP metrics message in JSON: {reason}."), reason=reason) from None
    except (KeyError, TypeError, AttributeError, IndexError) as wrong:
        raise BadInput(
            N_("A field of this OTLP message is missing or has the wrong type: {reason}."), reason=wrong
        ) from None


def _make_report(metrics: Iterator[Metric], format_: str, digest: str, received: int) -> IntakeReport:
    builder, units_seen = ReportBuilder(), dict[str, str]()
    for metric in metrics:
        if metric.name not in HARDWARE_METRICS and metric.name not in TOKEN_METRICS:
            builder.ignored.add(metric.name)
            continue
        if units_seen.setdefault(metric.name, metric.unit) != metric.unit:
            raise BadInput(
                N_("The metric {name} has two units, “{one}” and “{two}”."),
                where=metric.place,
                fix=N_("Send each metric in one unit."),
                name=metric.name,
                one=units_seen[metric.name],
                two=metric.unit,
            )
        _gather_points(metric, builder)
    return builder.report(format_, digest, received)


def _gather_points(metric: Metric, builder: ReportBuilder) -> None:
    series_of = _hardware_series if metric.name in HARDWARE_METRICS else _token_series
    scales: dict[Measure, float] = {}
    numbers: dict[Hashable, tuple[int, float]] = {}
    index, start, time, value = builder.index, builder.start, builder.time, builder.value
    builder.place(metric.place + ".data_points[{n}]")
    for key, began, at, number in metric.points:
        try:
            series, scale = numbers[key]
        except KeyError:
            made = series_of(metric, metric.attributes(key))
            if made is None:
                series, scale = -1, 0.0
                builder.ignored.add(metric.name)
            else:
                if made.measure not in scales:
                    scales[made.measure] = _scale(metric, made.measure)
                series, scale = builder.number(made), scales[made.measure]
            numbers[key] = series, scale
        if series < 0:
            continue
        index.append(series)
        start.append(began)
        time.append(at)
        value.append(number * scale)


def _scale(metric: Metric, measure: Measure) -> float:
    try:
        return _unit_factor(metric.unit, BASE_UNIT[measure])
    except UnitMismatch as wrong:
        raise UnitMismatch(wrong.message, where=metric.place, fix=wrong.fix, **wrong.values) from None
    except UnknownName:
        raise BadInput(
            N_("The metric {name} has an unknown unit: “{unit}”."),
            where=metric.place,
            fix=N_("Send it in {known}, the unit of the OpenTelemetry conventions."),
            name=metric.name,
            unit=metric.unit,
            known=BASE_UNIT[measure],
        ) from None


@lru_cache(maxsize=256)
def _unit_factor(ucum: str, base: str) -> float:
    """The factor from a UCUM unit (kW.h, {token}, J) to the base unit. An empty unit is the convention's, the base unit."""
    text = ucum.strip("{} ").replace(".h", "h").replace(".s", " s")
    return float(units.conversion_factor(text, base)) if text else 1.0


def _point_form(metric: Metric) -> PointForm:
    if metric.shape == "gauge":
        return "gauge"
    if metric.shape == "summary" or metric.temporality not in (DELTA, CUMULATIVE):
        raise BadInput(
            N_("The metric {name} is neither a gauge nor a sum or histogram with a temporality."),
            where=metric.place,
            name=metric.name,
        )
    return "delta" if metric.temporality == DELTA else "counter"


def _find_source(resource: Mapping[str, str]) -> str:
    return next((resource[name] for name in _SOURCE_ATTRIBUTES if resource.get(name)), "")


def _hardware_series(metric: Metric, attributes: dict[str, str]) -> PointSeries | None:
    row = HARDWARE_METRICS[metric.name]
    type_ = (attributes.pop("hw.type", "") or attributes.pop("type", "")).casefold()
    if not row.component and type_ in IGNORED_TYPES:
        return None
    component = row.component or COMPONENT_BY_TYPE.get(type_, "other")
    form = _point_form(metric)
    if row.measure == "energy" and form == "gauge":
        form = "counter"  # a running total sent as a gauge
    if row.measure == "power" and form == "delta":
        raise BadInput(N_("The metric {name} is a power and cannot be a delta."), where=metric.place, name=metric.name)
    device = attributes.pop("hw.id", "") or attributes.pop("id", "")
    parent = attributes.pop("hw.parent", "") or attributes.pop("parent", "")
    for descriptive in ("hw.name", "name", "hw.model", "hw.vendor"):
        attributes.pop(descriptive, None)
    return PointSeries(
        meter="opentelemetry",
        source=_find_source(metric.resource),
        component=component,
        measure=row.measure,
        form="gauge" if row.measure == "power" else form,
        boundary=components()[component].boundary,
        kind=Kind.MEASURED,
        device="" if component == "host" else device,
        label=_series_label(attributes),
        rank=row.rank,
        parent=parent,
    )


def _token_series(metric: Metric, attributes: dict[str, str]) -> PointSeries | None:
    row = TOKEN_METRICS[metric.name]
    measure = row.measure or TOKEN_TYPES.get(attributes.pop("gen_ai.token.type", ""))
    if measure is None:
        return None  # another token type: a part (cached, reasoning) or a total
    form = _point_form(metric)
    if form == "gauge":
        raise BadInput(
            N_("The metric {name} counts tokens and cannot be a gauge."), where=metric.place, name=metric.name
        )
    asked, answered = attributes.pop("gen_ai.request.model", ""), attributes.pop("gen_ai.response.model", "")
    model = answered or asked
    if not model:
        raise BadInput(
            N_("The metric {name} has no model attribute."),
            where=metric.place,
            fix=N_("Add the attribute gen_ai.request.model."),
            name=metric.name,
        )
    return PointSeries(
        meter="opentelemetry",
        source=_find_source(metric.resource),
        component="inference",
        measure=measure,
        form=form,
        boundary=components()["inference"].boundary,
        kind=Kind.MODELLED,
        device=model,
        label=_series_label(attributes),
        rank=row.rank,
        model=model,
    )


def _series_label(attributes: Mapping[str, str]) -> str:
    return ",".join(f"{name}={attributes[name]}" for name in sorted(attributes))
