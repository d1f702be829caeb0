"""The series of the energy programme, by hand."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.observation_status import is_plausible
from bongsu.core.release import Draft
from bongsu.core.selection import Selection
from bongsu.core.units import Quantity
from bongsu.energy import methods
from bongsu.energy.dataflows.datacentre_emissions import RECIPE


def electricity(value: float | None, **bounds: float) -> Estimate:
    return Estimate.of(value, "TWh", kind=Kind.REPORTED, boundary=Boundary.FACILITY, method="test", **bounds)


def test_emissions_of_the_united_states_in_2024() -> None:
    # 183 TWh = 183e9 kWh; x 384.4 g/kWh = 70,345.2e9 g = 70.3452e12 g; 1 Mt = 1e12 g, so 70.3452 Mt.
    emitted = methods.emissions(electricity(183), Quantity.of(384.4, "g CO2e/kWh"), "m")
    assert emitted.value == pytest.approx(70.3452, rel=1e-12)
    assert (str(emitted.unit), emitted.boundary, emitted.kind) == ("Mt CO2e", Boundary.FACILITY, Kind.MODELLED)


def test_emissions_of_a_range() -> None:
    # 325 TWh x 384.4 g/kWh = 124.93 Mt; 580 TWh x 384.4 g/kWh = 222.952 Mt; no central value is invented.
    emitted = methods.emissions(electricity(None, low=325, high=580), Quantity.of(384.4, "g CO2e/kWh"), "m")
    assert emitted.value is None
    assert (emitted.low, emitted.high) == (pytest.approx(124.93), pytest.approx(222.952))


def test_coverage_of_2024() -> None:
    # USA 183 + CHN 102 = 285 of 415 TWh: 68.6747 %
    assert methods.coverage(Quantity.of(285, "TWh"), Quantity.of(415, "TWh")) == pytest.approx(68.6747, abs=1e-4)


def test_grams_are_decimal() -> None:
    assert methods.intensity_in_grams(Decimal("0.41706")) == 417.06  # Korea; binary arithmetic gives 417.06000000000006


@pytest.mark.parametrize(("grams", "plausible"), [(4.999, False), (5, True), (1400, True), (1400.1, False), (0, False)])
def test_implausible_intensities(grams: float, plausible: bool) -> None:
    assert is_plausible(grams, "g CO2e/kWh") is plausible


def value(node: Any, flow: str, *conditions: str) -> dict[str, Any]:
    release = node.releases.current(flow)
    selection = Selection.parse(node.releases.structure(release).dataflow, conditions)
    (row,) = node.observations(release, selection).to_pylist()
    return dict(row)


def test_the_releases_hold_these_numbers(node: Any) -> None:
    # 183 TWh x 383.5492 g/kWh, the grid of that year: 70.1895 Mt
    usa = value(node, "DATACENTRE_EMISSIONS", "ELECTRICITY_PUBLISHER=IEA", "VINTAGE=2025", "REF_AREA=USA", "YEAR=2024")
    assert usa["OBS_VALUE"] == pytest.approx(70.1895, abs=1e-4)
    assert (usa["PUBLISHER"], usa["METHOD"], usa["OBS_STATUS"]) == ("NODE", "datacentre-emissions 2", "A")
    assert usa["UNIT_MEASURE"] == "Mt CO2e"
    covered = value(node, "DATACENTRE_EMISSIONS", "INDICATOR=COVERAGE", "VINTAGE=2025", "YEAR=2024")
    assert covered["OBS_VALUE"] == pytest.approx(68.6747, abs=1e-4)
    korea = value(node, "GRID_MIXES", "REF_AREA=KOR", "INDICATOR=CO2E_INTENSITY")
    assert (korea["OBS_VALUE"], korea["OBS_STATUS"], korea["KIND"]) == (417.06, "A", "reported")
    flagged = value(node, "GRID_MIXES", "REF_AREA=CAF", "INDICATOR=CO2E_INTENSITY")
    assert (flagged["OBS_VALUE"], flagged["OBS_STATUS"]) == (0, "V")
    default = value(node, "GRID_MIXES", "REF_AREA=ABW", "INDICATOR=WATER_INTENSITY")
    assert (default["OBS_VALUE"], default["KIND"]) == (3.908, "default")
    lbnl = value(node, "DATACENTRE_ELECTRICITY", "VINTAGE=2025", "PUBLISHER=LBNL", "SCENARIO=REFERENCE", "YEAR=2030")
    assert (lbnl["OBS_VALUE"], lbnl["LOWER_BOUND"], lbnl["UPPER_BOUND"], lbnl["INTERVAL_TYPE"]) == (
        649,
        521,
        843,
        "RANGE",
    )


@pytest.mark.parametrize(("year", "value"), [(2024, 445), (2025, 430), (2027, 400), (2030, 343.75), (2035, 250)])
def test_a_path_is_linear_between_its_years(year: int, value: float) -> None:
    # 2025: a third of the way from 445 to 400; 2030: three eighths of the way from 400 to 250
    assert methods.path_value({2024: 445, 2027: 400, 2035: 250}, year) == pytest.approx(value)


def test_a_year_outside_a_path_has_no_value() -> None:
    for year in (2023, 2036):
        with pytest.raises(ValueError, match="outside the path"):
            methods.path_value({2024: 445, 2035: 250}, year)


def test_later_years_change_as_the_path_does() -> None:
    # 473.0065 g in 2024 x 250 / 445 = 265.7340 g in 2035; not 250 g, which counts CO2 at generation alone
    found = methods.intensity_on_path(473.0065, {2024: 445, 2027: 400, 2035: 250}, 2024, 2035)
    assert found == pytest.approx(265.7340, abs=1e-4)


EMISSIONS = [  # publisher, vintage, area, scenario, year, Mt, status
    ("NODE", "2025", "WORLD", "BASE", "2024", 196.2977, "A"),  # 415 TWh x 473.0065 g
    ("NODE", "2025", "WORLD", "BASE", "2030", 345.2881, "F"),  # 945 TWh x 473.0065 x 343.75 / 445 = 365.3842 g
    ("NODE", "2025", "WORLD", "BASE", "2035", 318.8808, "F"),  # 1,200 TWh x 265.7340 g
    ("NODE", "2026", "WORLD", "BASE", "2025", 221.6753, "E"),  # reported 485 TWh x 473.0065 x 430 / 445: estimated
    ("NODE", "2024", "USA", "REFERENCE", "2014", 30.7057, "A"),  # the corrected 58 TWh x 529.4079 g of 2014
    ("NODE", "2025", "USA", "BASE", "2030", 124.3846, "F"),  # 426 TWh x 383.5492 x 262.6364 / 345
    ("IEA", "2025", "WORLD", "BASE", "2035", 300, "F"),  # what the IEA says itself
    ("LBNL", "2024", "USA", "REFERENCE", "2023", 61, "A"),
]


@pytest.mark.parametrize(("publisher", "vintage", "area", "scenario", "year", "amount", "status"), EMISSIONS)
def test_emissions_are_the_nodes_or_their_publishers(
    node: Any, publisher: str, vintage: str, area: str, scenario: str, year: str, amount: float, status: str
) -> None:
    conditions = {"PUBLISHER": publisher, "VINTAGE": vintage, "REF_AREA": area, "SCENARIO": scenario, "YEAR": year}
    wanted = [f"{name}={code}" for name, code in conditions.items()]
    found = value(node, "DATACENTRE_EMISSIONS", *wanted, "INDICATOR=EMISSIONS")
    assert (round(found["OBS_VALUE"], 4), found["OBS_STATUS"]) == (amount, status)


def test_an_area_without_a_path_has_no_later_year(node: Any) -> None:
    rows = node.observations(node.releases.current("DATACENTRE_EMISSIONS")).to_pylist()
    assert {row["TIME_PERIOD"] for row in rows if row["REF_AREA"] == "CHN"} == {"2024"}
    own = [row for row in rows if row["INDICATOR"] == "EMISSIONS" and row["PUBLISHER"] == "NODE"]
    assert all("g CO2e/kWh" in row["COMMENT_OBS"] for row in own)
    assert all(("path" in row["COMMENT_OBS"]) is (int(row["TIME_PERIOD"]) > 2024) for row in own)
    assert {row["PUBLISHER"] for row in rows} == {"NODE", "IEA", "LBNL"}


def test_the_series_holds_what_the_source_has(node: Any) -> None:
    usa = value(node, "GRID_INTENSITY", "REF_AREA=USA", "YEAR=2000")
    assert (usa["OBS_VALUE"], usa["BOUNDARY"], usa["VINTAGE"]) == (607.52216, "life-cycle", "2025")
    zero = value(node, "GRID_INTENSITY", "REF_AREA=CAF", "YEAR=2022")
    assert (zero["OBS_VALUE"], zero["OBS_STATUS"]) == (0, "V")
    release = node.releases.current("GRID_INTENSITY")
    assert release.rows == 5149
    assert node.releases.structure(release).dataflow.version == "2.0.0"
    assert set(node.releases.manifest(release).licences) == {"CC-BY-4.0"}


def test_flagged_grids_emit_nothing(node: Any) -> None:
    release = node.releases.current("DATACENTRE_EMISSIONS")
    areas = set(node.observations(release).column("REF_AREA").to_pylist())
    assert areas == {"USA", "CHN", "WORLD"}


@pytest.mark.parametrize(("amount", "holds"), [(0.0, True), (0.25, True), (-0.25, False)])
def test_emissions_are_sealed_unless_they_are_negative(node: Any, amount: float, holds: bool) -> None:
    release = node.releases.current("DATACENTRE_EMISSIONS")
    rows = [{**row, "OBS_VALUE": amount} for row in node.observations(release).to_pylist()[:1]]
    made = Draft(
        node.releases.structure(release), pa.Table.from_pylist(rows), (), node.releases.manifest(release).method
    )
    assert [check(made, None).holds for check in RECIPE.checks] == [holds]
