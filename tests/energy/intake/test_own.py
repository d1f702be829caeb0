"""Bongsu's own reports: the processes' share, part by part, and runs inside runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.message_formats import read_message, read_report_file
from bongsu.energy.meter.replay import load_recording, replay_recording
from bongsu.energy.meter.report_json import dump_report

RECORDING = Path(__file__).parents[1] / "meter" / "recordings" / "gpu-node.json"


@pytest.fixture
def written():
    return json.loads(
        json.dumps(dump_report(replay_recording(load_recording(RECORDING), label="training", country="KOR")))
    )


@pytest.fixture
def received(written):
    return round((datetime.fromisoformat(written["end"]) + timedelta(hours=1)).timestamp()) * 10**9


def test_each_part_is_what_its_processes_used(written, received):
    report = read_report_file(json.dumps(written).encode(), "report.json", received=received)
    assert report.format == "bongsu"
    assert report.value.tolist() == [part["process"]["energy_J"] for part in written["components"]]
    kinds = {(s.component, str(s.kind), str(s.boundary)) for s in report.series}
    assert kinds == {
        (p["type"].replace("machine", "run"), p["process"]["kind"], p["boundary"]) for p in written["components"]
    }
    first = next(report.points())
    assert datetime.fromtimestamp(first.start / 1e9, UTC) == datetime.fromisoformat(written["start"])


def test_the_kwh_are_the_joules(written, received):
    report = read_message("bongsu", json.dumps(written).encode(), received=received)
    days = sum(row.kwh for row in sum_energy([report]).rows if row.frequency == "D" and row.component == "gpu")
    joules = sum(p["process"]["energy_J"] for p in written["components"] if p["type"] == "gpu")
    assert days == pytest.approx(joules / 3.6e6)


def test_a_run_inside_a_run_counts_once(written, received):
    outer = read_message("bongsu", json.dumps(written).encode(), received=received)
    within = {**written, "id": "11111111-2222-4333-8444-555555555555"}
    within["job"] = {**written["job"], "outer": written["id"], "counts_node": False}
    inner = read_message("bongsu", json.dumps(within).encode(), received=received)
    assert sum_energy([outer, inner]).rows == sum_energy([outer]).rows
    assert sum_energy([inner]).rows == sum_energy([outer]).rows  # alone it counts


def test_a_changed_total_is_refused_with_its_field(written, received):
    written["totals"][0]["process"]["energy_J"] += 1e6
    with pytest.raises(BadInput, match="totals"):
        read_message("bongsu", json.dumps(written).encode(), received=received)
