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
    usa = value(node, "DATACENTRE_EMISSIONS", "PUBLISHER=IEA", "VINTAGE=2025", "REF_AREA=USA", "YEAR=2024")
    assert usa["OBS_VALUE"] == pytest.approx(70.3452)
    assert usa["UNIT_MEASURE"] == "Mt CO2e"
    covered = value(node, "DATACENTRE_EMISSIONS", "INDICATOR=COVERAGE", "VINTAGE=2025", "YEAR=2024")
    assert covered["OBS_VALUE"] == pytest.approx(68.6747, abs=1e-4)
    korea = value(node, "GRID_INTENSITY", "REF_AREA=KOR", "INDICATOR=CO2E_INTENSITY")
    assert (korea["OBS_VALUE"], korea["OBS_STATUS"], korea["KIND"]) == (417.06, "A", "reported")
    flagged = value(node, "GRID_INTENSITY", "REF_AREA=CAF", "INDICATOR=CO2E_INTENSITY")
    assert (flagged["OBS_VALUE"], flagged["OBS_STATUS"]) == (0, "V")
    default = value(node, "GRID_INTENSITY", "REF_AREA=ABW", "INDICATOR=WATER_INTENSITY")
    assert (default["OBS_VALUE"], default["KIND"]) == (3.908, "default")
    lbnl = value(node, "DATACENTRE_ELECTRICITY", "VINTAGE=2025", "PUBLISHER=LBNL", "SCENARIO=REFERENCE", "YEAR=2030")
    assert (lbnl["OBS_VALUE"], lbnl["LOWER_BOUND"], lbnl["UPPER_BOUND"], lbnl["INTERVAL_TYPE"]) == (
        649,
        521,
        843,
        "RANGE",
    )


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
