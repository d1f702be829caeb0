"""Exports the report in BoAmps, Boavizta's open format for the energy of AI tasks.

powerConsumption is an energy in kWh, despite its name. The measures are the energy of the metered processes, one for each
kind, so that modelled energy is separate from measured energy. The caller describes the task; without `task` the required
fields are "unspecified".
Source: Boavizta BoAmps, model/report_schema.json and the schemas it names (format version 0.1).
"""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.grid.grid_table import get_grid
from bongsu.energy.meter.meter_report import MeterReport

FORMAT_VERSION = "0.1"
_UNSPECIFIED = "unspecified"
_TYPES = {"gpu": "gpu", "cpu": "cpu", "memory": "ram"}


def boamps_document(
    report: MeterReport, task: Mapping[str, object] | None = None, *, infrastructure: str = "other"
) -> dict[str, object]:
    """Returns the report as a BoAmps document. `task` has BoAmps task fields (taskStage, taskFamily, algorithms, dataset ...);
    `infrastructure` is publicCloud, privateCloud, onPremise or other."""
    document: dict[str, object] = {
        "header": {
            "formatVersion": FORMAT_VERSION,
            "formatVersionSpecificationUri": "https://github.com/Boavizta/BoAmps/tree/main/model",
            "reportId": report.id,
            "reportDatetime": _format_time(report),
            "reportStatus": "final",
            "publisher": {"confidentialityLevel": "internal"},
        },
        "task": {
            "taskStage": _UNSPECIFIED,
            "taskFamily": _UNSPECIFIED,
            "algorithms": [{}],
            "dataset": [{"dataUsage": "input", "dataType": "other"}],
            **({"taskDescription": report.label} if report.label else {}),
            **(task or {}),
        },
        "measures": _list_measures(report),
        "system": {"os": report.host.system.partition(" ")[0].lower()},
        "software": {"language": "python", "version": report.python},
        "infrastructure": {"infraType": infrastructure, "components": _list_hardware(report)},
        "quality": _interval_quality(report),
    }
    if report.country is not None:
        here = get_grid(report.country)
        own = {} if "co2e" in here.stand_ins else {"powerSourceCarbonIntensity": here.g_co2e_per_kwh}
        document["environment"] = {"country": here.country, **own}  # the form has no field that says “of the world”
    return document


def _list_measures(report: MeterReport) -> list[dict[str, object]]:
    modes = {component.type: component.sensor for component in report.components}
    rows: list[dict[str, object]] = []
    for kind in Kind:
        energy = report.total("process", Boundary.CHIP, (kind,))
        if energy is None or energy.value is None:
            continue
        rows.append(
            {
                "measurementMethod": f"bongsu, {kind}",
                "version": report.software.partition(" ")[2],
                "cpuTrackingMode": modes.get("cpu", "none"),
                "gpuTrackingMode": modes.get("gpu", "none"),
                "powerConsumption": energy.to("kWh").value,
                "measurementDuration": report.seconds,
                "measurementDateTime": _format_time(report),
            }
        )
    return rows


def _list_hardware(report: MeterReport) -> list[dict[str, object]]:
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for component in report.components:
        if component.type not in _TYPES:
            continue
        kind = _TYPES[component.type]
        row = rows.setdefault(
            (kind, component.name), {"componentType": kind, "componentName": component.name, "nbComponent": 0}
        )
        row["nbComponent"] = int(str(row["nbComponent"])) + 1
        row["share"] = round(component.share.value, 6)
        if kind == "ram":
            row.update(nbComponent=1, memorySize=round(report.host.memory_bytes / 1e9))
    return list(rows.values())


def _interval_quality(report: MeterReport) -> str:
    """BoAmps' quality (high: within +-10 %, medium: +-25 %, else low) from the interval of the total."""
    energy = report.total()
    if energy is None or not energy.value or energy.low is None or energy.high is None:
        return "low"
    half = max(energy.value - energy.low, energy.high - energy.value) / energy.value
    return "high" if half <= 0.10 else "medium" if half <= 0.25 else "low"


def _format_time(report: MeterReport) -> str:
    return report.end.strftime("%Y-%m-%d %H:%M:%S")
