"""Tests of parsing dataflows: errors name the field, and structures survive conversion to JSON."""

import json
from typing import Any

import pytest

from bongsu.core.errors import BadInput, BongsuError, UnknownName
from bongsu.core.selection import Selection
from bongsu.core.structure import Chart, Structure, parse_dataflow
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists, concepts
from bongsu.store.tables.programmes import read_programme

NAME = {"en": "a", "ko": "b", "fr": "c"}
ROW: dict[str, Any] = {
    "version": "1.0.0",
    "dimensions": ["REF_AREA", "TIME_PERIOD"],
    "units": ["TWh"],
    "boundary": "facility",
    "method": "test 1",
    "name": NAME,
    "description": NAME,
}


def made(**changes: Any) -> Any:
    return parse_dataflow("TEST", {**ROW, **changes}, concepts(), programme="test", where="flows.toml")


@pytest.mark.parametrize("lacking", ["version", "dimensions", "units", "boundary", "method", "name", "description"])
def test_a_missing_field_is_named(lacking: str) -> None:
    row = {key: value for key, value in ROW.items() if key != lacking}
    with pytest.raises(BadInput, match=lacking):
        parse_dataflow("TEST", row, concepts(), programme="test", where="flows.toml")


@pytest.mark.parametrize(
    "changes",
    [
        {"dimensions": ["REF_ARAE"]},
        {"units": ["TWatt"]},
        {"boundary": "galaxy"},
        {"name": {"en": "a"}},
        {"charts": [{"id": "c", "title": NAME, "mark": "bar", "x": "NOWHERE", "y": "OBS_VALUE"}]},
    ],
)
def test_an_invalid_field_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"flows\.toml"):
        made(**changes)


@pytest.mark.parametrize("id_", ["", "test", "A-B", "A B", "TEST\n"])
def test_an_id_has_capitals_digits_and_underscores_only(id_: str) -> None:
    with pytest.raises(BadInput, match="capitals"):
        parse_dataflow(id_, ROW, concepts(), programme="test", where="flows.toml")


def test_every_structure_survives_conversion_to_json() -> None:
    for flow in read_programme("energy").flows:
        structure = Structure(flow, tuple(code_lists().values()))
        assert Structure.from_json(json.loads(json.dumps(structure.to_json()))) == structure


@pytest.mark.parametrize(
    ("conditions", "codes", "start", "end"),
    [
        (["REF_AREA=KOR"], (("REF_AREA", ("KOR",)),), "", ""),
        (["area=KOR,FRA", "AREA=USA"], (("REF_AREA", ("KOR", "FRA", "USA")),), "", ""),
        (["year>=2024", "TIME_PERIOD<=2030"], (), "2024", "2030"),
    ],
)
def test_conditions_become_a_selection(conditions: list[str], codes: Any, start: str, end: str) -> None:
    assert Selection.parse(made(), conditions) == Selection(codes, start, end)


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("KOR", BadInput),
        ("REF_AREA=", BadInput),
        ("REF_AREA>=KOR", BadInput),
        ("SCENARIO=BASE", UnknownName),
        ("YEAR>=2024,2025", BadInput),
        ("YEAR>=2024; YEAR>=2025", BadInput),
        ("YEAR>=x", BadInput),
        ("YEAR<=20245", BadInput),
        ("YEAR=2024,２０２５", BadInput),
    ],
)
def test_invalid_conditions_are_refused(condition: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Selection.parse(made(), [condition])


def test_a_chart_shows_all_values_unless_it_says_how_many() -> None:
    chart = {"id": "c", "title": NAME, "mark": "bar", "x": "REF_AREA", "y": "OBS_VALUE"}
    assert [one.top for one in made(charts=[chart, {**chart, "id": "d", "top": 5}]).charts] == [0, 5]
    assert Chart("c", Text.of(NAME), "bar", "REF_AREA", "OBS_VALUE").top == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mark": "pie"}, "mark"),
        ({"top": "3"}, "top"),
        ({"top": -3}, "top"),
        ({"id": "my series/x"}, "id"),
        ({"colour": "REF_AREA"}, "colour"),
        ({"y": "COMMENT_OBS"}, "One axis"),
        ({"x": "OBS_VALUE"}, "One axis"),
        ({"color": "LOWER_BOUND"}, "LOWER_BOUND"),
        ({"where": {"REF_AREA": "KOR"}}, "where"),
        ({"where": "REF_AREA=KOR"}, "where"),
        ({"where": {"SHIP": ["A"]}}, "SHIP"),
        ({"title": {"en": "x"}}, "ko"),
    ],
)
def test_a_wrong_chart_is_refused_with_its_field(change: dict[str, Any], said: str) -> None:
    chart = {"id": "c", "title": NAME, "mark": "bar", "x": "REF_AREA", "y": "OBS_VALUE"}
    with pytest.raises(BongsuError) as caught:
        made(charts=[{**chart, **change}])
    assert said in f"{caught.value} {caught.value.where}"


def test_two_charts_of_one_id_are_refused() -> None:
    chart = {"id": "c", "title": NAME, "mark": "bar", "x": "REF_AREA", "y": "OBS_VALUE"}
    with pytest.raises(BadInput, match="Two charts"):
        made(charts=[chart, chart])
