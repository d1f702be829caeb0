"""Messages for the intake's tests: the specimens, and OTLP JSON written out field by field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bongsu.energy.intake.intake_report import IntakeReport
from bongsu.energy.intake.message_formats import read_message

NOW = 1_795_500_000 * 10**9  # 2026-11-24T06:00:00Z, after every specimen
SPECIMENS = Path(__file__).parents[2] / "specimens" / "intake"


@pytest.fixture(scope="session")
def specimen() -> Callable[[str], bytes]:
    """The bytes of a specimen."""
    return lambda name: (SPECIMENS / name).read_bytes()


def attributes(given: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in given.items()]


def message(*metrics: dict[str, Any], host: str = "node-1") -> bytes:
    resource = {"attributes": attributes({"host.name": host})}
    return json.dumps(
        {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": list(metrics)}]}]}
    ).encode()


def point(value: float, at: float, *, start: float = 0, **labels: str) -> dict[str, Any]:
    """A point at `at` seconds since 1970; labels are written with _ for a dot (hw_id)."""
    return {
        "attributes": attributes({name.replace("hw_", "hw.", 1): text for name, text in labels.items()}),
        "startTimeUnixNano": str(round(start * 10**9)),
        "timeUnixNano": str(round(at * 10**9)),
        "asDouble": value,
    }


def counter(name: str, *points: dict[str, Any], unit: str = "J", temporality: int = 2) -> dict[str, Any]:
    body = {"dataPoints": list(points), "aggregationTemporality": temporality, "isMonotonic": True}
    return {"name": name, "unit": unit, "sum": body}


def gauge(name: str, *points: dict[str, Any], unit: str = "W") -> dict[str, Any]:
    return {"name": name, "unit": unit, "gauge": {"dataPoints": list(points)}}


@pytest.fixture(scope="session")
def otlp() -> Any:
    """The makers of OTLP JSON: otlp.message(otlp.counter(...)), and otlp.report(...) that reads it."""

    class Makers:
        now = NOW
        message = staticmethod(message)
        point = staticmethod(point)
        counter = staticmethod(counter)
        gauge = staticmethod(gauge)

        @staticmethod
        def report(*metrics: dict[str, Any], host: str = "node-1", received: int = NOW) -> IntakeReport:
            return read_message("otlp-json", message(*metrics, host=host), received=received)

    return Makers
