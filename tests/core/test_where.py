"""Tests of the grammar of conditions: valid conditions, and errors with their position."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput
from bongsu.core.where import WhereCondition, group_values, parse_where, starts_condition


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("REF_AREA=KOR", [("REF_AREA", "=", ("KOR",))]),
        (" area = KOR , FRA ", [("area", "=", ("KOR", "FRA"))]),
        ("A=1;B>=2024 ; C<=2030;", [("A", "=", ("1",)), ("B", ">=", ("2024",)), ("C", "<=", ("2030",))]),
        ('licence="CC-BY; MIT",GPL', [("licence", "=", ("CC-BY; MIT", "GPL"))]),
        ('name="say ""a=b"""', [("name", "=", ('say "a=b"',))]),
        ("분류=한국 어", [("분류", "=", ("한국 어",))]),
    ],
)
def test_conditions_are_parsed(text: str, found: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [(c.name, c.operator, c.values) for c in parse_where([text])] == found
    assert starts_condition(text)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("KOR", 4, "=, >= or <= is missing"),
        ("", 1, "a name is missing"),
        ("=KOR", 1, "a name is missing"),
        ("1=KOR", 1, "a name is missing"),
        ("AREA=", 6, "a code is missing"),
        ("AREA=KOR,", 10, "a code is missing"),
        ("AREA=KOR,,FRA", 10, "a code is missing"),
        ("AREA==KOR", 5, "=, >= or <= is missing"),
        ("AREA!=KOR", 5, "=, >= or <= is missing"),
        ("YEAR>2024", 5, "=, >= or <= is missing"),
        ("AREA=KOR=FRA", 9, "“,” or “;” is missing"),
        ("AREA=KOR;;YEAR=2024", 10, "a name is missing"),
        ('AREA="KOR', 6, "a code is missing"),
        ('AREA="KOR"FRA', 11, "“,” or “;” is missing"),
    ],
)
def test_an_invalid_condition_is_refused_with_its_position(text: str, position: int, reason: str) -> None:
    with pytest.raises(BadInput, match=f"{re.escape(reason)} at character {position}\\."):
        parse_where([text])


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.sampled_from(["=", ">=", "<="]))
def test_every_quoted_value_survives_parsing(values: list[str], operator: str) -> None:
    text = "NAME" + operator + ",".join('"' + value.replace('"', '""') + '"' for value in values)
    assert parse_where([text]) == (WhereCondition("NAME", operator, tuple(values), text.strip()),)


@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        conditions = parse_where([text])
    except BadInput as error:
        position = int(str(error.values["position"]))
    else:
        position = len(conditions)
    assert 1 <= position <= len(text) + 1


def test_values_of_one_name_are_alternatives() -> None:
    assert group_values(parse_where(["a=1,2", "b=3; a=4"])) == {"a": ["1", "2", "4"], "b": ["3"]}
    with pytest.raises(BadInput, match="only = is allowed"):
        group_values(parse_where(["a>=1"]))


@pytest.mark.parametrize("text", ["GRID_INTENSITY", "-", "a sentence = no", "--where=A=1"])
def test_other_words_do_not_start_a_condition(text: str) -> None:
    assert not starts_condition(text)
