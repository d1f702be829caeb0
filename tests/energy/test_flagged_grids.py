"""A flagged grid intensity is used by nothing without words: every kind of estimate, the meter, and every reader of a node.

The source gives 0 g CO2e/kWh for the Central African Republic (CAF), outside 5 to 1,400. The mean of the world, 458.29 g,
stands in for it; Google's region europe-north2 has 2.73 g, for which Sweden's 35.26 g stands in.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import bongsu
from bongsu.cli import main
from bongsu.core.estimate import Kind
from bongsu.core.observation_status import is_flagged
from bongsu.core.structure import HOME, Headline
from bongsu.core.text import Text
from bongsu.energy.estimate.output import options
from bongsu.energy.estimate.output.form_fields import FORM_EXAMPLES
from bongsu.energy.estimate.tables.computing_places import get_place
from bongsu.energy.grid.grid_table import get_grid, grid_countries
from bongsu.energy.meter.boamps_export import boamps_document
from bongsu.energy.meter.replay import load_recording, replay_recording
from bongsu.energy.meter.report_json import dump_report
from bongsu.energy.meter.summary import summarise_report
from bongsu.publish.charts.specifications import chart_rows
from bongsu.publish.pages.home_headline import choose_headline
from bongsu.store.node import Node

SAID = (
    "CAF: the source gives 0 g CO2e/kWh, outside the plausible range of 5 to 1400. This value is flagged and not used"
)


def test_the_worlds_mean_stands_in_and_is_a_default() -> None:
    grid = get_grid("CAF")
    assert (grid.g_co2e_per_kwh, grid.flagged, grid.unknown) == (458.29, ("co2e",), ("water",))
    assert grid.stand_ins == ("water", "co2e")
    assert [note.describe(str).startswith(SAID) for note in grid.notes] == [True]


def test_no_country_answers_with_a_flagged_value() -> None:
    for code in grid_countries():
        grid = get_grid(code)
        assert 5 <= grid.g_co2e_per_kwh <= 1400, code
        assert bool(grid.notes) == (code == "CAF"), code


@pytest.mark.parametrize("kind", options.WORK_KINDS)
def test_every_kind_of_estimate_says_it(kind: str, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    typed = {**FORM_EXAMPLES[kind], "country": "CAF"}
    world = options.run_estimate(kind, options.parse_options(kind, {**typed, "country": "WOR"}))
    found = options.run_estimate(kind, options.parse_options(kind, typed))
    assert found.carbon == world.carbon  # the same mean and the same width of the interval
    assert world.notes == ()
    assert json.dumps(found.as_dict()).count("This value is flagged and not used") == 1
    assert "This value is flagged and not used" in found.to_html("en")
    assert "검토 대상이므로" in found.to_html("ko")
    assert SAID in client.get(f"/energy/estimate/{kind}.json", typed).json()["notes"][0]
    assert "Cette valeur est signalée" in client.get(f"/fr/energy/estimate/{kind}/", typed).content.decode()
    words = [word for name, text in typed.items() for word in (f"--{name.replace('_', '-')}", text)]
    assert main(["estimate", kind, *words]) == 0
    assert SAID in capsys.readouterr().out


def test_a_stated_intensity_is_a_persons_own() -> None:
    place = get_place("CAF", grid_kg_per_kwh=0.024)
    assert (place.grid.value.median, place.notes) == (0.024, ())


def test_a_flagged_value_of_a_region_is_not_used() -> None:
    place = get_place(provider="gcp", region="europe-north2")
    assert place.country == "SWE"
    assert place.grid.value.median == pytest.approx(0.03526)
    assert "2.73 g CO2e/kWh for the region" in place.notes[0].describe(str)


def metered() -> Any:
    recording = Path(__file__).parent / "meter" / "recordings" / "gpu-node.json"
    return replay_recording(load_recording(recording), label="", country="CAF")


def test_the_meter_says_it_in_each_of_its_forms() -> None:
    # Every module of the meter that asks for a grid is tried: a new one fails here first.
    folder = Path(bongsu.__file__).parent / "energy"
    asking = {
        path.name
        for path in folder.rglob("*.py")
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.ImportFrom) and any(alias.name in ("get_grid", "find_grid") for alias in one.names)
    }
    assert asking == {"computing_places.py", "summary.py", "report_json.py", "boamps_export.py", "session.py"}
    report = metered()
    text = summarise_report(report, lambda header, rows: "", str)
    assert SAID in text
    assert "458.29 g CO2e/kWh" in text
    told: Any = dump_report(report)["footprint"]
    assert told["notes"][0].startswith(SAID)
    assert told["kind"] == Kind.DEFAULT
    assert boamps_document(report)["environment"] == {"country": "CAF"}


def flagged_areas(rows: Any) -> set[str]:
    return {row["REF_AREA"] for row in rows if is_flagged(row)}


def test_no_reader_of_a_node_uses_a_flagged_value(starter: Path) -> None:
    node = Node(starter)
    grid = node.releases.current("GRID_INTENSITY")
    every = node.observations(grid).to_pylist()
    assert "CAF" in flagged_areas(every)
    read = node.usable_observations(grid)
    assert flagged_areas(read.rows) == set()
    assert flagged_areas(read.flagged) == flagged_areas(every)
    for chart in node.releases.structure(grid).dataflow.charts:
        assert flagged_areas(chart_rows(node, grid, chart)) == set()
    home = choose_headline(
        node, grid, Headline(Text("x"), (("REF_AREA", (HOME,)), ("INDICATOR", ("CO2E_INTENSITY",)))), "CAF"
    )
    assert home is not None
    assert not is_flagged(home.row)


def test_a_value_outside_its_range_is_flagged_whatever_its_status() -> None:
    row = {"OBS_VALUE": 0.0, "OBS_STATUS": "A", "UNIT_MEASURE": "g CO2e/kWh"}
    assert is_flagged(row)
    assert not is_flagged({**row, "OBS_VALUE": 5.0})
    assert is_flagged({**row, "OBS_VALUE": 1400.1})
    assert not is_flagged({**row, "OBS_VALUE": None, "OBS_STATUS": "M"})
    assert is_flagged({**row, "OBS_VALUE": 100.0, "OBS_STATUS": "U"})
    assert is_flagged({**row, "OBS_VALUE": 100.0, "OBS_STATUS": "X"})  # a code that no list has
