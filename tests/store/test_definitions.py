"""Code lists that are made of the standards' own tables."""

from __future__ import annotations

from bongsu.store.tables.definitions import code_lists


def test_areas_are_the_countries_of_today() -> None:
    areas = {code.id for code in code_lists()["CL_AREA"]}
    assert {"KOR", "FRA", "USA", "XKK"} <= areas  # Kosovo alone of the codes that ISO leaves to users
    assert not areas & {"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR", "XXK", "AAA", "QMM", "ZZZ"}
    assert not [area for area in areas if area.startswith("X") and area != "XKK"]
