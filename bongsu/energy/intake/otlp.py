"""OpenTelemetry metrics (OTLP, protobuf and JSON): hardware energy and power, and the tokens of generative AI.

Read are the metrics in the two tables below; the rest of a message is named in the report's `ignored` and left alone.
A machine's total comes from hw.host.* alone, as the conventions ask: parts are kept apart from it and never added up to it.
Of tokens, input and output are read; cached input is kept as the part of input that it is; reasoning tokens are a part of
output and cache writes a part of input, so neither is read. The conventions have carried the same tokens under four names:
where several are sent, the one of the lowest rank counts.

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
from bongsu.energy.intake.otlp_wire import CUMULATIVE, DELTA, Metric, json_metrics, protobuf_metrics
from bongsu.energy.intake.report import BASE_UNIT, Form, Gathering, Measure, Report, Series, components


class Hardware(NamedTuple):
    """What a hardware metric measures; a `component` of "" is told by the attribute hw.type."""

    measure: Literal["energy", "power"]
    component: str
    rank: int


class Tokens(NamedTuple):
    """What a token metric counts; None where the attribute gen_ai.token.type tells it."""

    measure: Measure | None
    rank: int


HARDWARE = {
    "hw.host.energy": Hardware("energy", "host", 0),
    "hw.host.power": Hardware("power", "host", 1),
    "hw.energy": Hardware("energy", "", 0),
    "hw.power": Hardware("power", "", 1),
}
_USAGE = "gen_ai.client.inference.usage."
TOKENS = {
    _USAGE + "input_tokens": Tokens("input_tokens", 0),
    _USAGE + "output_tokens": Tokens("output_tokens", 0),
    _USAGE + "cache_read.input_tokens": Tokens("cached_tokens", 0),
    _USAGE + "detailed.input_tokens": Tokens("input_tokens", 1),
    _USAGE + "detailed.output_tokens": Tokens("output_tokens", 1),
    _USAGE + "detailed.cache_read.input_tokens": Tokens("cached_tokens", 1),
    "gen_ai.client.inference.operation.input_tokens": Tokens("input_tokens", 2),
    "gen_ai.client.inference.operation.output_tokens": Tokens("output_tokens", 2),
    "gen_ai.client.token.usage": Tokens(None, 3),
}
# hw.type -> component; a battery only stores, and temperatures and voltages use nothing.
TYPES = {
    "cpu": "cpu",
    "gpu": "gpu",
    "memory": "memory",
    "network": "network",
    "physical_disk": "disk",
    "fan": "fan",
    "power_supply": "power-supply",
    "enclosure": "power-supply",
}
NOT_USED = {"battery", "logical_disk", "temperature", "voltage"}
TOKEN_TYPES: Mapping[str, Measure] = {
    "input": "input_tokens",
    "output": "output_tokens",
    "completion": "output_tokens",  # the name of "output" up to semantic conventions 1.27
}
_SOURCE = ("host.id", "host.name", "k8s.node.name", "service.instance.id", "service.name")


def read_protobuf(data: bytes, digest: str, received: int) -> Report:
    """The report in an ExportMetricsServiceRequest. Raises BadInput where a byte of it is wrong."""
    try:
        return _report(protobuf_metrics(data), "otlp-protobuf", digest, received)
    except (DecodeError, UnicodeDecodeError):
        raise BadInput(
            N_("This is no whole OTLP metrics message in protobuf."), fix=N_("Send it again; it may have been cut off.")
        ) from None


def read_json(data: bytes, digest: str, received: int) -> Report:
    """The report in OTLP JSON: one ExportMetricsServiceRequest, or one a line as the Collector's file exporter writes."""
    try:
        return _report(json_metrics(data), "otlp-json", digest, received)
    except (ValueError, RecursionError) as wrong:
        reason = wrong if isinstance(wrong, json.JSONDecodeError) else type(wrong).__name__
        raise BadInput(N_("This is no whole OTLP metrics message in JSON: {reason}."), reason=reason) from None
    except (KeyError, TypeError, AttributeError, IndexError) as wrong:
        raise BadInput(
            N_("A field of this OTLP message is missing or of a wrong type: {reason}."), reason=wrong
        ) from None


def _report(metrics: Iterator[Metric], format_: str, digest: str, received: int) -> Report:
    gathering, units_seen = Gathering(), dict[str, str]()
    for metric in metrics:
        if metric.name not in HARDWARE and metric.name not in TOKENS:
            gathering.ignored.add(metric.name)
            continue
        if units_seen.setdefault(metric.name, metric.unit) != metric.unit:
            raise BadInput(
                N_("The metric {name} comes in two units, “{one}” and “{two}”."),
                where=metric.place,
                fix=N_("Send a metric in one unit."),
                name=metric.name,
                one=units_seen[metric.name],
                two=metric.unit,
            )
        _gather(metric, gathering)
    return gathering.report(format_, digest, received)


def _gather(metric: Metric, gathering: Gathering) -> None:
    series_of = _hardware if metric.name in HARDWARE else _tokens
    scales: dict[Measure, float] = {}
    numbers: dict[Hashable, tuple[int, float]] = {}
    index, start, time, value = gathering.index, gathering.start, gathering.time, gathering.value
    gathering.place(metric.place + ".data_points[{n}]")
    for key, began, at, number in metric.points:
        try:
            series, scale = numbers[key]
        except KeyError:
            made = series_of(metric, metric.attributes(key))
            if made is None:
                series, scale = -1, 0.0
                gathering.ignored.add(metric.name)
            else:
                if made.measure not in scales:
                    scales[made.measure] = _scale(metric, made.measure)
                series, scale = gathering.number(made), scales[made.measure]
            numbers[key] = series, scale
        if series < 0:
            continue
        index.append(series)
        start.append(began)
        time.append(at)
        value.append(number * scale)


def _scale(metric: Metric, measure: Measure) -> float:
    try:
        return _factor(metric.unit, BASE_UNIT[measure])
    except UnitMismatch as wrong:
        raise UnitMismatch(wrong.message, where=metric.place, fix=wrong.fix, **wrong.values) from None
    except UnknownName:
        raise BadInput(
            N_("The metric {name} has a unit that is not known here: “{unit}”."),
            where=metric.place,
            fix=N_("The conventions give it in {known}."),
            name=metric.name,
            unit=metric.unit,
            known=BASE_UNIT[measure],
        ) from None


@lru_cache(maxsize=256)
def _factor(ucum: str, base: str) -> float:
    """The factor from a UCUM unit (kW.h, {token}, J) to the base unit; no unit means the convention's own, the base."""
    text = ucum.strip("{} ").replace(".h", "h").replace(".s", " s")
    return float(units.factor(text, base)) if text else 1.0


def _form(metric: Metric) -> Form:
    if metric.shape == "gauge":
        return "gauge"
    if metric.shape == "summary" or metric.temporality not in (DELTA, CUMULATIVE):
        raise BadInput(
            N_("The metric {name} is neither a gauge nor a sum or histogram with a temporality."),
            where=metric.place,
            name=metric.name,
        )
    return "delta" if metric.temporality == DELTA else "counter"


def _source(resource: Mapping[str, str]) -> str:
    return next((resource[name] for name in _SOURCE if resource.get(name)), "")


def _hardware(metric: Metric, attributes: dict[str, str]) -> Series | None:
    row = HARDWARE[metric.name]
    type_ = (attributes.pop("hw.type", "") or attributes.pop("type", "")).casefold()
    if not row.component and type_ in NOT_USED:
        return None
    component = row.component or TYPES.get(type_, "other")
    form = _form(metric)
    if row.measure == "energy" and form == "gauge":
        form = "counter"  # a running total sent as a gauge
    if row.measure == "power" and form == "delta":
        raise BadInput(N_("The metric {name} is a power and cannot be a delta."), where=metric.place, name=metric.name)
    device = attributes.pop("hw.id", "") or attributes.pop("id", "")
    parent = attributes.pop("hw.parent", "") or attributes.pop("parent", "")
    for told in ("hw.name", "name", "hw.model", "hw.vendor"):
        attributes.pop(told, None)
    return Series(
        meter="opentelemetry",
        source=_source(metric.resource),
        component=component,
        measure=row.measure,
        form="gauge" if row.measure == "power" else form,
        boundary=components()[component].boundary,
        kind=Kind.MEASURED,
        device="" if component == "host" else device,
        label=_label(attributes),
        rank=row.rank,
        parent=parent,
    )


def _tokens(metric: Metric, attributes: dict[str, str]) -> Series | None:
    row = TOKENS[metric.name]
    measure = row.measure or TOKEN_TYPES.get(attributes.pop("gen_ai.token.type", ""))
    if measure is None:
        return None  # a part (cached, reasoning) or a total of the others
    form = _form(metric)
    if form == "gauge":
        raise BadInput(
            N_("The metric {name} counts tokens and cannot be a gauge."), where=metric.place, name=metric.name
        )
    asked, answered = attributes.pop("gen_ai.request.model", ""), attributes.pop("gen_ai.response.model", "")
    model = answered or asked
    if not model:
        raise BadInput(
            N_("The metric {name} names no model."),
            where=metric.place,
            fix=N_("Add the attribute gen_ai.request.model."),
            name=metric.name,
        )
    return Series(
        meter="opentelemetry",
        source=_source(metric.resource),
        component="inference",
        measure=measure,
        form=form,
        boundary=components()["inference"].boundary,
        kind=Kind.MODELLED,
        device=model,
        label=_label(attributes),
        rank=row.rank,
        model=model,
    )


def _label(attributes: Mapping[str, str]) -> str:
    return ",".join(f"{name}={attributes[name]}" for name in sorted(attributes))
