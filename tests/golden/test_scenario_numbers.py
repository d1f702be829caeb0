"""Scenario numbers worked out by hand, with their arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bongsu.core.estimate import Z90
from bongsu.energy.scenario import projection
from bongsu.energy.scenario.levers import Lever, levers
from bongsu.energy.scenario.projection import ProjectedYear, Scenario, compute_sensitivity, project_scenario

WORLD = levers()


def scenario(**settings: str) -> Scenario:
    return Scenario({name: WORLD[name].parse(text) for name, text in settings.items()})


def year(of: Scenario, wanted: int) -> ProjectedYear:
    return next(year for year in project_scenario(of) if year.year == wanted)


def test_the_identity_175_gw() -> None:
    # 175 GW x 8.76 = 1,533 TWh at full power; x 0.48 = 735.84 TWh of IT energy; x 1.29 = 949.2336 TWh
    found = year(scenario(capacity_gw="175", capacity_factor="0.48", pue="1.29"), 2030)
    assert found.electricity.value == pytest.approx(949.2336, abs=1e-9)
    assert str(found.electricity.unit) == "TWh"


def test_emissions_and_water_of_one_gigawatt() -> None:
    # 1 GW x 8.76 x 0.5 = 4.38 TWh IT; x PUE 1.5 = 6.57 TWh
    # CO2e: 6.57e9 kWh x 400 g = 2.628e12 g = 2.628 Mt
    # water on site: 4.38e9 kWh of IT x 1.8 L = 7.884 GL (not x PUE: 11.826 would be the known mistake)
    # water off site: 6.57e9 kWh x 3 L = 19.71 GL
    found = year(
        scenario(capacity_gw="1", capacity_factor="0.5", pue="1.5", grid_intensity="400", wue="1.8", grid_water="3"),
        2024,
    )
    assert found.electricity.value == pytest.approx(6.57)
    assert found.co2e.value == pytest.approx(2.628)
    assert str(found.co2e.unit) == "Mt CO2e"
    assert found.water_on_site.value == pytest.approx(7.884)
    assert found.water_off_site.value == pytest.approx(19.71)
    assert str(found.water_on_site.unit) == str(found.water_off_site.unit) == "GL"


def test_a_straight_line_between_years() -> None:
    # 2024: 1.50, 2030: 1.20; 2026 is a third of the way: 1.50 - 0.30 / 3 = 1.40; after 2030 flat
    path = scenario(pue="2024=1.5,2030=1.2")
    assert year(path, 2026).pue == pytest.approx(1.40)
    assert year(path, 2035).pue == pytest.approx(1.20)


def test_efficiency_gain_of_two_per_cent() -> None:
    # 100 GW in 2024; 2027: 100 x 0.98^3 = 100 x 0.941192 = 94.1192 GW
    found = scenario(capacity_gw="100", efficiency_gain="0.02")
    assert year(found, 2024).capacity_gw == pytest.approx(100)
    assert year(found, 2027).capacity_gw == pytest.approx(94.1192)
    # a gain that changes compounds year by year: 2025 1 %, 2026 2 %, 2027 3 %: 100 x 0.99 x 0.98 x 0.97 = 94.1094
    found = scenario(capacity_gw="100", efficiency_gain="2025=0.01,2027=0.03")
    assert year(found, 2027).capacity_gw == pytest.approx(94.1094)


def test_shipments_by_cohort() -> None:
    # Base 10 GW, kept up. Shipped: 2025 1 million, 2026 2 million, from 2027 3 million; 1.5 kW each; in use for 2.5 years:
    # whole in the year of shipping and the next, half in the third.
    # 2025: 10 + 1 x 1.5                                  = 11.5
    # 2026: 10 + (2 + 1) x 1.5                            = 14.5
    # 2027: 10 + (3 + 2 + 1 x 0.5) x 1.5 = 10 + 5.5 x 1.5 = 18.25
    # 2028: 10 + (3 + 3 + 2 x 0.5) x 1.5 = 10 + 7 x 1.5   = 20.5
    found = scenario(capacity_gw="10", shipments_million="2025=1,2026=2,2027=3", chip_kw="1.5", lifetime_years="2.5")
    capacity = {year.year: year.capacity_gw for year in project_scenario(found)}
    assert capacity[2024] == pytest.approx(10)
    assert capacity[2025] == pytest.approx(11.5)
    assert capacity[2026] == pytest.approx(14.5)
    assert capacity[2027] == pytest.approx(18.25)
    assert capacity[2028] == pytest.approx(20.5)


def test_the_defaults_retrace_the_base_case_they_come_from() -> None:
    # IEA, Energy and AI (2025), base case: 415 TWh in 2024, 945 in 2030, about 1,200 in 2035; 180 Mt in 2024 by its own
    # mix (445 g/kWh, the world's grid, gives 185), 300 Mt in 2035
    found = {year.year: year for year in project_scenario(Scenario())}
    assert found[2024].electricity.value == pytest.approx(415, rel=0.005)
    assert found[2030].electricity.value == pytest.approx(945, rel=0.005)
    assert found[2035].electricity.value == pytest.approx(1200, rel=0.005)
    assert found[2035].co2e.value == pytest.approx(300, rel=0.005)


def test_the_interval_against_its_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    # Three levers whose intervals multiply are log-normal, so their product is too, with the squares of ln(ratio) added.
    # Capacity of 2024: 70 within 65..75; take it, and a PUE and a share known exactly (no interval).
    def one_lever(scenario: Scenario, lever: Lever, z: np.ndarray) -> np.ndarray:
        spread = {"capacity_gw": 1.20, "grid_intensity": 1.30, "pue": 1.10}.get(lever.id, 1.0)
        return projection._values_by_year(scenario.value(lever)) * spread ** (z[:, None] / Z90)

    monkeypatch.setattr(projection, "_lever_values", one_lever)
    found = year(scenario(capacity_gw="1", pue="1", capacity_factor="0.5"), 2024)
    electricity = math.exp(math.sqrt(math.log(1.2) ** 2 + math.log(1.1) ** 2))
    co2e = math.exp(math.sqrt(math.log(1.2) ** 2 + math.log(1.1) ** 2 + math.log(1.3) ** 2))
    assert found.electricity.value is not None
    assert found.co2e.value is not None
    assert found.electricity.high == pytest.approx(found.electricity.value * electricity, rel=0.01)
    assert found.electricity.low == pytest.approx(found.electricity.value / electricity, rel=0.01)
    assert found.co2e.high == pytest.approx(found.co2e.value * co2e, rel=0.01)


def test_the_ends_of_one_lever() -> None:
    # PUE of 2030: 1.29 within 1.20..1.42. 175 x 8.76 x 0.48 = 735.84; x 1.20 = 883.008; x 1.42 = 1,044.8928
    swing = next(swing for swing in compute_sensitivity(Scenario(), year=2030) if swing.lever.id == "pue")
    assert (swing.low, swing.high) == (pytest.approx(1.20), pytest.approx(1.42))
    assert swing.at_low == pytest.approx(883.008)
    assert swing.at_high == pytest.approx(1044.8928)


def test_the_interval_moves_with_a_users_own_value() -> None:
    # PUE 1.10 instead of 1.29: its part above one keeps the ratios 0.20/0.29 and 0.42/0.29
    # low 1 + 0.10 x 0.689655 = 1.0689655; high 1 + 0.10 x 1.448276 = 1.1448276
    swing = next(swing for swing in compute_sensitivity(scenario(pue="1.1"), year=2030) if swing.lever.id == "pue")
    assert swing.low == pytest.approx(1.0689655)
    assert swing.high == pytest.approx(1.1448276)
    # Utilisation 0.9 instead of 0.48: odds 9 x (0.55/0.45)/(0.48/0.52) = 9 x 1.324074 = 11.916667 -> 0.922581
    swing = next(
        swing
        for swing in compute_sensitivity(scenario(capacity_factor="0.9"), year=2030)
        if swing.lever.id == "capacity_factor"
    )
    assert swing.high == pytest.approx(0.922581, abs=1e-6)
