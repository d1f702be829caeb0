"""Parsing questions: strict shapes, round trips, and errors that name what the holding does not have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BongsuError, UnknownName
from bongsu.core.microdata_question import Question, Split
from bongsu.desk.tally import band_code
from tests.desk.town import Town, people

COUNT = {"kind": "count"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"breakdown": ["COLOUR"]}, "There is no concept of this holding “COLOUR”"),
    ({"breakdown": ["AGE"]}, "“AGE” cannot be broken down this way"),
    ({"breakdown": [{"concept": "SEX", "bands": [1]}]}, "“SEX” cannot be broken down this way"),
    ({"breakdown": ["EARNINGS"]}, "“EARNINGS” cannot be broken down this way"),
    ({"breakdown": ["SEX", "SEX"]}, "A dimension is listed twice"),
    ({"breakdown": [{"concept": "AGE", "bands": [30, 20]}]}, "The numbers must be in increasing order"),
    ({"breakdown": list("ABCDE")}, "at most 4 dimensions"),
    ({"where": {"SEX": ["X"]}}, "There is no code of this concept “X”"),
    ({"where": {"AGE": ["30"]}}, "does not match the kind of “AGE”"),
    ({"where": {"EARNINGS": {"from": 1}}}, "does not match the kind of “EARNINGS”"),
    ({"where": {"AGE": {}}}, "The condition needs “from” or “to”"),
    ({"statistics": []}, "has no statistics"),
    ({"statistics": [{"kind": "mode"}]}, "There is no kind of statistic “mode”"),
    ({"statistics": [{"kind": "mean", "of": "SEX"}]}, "There is no measure of this holding “SEX”"),
    ({"statistics": [{"kind": "share", "along": "SEX"}]}, "There is no dimension of the breakdown “SEX”"),
    ({"statistics": [{"kind": "quantile", "of": "EARNINGS", "at": 1}]}, "between 0 and 1"),
    (
        {"statistics": [{"kind": "glm", "of": "EARNINGS", "terms": ["AGE"], "family": "poisson"}]},
        "must be codes, not numbers: AGE",
    ),
    ({"statistics": [COUNT, COUNT]}, "A statistic is listed twice"),
    (
        {"breakdown": ["SEX"], "margins": False, "statistics": [{"kind": "share", "along": "SEX"}]},
        "A share needs “margins = true”",
    ),
    ({"limit": 5}, "There is no field “limit”"),
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("questions"), people(200))


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_refuses_invalid_question_and_names_the_error(town: Town, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        town.desk.ask(Question.from_data({"holding": "town", "statistics": [COUNT], **wrong}, "q.toml"))


def test_journal_records_question_to_unknown_holding(town: Town) -> None:
    with pytest.raises(UnknownName, match="There is no holding “twon”"):
        town.desk.ask(Question.from_data({"holding": "twon", "statistics": [COUNT]}))
    *_, asked, refused = town.node.journal.lines()
    assert (asked.event, refused.event, refused.subject) == ("asked", "refused", "twon")


def test_question_round_trips_through_data_and_json() -> None:
    data = {
        "holding": "town",
        "where": {"SEX": ["F"], "AGE": {"from": 15.0, "to": 74.0}},
        "breakdown": ["REGION", {"concept": "OCCUPATION", "digits": [1, 2]}, {"concept": "AGE", "bands": [25]}],
        "statistics": [
            COUNT,
            {"kind": "quantile", "of": "EARNINGS", "at": 0.9},
            {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]},
        ],
        "scores": {"S": {"release": "EXPOSURE_INDEX", "by": "OCCUPATION", "where": ["INDEX=ILO_2025"]}},
    }
    question = Question.from_data(data)
    assert Question.from_data(question.to_data()) == question
    assert Question.parse(json.dumps(question.to_data())).id == question.id


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_data_raises_no_other_error_than_bongsu_error(data: Any) -> None:
    for field in ("where", "breakdown", "statistics", "scores", "margins"):
        try:
            Question.from_data({"holding": "town", "statistics": [COUNT], field: data})
        except BongsuError:
            continue


@pytest.mark.parametrize("text", ["", "{", "[", "holding = ", '{"holding": 1}', "[[[[[[[[" * 2000])
def test_refuses_text_that_is_not_a_question(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        Question.parse(text, "q.toml")


@pytest.mark.parametrize(("number", "code"), [(-1, "_U"), (0, "<15"), (1, "15-24"), (2, "25-54"), (3, ">=55")])
def test_band_code_names_edges(number: int, code: str) -> None:
    assert band_code(Split("AGE", bands=(15, 25, 55)), number) == code
