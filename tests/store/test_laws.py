"""The laws of figures: each notices what breaks it, and the releases of the starter node obey all (`bongsu check`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.law import LAWS, Law, check_law, parse_law
from bongsu.energy.scenario.projection import Scenario, project_scenario
from bongsu.store.law_check import check_laws, choose_laws, list_laws
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme
from tests.store.drafts import draft, rows
from tests.web.commands import run_command

FLOW = read_programme("energy").flow("DATACENTRE_ELECTRICITY")
TIMELESS = read_programme("energy").flow("INFERENCE_ENERGY")


def row(value: float | None, area: str = "WORLD", **cells: Any) -> dict[str, Any]:
    keys = {"PUBLISHER": "IEA", "VINTAGE": "2025", "REF_AREA": area, "SCENARIO": "BASE", "TIME_PERIOD": "2024"}
    bounds = {"LOWER_BOUND": None, "UPPER_BOUND": None, "UNIT_MEASURE": "TWh"}
    return {**keys, **bounds, "OBS_VALUE": value, **cells}


PART = Law("DATACENTRE_ELECTRICITY", "part", dimension="REF_AREA", whole="WORLD")
SUM = Law("DATACENTRE_ELECTRICITY", "sum", dimension="REF_AREA", whole="WORLD", parts=("USA", "CHN"), tolerance=1)


@pytest.mark.parametrize(
    ("law", "rows", "holds"),
    [
        (Law("*", "interval"), [row(10.0, LOWER_BOUND=10.0, UPPER_BOUND=10.0)], True),
        (Law("*", "interval"), [row(10.0, LOWER_BOUND=10.1)], False),
        (Law("*", "interval"), [row(10.0, UPPER_BOUND=9.9)], False),
        (Law("*", "interval"), [row(None, LOWER_BOUND=580.0, UPPER_BOUND=325.0)], False),
        (Law("*", "range", low=0, high=100), [row(0.0), row(100.0)], True),
        (Law("*", "range", low=0, high=100), [row(100.1)], False),
        (Law("*", "range", low=0, high=100), [row(50.0, LOWER_BOUND=-0.1)], False),
        (Law("*", "range", (("REF_AREA", ("USA",)),), low=0, high=1), [row(2.0)], True),  # about another area
        (PART, [row(374.0), row(374.0, "USA")], True),
        (PART, [row(374.0), row(828.0, "USA")], False),
        (PART, [row(374.0), row(828.0, "USA", VINTAGE="2026")], True),  # no whole of that vintage
        (SUM, [row(285.0), row(183.0, "USA"), row(103.0, "CHN")], True),  # 286, within 1
        (SUM, [row(285.0), row(183.0, "USA"), row(103.1, "CHN")], False),
        (SUM, [row(285.0), row(183.0, "USA")], False),  # a part that is missing counts as none
        (Law("*", "period"), [row(1.0), row(1.0, TIME_PERIOD="2024-Q4")], True),
        (Law("*", "period"), [row(1.0, TIME_PERIOD="2024-13")], False),
    ],
)
def test_each_law(law: Law, rows: list[dict[str, Any]], holds: bool) -> None:
    found = check_law(law, FLOW, rows)
    assert found.holds is holds
    assert bool(found.examples) is not holds


def test_a_series_without_periods_names_a_year_in_its_vintage() -> None:
    cells = {"PROVIDER": "a", "MODEL": "b", "BOUNDARY": "chip", "OBS_VALUE": 1.0}
    assert check_law(Law("*", "period"), TIMELESS, [{**cells, "VINTAGE": "2025-05"}]).holds
    assert not check_law(Law("*", "period"), TIMELESS, [{**cells, "VINTAGE": "ecologits 0.11.3"}]).holds


def test_a_sum_to_a_number() -> None:
    law = Law("*", "sum", dimension="REF_AREA", whole="100", parts=("USA", "CHN"), tolerance=1e-6)
    assert check_law(law, FLOW, [row(60.0, "USA"), row(40.0, "CHN")]).holds
    assert not check_law(law, FLOW, [row(60.0, "USA"), row(40.1, "CHN")]).holds


def test_a_wrong_row_of_the_table_is_refused() -> None:
    cells = dict.fromkeys(("flow", "where", "dimension", "whole", "parts", "low", "high", "tolerance", "why"), "")
    with pytest.raises(UnknownName):
        parse_law({**cells, "law": "spirit"}, "laws.csv, line 2")
    with pytest.raises(BadInput):
        parse_law({**cells, "law": "range", "low": "few"}, "laws.csv, line 2")


def test_every_law_is_used_and_every_share_has_limits(starter: Path) -> None:
    node = Node(starter)
    assert {law.kind for law in list_laws()} == set(LAWS)
    for release in node.releases.all():
        flow = node.releases.structure(release).dataflow
        rows = node.observations(release).to_pylist()
        limited = [law for law in choose_laws(flow.id) if law.kind == "range" and law.applies(flow)]
        for one in rows:
            if one["UNIT_MEASURE"] == "%":
                assert any(all(one[name] in codes for name, codes in law.where) for law in limited), one


def test_the_releases_of_the_starter_node_obey_the_laws(starter: Path) -> None:
    done = run_command(starter, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "broken: 0" in done.stdout


def test_a_broken_law_is_named(empty: Node) -> None:
    """A release with water that is made and not consumed: the checks of a seal let it pass, a law does not."""
    empty.releases.seal(draft(rows(2, UNIT_MEASURE="L/kWh", OBS_VALUE=-1.0)))
    broken = [one for one in check_laws(empty) if not one.finding.holds]
    assert [(one.release.name, one.law.kind) for one in broken] == [("TEST_FLOW 1", "range")]
    assert broken[0].finding.values == {"compared": 2, "count": 2}
    done = run_command(empty.root, "check", "test_flow")
    assert done.returncode == 1
    assert "values within what is possible" in done.stdout
    empty.releases.withdraw("TEST_FLOW", 1, "wrong")
    assert list(check_laws(empty)) == []  # it no longer stands
    with pytest.raises(UnknownName):
        list(check_laws(empty, "NOTHING"))


def test_a_dataflow_has_its_own_laws_and_those_of_all() -> None:
    assert {law.kind for law in choose_laws("DATACENTRE_ELECTRICITY")} == {"interval", "period", "range", "part"}
    assert "period" not in {law.kind for law in choose_laws("GRID_MIXES")}  # its law says why it has none


def test_a_part_of_a_scenario_never_exceeds_its_whole() -> None:
    # 2024: the United States 183.2 TWh x 1.1 L/kWh = 201.5 GL, the world 415.0 x 0.9 = 373.5 GL;
    # with reservoirs 183.2 x 4.52 = 828.1 GL and 415.0 x 3.908 = 1,621.9 GL
    world, states = (project_scenario(Scenario(area=area)) for area in ("WORLD", "USA"))
    assert states[0].water_off_site.value == pytest.approx(201.5, abs=0.05)
    assert world[0].water_off_site.value == pytest.approx(373.5, abs=0.05)
    assert states[0].water_off_site_reservoirs.value == pytest.approx(828.1, abs=0.05)
    assert world[0].water_off_site_reservoirs.value == pytest.approx(1621.9, abs=0.05)
    for whole, part in zip(world, states, strict=True):
        for name in ("electricity", "co2e", "water_on_site", "water_off_site", "water_off_site_reservoirs"):
            assert getattr(part, name).value <= getattr(whole, name).value, (name, part.year)
        for one in (whole, part):
            assert one.water_off_site.value <= one.water_off_site_reservoirs.value  # the second has more in it
