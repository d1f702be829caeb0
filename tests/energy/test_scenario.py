"""The scenario engine at its interface: laws that hold for any levers, bad input, and what stands beside it."""

from __future__ import annotations

import csv
from pathlib import Path as File

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.scenario.levers import Lever, areas, levers, years
from bongsu.energy.scenario.projection import TWH_PER_GW_YEAR, Scenario, compute_sensitivity, project_scenario
from bongsu.energy.scenario.published_comparison import compare_published, published_series

WORLD = levers()


def within(lever: Lever) -> st.SearchStrategy[float]:
    return st.floats(lever.minimum, lever.maximum)


@settings(max_examples=25, deadline=None)
@given(
    within(WORLD["capacity_gw"]),
    within(WORLD["capacity_factor"]),
    within(WORLD["pue"]),
    within(WORLD["efficiency_gain"]),
)
def test_the_identity_holds_in_every_year(capacity: float, factor: float, pue: float, gain: float) -> None:
    values = {"capacity_gw": capacity, "capacity_factor": factor, "pue": pue, "efficiency_gain": gain}
    for year in project_scenario(Scenario({name: WORLD[name].path(value) for name, value in values.items()})):
        expected = year.capacity_gw * TWH_PER_GW_YEAR * year.capacity_factor * year.pue
        assert year.electricity.value == pytest.approx(expected, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([*WORLD]), st.data())
def test_every_outcome_lies_in_its_interval_and_has_kind_and_boundary(name: str, data: st.DataObject) -> None:
    chosen = {name: WORLD[name].path(data.draw(within(WORLD[name])))}
    if WORLD[name].optional:
        chosen.setdefault("shipments_million", WORLD["shipments_million"].path(5))
    for year in project_scenario(Scenario(chosen)):
        for outcome in (year.electricity, year.co2e, year.water_on_site, year.water_off_site):
            assert outcome.low is not None
            assert outcome.value is not None
            assert outcome.high is not None
            assert 0 <= outcome.low <= outcome.value <= outcome.high
            assert outcome.kind is Kind.MODELLED
            assert outcome.boundary is Boundary.FACILITY


def test_the_same_scenario_gives_the_same_numbers() -> None:
    assert project_scenario(Scenario()) == project_scenario(Scenario())


def test_every_area_has_its_own_scenario() -> None:
    world, usa = (project_scenario(Scenario(area=area))[6].electricity.value for area in areas())
    assert world is not None
    assert usa is not None
    assert usa < world


@pytest.mark.parametrize("area", areas())
def test_the_table_of_levers_is_consistent(area: str) -> None:
    for lever in levers(area).values():
        assert lever.source
        assert lever.option.startswith("--")
        for year in years():
            low, default, high = (dict(path).get(year) for path in (lever.low, lever.default, lever.high))
            if default is not None:
                assert low is not None, f"{lever.id}: low lacks {year}"
                assert high is not None, f"{lever.id}: high lacks {year}"
                assert lever.minimum <= low <= default <= high <= lever.maximum, lever.id


@pytest.mark.parametrize(
    ("lever", "text", "named"),
    [
        ("pue", "0.9", "0.9"),
        ("capacity_factor", "48", "48"),
        ("capacity_gw", "-5", "-5"),
        ("capacity_gw", "nan", "nan"),
        ("capacity_gw", "many", "many"),
        ("capacity_gw", "2024=70,2024=71", "twice"),
        ("capacity_gw", "2019=70", "2019"),
        ("capacity_gw", "2024=70,80", "80"),
        ("capacity_gw", "", "at least one"),
    ],
)
def test_bad_levers_are_refused_with_their_option(lever: str, text: str, named: str) -> None:
    with pytest.raises(BadInput) as refused:
        WORLD[lever].parse(text)
    assert refused.value.where == WORLD[lever].option
    assert named in str(refused.value)


def test_contradicting_levers_are_refused() -> None:
    with pytest.raises(BadInput, match="contradict"):
        Scenario({"capacity_gw": WORLD["capacity_gw"].parse("2024=70,2030=100"), "shipments_million": ((2024, 5.0),)})
    with pytest.raises(BadInput, match="only together with shipments"):
        Scenario({"chip_kw": ((2024, 1.0),)})


def test_unknown_names_offer_the_nearest() -> None:
    with pytest.raises(UnknownName, match="capacity_gw"):
        Scenario({"capacity_gv": ((2024, 1.0),)})
    with pytest.raises(UnknownName, match="WORLD"):
        Scenario(area="World")
    with pytest.raises(UnknownName, match="electricity"):
        compute_sensitivity(Scenario(), year=2030, outcome="electricty")
    with pytest.raises(BadInput, match="2040"):
        compute_sensitivity(Scenario(), year=2040)


def test_the_widest_swing_comes_first_and_unused_levers_have_none() -> None:
    swings = compute_sensitivity(Scenario(), year=2035, outcome="electricity")
    assert [swing.width for swing in swings] == sorted((swing.width for swing in swings), reverse=True)
    assert swings[0].lever.id == "capacity_gw"
    assert {swing.lever.id for swing in swings if swing.width == 0} == {
        "grid_intensity",
        "wue",
        "grid_water",
        "grid_water_reservoirs",
    }


def test_the_manual_names_every_lever() -> None:
    manual = (File(__file__).parents[2] / "docs" / "methods" / "energy-scenario.md").read_text(encoding="utf-8")
    for lever in WORLD.values():
        assert f"`{lever.option}`" in manual
        assert f"{lever.default[0][1]:g}" in manual


def figures(data: File) -> list[dict[str, str | None]]:
    names = {
        "publisher": "PUBLISHER",
        "vintage": "VINTAGE",
        "area": "REF_AREA",
        "scenario": "SCENARIO",
        "year": "TIME_PERIOD",
    }
    numbers = {"twh": "OBS_VALUE", "low": "LOWER_BOUND", "high": "UPPER_BOUND"}
    with (data / "energy" / "datacentre_electricity.csv").open(encoding="utf-8") as file:
        return [
            {sdmx: row[ours] or None for ours, sdmx in {**names, **numbers}.items()} for row in csv.DictReader(file)
        ]


def test_vintages_are_compared_separately(data: File) -> None:
    series = published_series(figures(data), "WORLD")
    assert {(one.publisher, one.vintage) for one in series} == {("IEA", "2025"), ("IEA", "2026")}
    base = [one for one in series if one.scenario == "BASE"]
    assert len(base) == 2, "two vintages of one scenario were joined into one series"
    comparisons = compare_published(project_scenario(Scenario()), series)
    of_2030 = [c for c in comparisons if c.published.year == 2030 and c.series.scenario == "BASE"]
    assert [c.published.value for c in of_2030] == [945, 945]
    assert of_2030[0].difference == pytest.approx(949.2336 / 945 - 1)


def test_a_published_range_keeps_its_ends_and_has_no_difference(data: File) -> None:
    comparisons = compare_published(project_scenario(Scenario(area="USA")), published_series(figures(data), "USA"))
    ranged = [c for c in comparisons if c.series.vintage == "2024" and c.published.year == 2028]
    assert [(c.published.low, c.published.high, c.difference) for c in ranged] == [(325, 580, None)]
    assert all(c.published.year >= years()[0] for c in comparisons)
