"""Decodes OTLP's two encodings, protobuf and JSON, to the same Metric values. Left out: the meaning of metrics (otlp.py).

The attributes of a point stay encoded (its key), because most points repeat a few sets: the caller decodes each key once
with `Metric.attributes` and caches the result.
Source: OpenTelemetry protocol specification 1.x (proto3 JSON mapping: 64-bit integers are strings, enums are numbers).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bongsu.energy.intake.otlp_messages import KeyValue, Request

DELTA, CUMULATIVE = 1, 2  # AggregationTemporality
_NO_VALUE = 1  # DataPointFlags: no recorded value


@dataclass(frozen=True)
class Metric:
    """One metric of a message in either encoding. `points` are (key of the attributes, start, time, value), times in ns."""

    resource: Mapping[str, str]
    name: str
    unit: str
    shape: Literal["gauge", "sum", "histogram", "summary"]
    temporality: int
    points: Iterable[tuple[Hashable, int, int, float]]
    attributes: Callable[[Any], dict[str, str]]
    place: str


# --- protobuf


def protobuf_metrics(data: bytes) -> Iterator[Metric]:
    """Yields every metric of an ExportMetricsServiceRequest. Raises protobuf's DecodeError if it cannot be decoded."""
    request = Request.FromString(data)
    for i, of_resource in enumerate(request.resource_metrics):
        resource = _decode_attributes(of_resource.resource.attributes)
        for j, of_scope in enumerate(of_resource.scope_metrics):
            for k, metric in enumerate(of_scope.metrics):
                place = f"resource_metrics[{i}].scope_metrics[{j}].metrics[{k}]"
                if metric.HasField("sum"):
                    shape, body, points = "sum", metric.sum, _number_points(metric.sum.data_points)
                elif metric.HasField("gauge"):
                    shape, body, points = "gauge", metric.gauge, _number_points(metric.gauge.data_points)
                elif metric.HasField("histogram"):
                    shape, body, points = "histogram", metric.histogram, _histogram_sums(metric.histogram.data_points)
                elif metric.HasField("exponential_histogram"):
                    body = metric.exponential_histogram
                    shape, points = "histogram", _histogram_sums(body.data_points)
                else:
                    shape, body, points = "summary", metric.gauge, iter(())
                yield Metric(
                    resource,
                    metric.name,
                    metric.unit,
                    shape,  # type: ignore[arg-type]
                    body.aggregation_temporality,
                    points,
                    _decode_attributes,
                    place,
                )


def _number_points(points: Iterable[Any]) -> Iterator[tuple[Hashable, int, int, float]]:
    for point in points:
        value = point.as_double or point.as_int  # one of the two; the other is 0
        if value or (not point.flags & _NO_VALUE and point.WhichOneof("value")):
            yield tuple(point.attributes), point.start_time_unix_nano, point.time_unix_nano, value


def _histogram_sums(points: Iterable[Any]) -> Iterator[tuple[Hashable, int, int, float]]:
    for point in points:
        if not point.flags & _NO_VALUE:
            yield tuple(point.attributes), point.start_time_unix_nano, point.time_unix_nano, point.sum


def _decode_attributes(encoded: Iterable[bytes]) -> dict[str, str]:
    attributes = {}
    for pair in encoded:
        decoded = KeyValue.FromString(pair)
        which = decoded.value.WhichOneof("value")
        attributes[decoded.key] = str(getattr(decoded.value, which)) if which else ""
    return attributes


# --- JSON


def _json_messages(data: bytes) -> list[Any]:
    try:
        return [json.loads(data)]
    except json.JSONDecodeError as wrong:
        if not wrong.msg.startswith("Extra data"):
            raise
        return [json.loads(line) for line in data.splitlines() if line.strip()]


def json_metrics(data: bytes) -> Iterator[Metric]:
    """Yields every metric of one message, or of one message per line. Raises ValueError, KeyError, TypeError,
    AttributeError or IndexError if the JSON or its structure is invalid."""
    for message in _json_messages(data):
        for i, of_resource in enumerate(message["resourceMetrics"]):
            resource = _json_attributes(_json_key(of_resource.get("resource", {})))
            for j, of_scope in enumerate(of_resource.get("scopeMetrics", ())):
                for k, metric in enumerate(of_scope.get("metrics", ())):
                    place = f"resourceMetrics[{i}].scopeMetrics[{j}].metrics[{k}]"
                    yield _json_metric(metric, resource, place)


def _json_metric(metric: Mapping[str, Any], resource: Mapping[str, str], place: str) -> Metric:
    shape: Literal["gauge", "sum", "histogram", "summary"] = "summary"
    field = next((name for name in ("sum", "gauge", "histogram", "exponentialHistogram") if name in metric), "")
    if field:
        shape = "histogram" if field.endswith("istogram") else field  # type: ignore[assignment]
    body = metric.get(field, {})
    return Metric(
        resource,
        metric["name"],
        metric.get("unit", ""),
        shape,
        _parse_temporality(body.get("aggregationTemporality", 0)),
        _json_points(body.get("dataPoints", ())),
        _json_attributes,
        place,
    )


def _parse_temporality(given: int | str) -> int:
    """Reads the temporality as a number, as OTLP specifies, or as a name, as some senders write it."""
    names = {"AGGREGATION_TEMPORALITY_DELTA": DELTA, "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE}
    return names.get(given, 0) if isinstance(given, str) else given


def _json_points(points: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Hashable, int, int, float]]:
    for point in points:
        value = point.get("asDouble", point.get("asInt", point.get("sum")))
        if value is None or int(point.get("flags", 0)) & _NO_VALUE:
            continue
        start, time = int(point.get("startTimeUnixNano", 0)), int(point["timeUnixNano"])
        yield _json_key(point), start, time, float(value)


def _json_key(of: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((pair["key"], str(next(iter(pair["value"].values()), ""))) for pair in of.get("attributes", ()))


def _json_attributes(key: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(key)
