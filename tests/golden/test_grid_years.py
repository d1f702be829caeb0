"""The grid of a year: the year itself, or the nearest that there is, and words; golden numbers from the source.

Our World in Data (Ember, Energy Institute): United States 607.52216 g/kWh in 2000, 383.5492 in 2024; the Central African
Republic 111.1111 in 2012 and 0 from 2013 to 2022, which is flagged; Afghanistan 123.711334 in 2023 and nothing in 2024.
"""

from __future__ import annotations

import pytest

from bongsu.core.estimate import Kind
from bongsu.energy.estimate import inference
from bongsu.energy.estimate.tables.computing_places import get_place
from bongsu.energy.grid import grid_years
from bongsu.energy.grid.grid_table import get_grid

FIXED = {"total_params": 8, "active_params": 8, "output_tokens": 500}


@pytest.mark.parametrize(
    ("country", "year", "found", "grams", "said"),
    [
        ("USA", 2000, 2000, 607.52216, ""),
        ("USA", 2024, 2024, 383.5492, ""),
        ("USA", 1990, 2000, 607.52216, "no grid intensity of 1990 is known. That of 2000 is used, the nearest year"),
        ("USA", 2031, 2024, 383.5492, "no grid intensity of 2031 is known. That of 2024 is used"),
        (
            "CAF",
            2017,
            2012,
            111.111115,
            "the grid intensity of 2017, 0 g CO2e/kWh, is flagged and not used. That of 2012",
        ),
        ("AFG", 2024, 2023, 123.711334, "no grid intensity of 2024 is known. That of 2023 is used"),
        ("WORLD", 2024, 2024, 473.0065, ""),
    ],
)
def test_the_year_or_the_nearest(country: str, year: int, found: int, grams: float, said: str) -> None:
    one = grid_years.find_intensity(country, year)
    assert one is not None
    assert (one.year, one.grams) == (found, pytest.approx(grams, rel=1e-6))
    assert [said in note.describe(str) for note in one.notes] == ([True] if said else [])
    assert f"year {found} (CC-BY-4.0)" in one.source


def test_of_two_years_as_near_it_is_the_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_years, "read_series", lambda: {"KOR": {2000: 460.0, 2004: 480.0, 2005: 3.0}})
    one = grid_years.find_intensity("KOR", 2002)
    assert one is not None
    assert one.year == 2000
    last = grid_years.find_intensity("KOR")  # 2005 is flagged
    assert last is not None
    assert (last.year, last.notes) == (2004, ())
    assert grid_years.find_intensity("PRK", 2002) is None


def test_an_estimate_of_1990_says_2000() -> None:
    # The same energy: CO2e of 1990 / CO2e of 2024 = 607.52216 / 383.5492 = 1.583948
    old, new = (inference(country="USA", year=year, **FIXED) for year in (1990, 2024))  # type: ignore[arg-type]
    assert old.carbon.value is not None
    assert new.carbon.value is not None
    assert old.carbon.value / new.carbon.value == pytest.approx(1.583948, abs=1e-5)
    assert "607.5 g CO2e/kWh" in old.notes[0].describe(str)
    assert new.notes == ()


def test_without_a_year_two_sources_stand_side_by_side() -> None:
    grid = get_grid("KOR")
    assert (grid.g_co2e_per_kwh, grid.year, grid.notes) == (417.06, None, ())  # never the mean with 414.2726
    assert "no year stated; beside it: Ember" in grid.source
    assert grid.source.endswith("year 2024 (CC-BY-4.0), 414.3 g CO2e/kWh")
    assert get_grid("KOR", 2024).g_co2e_per_kwh == 414.2726
    assert get_grid("WOR", 2000).g_co2e_per_kwh == 527.2703


def test_a_country_without_a_series_says_so() -> None:
    grid = get_grid("COK", 2015)  # a mix of EcoLogits, 250 g, and no line in the series but zero, if any
    if grid.year is None:
        assert "no grid intensity by year is known" in grid.notes[0].describe(str)
    place = get_place("CAF", year=2017)
    assert place.grid.value.median == pytest.approx(0.111111, abs=1e-6)
    assert place.grid.kind is Kind.REPORTED  # the country's own value, of another year


def test_a_regions_year_is_said() -> None:
    place = get_place(provider="gcp", region="us-central1", year=2030)
    assert "is used for 2030, the last one up to it" in place.notes[0].describe(str)
