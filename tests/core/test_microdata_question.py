"""Tests of parsing questions: the fields of each statistic, and errors with their field. tests/desk asks whole questions."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.microdata_question import Condition, Question

COUNT = {"kind": "count"}


def ask(**data: Any) -> Question:
    return Question.from_data({"holding": "town", "statistics": [COUNT], **data}, "q.toml")


def ask_for(**statistic: Any) -> Question:
    return ask(statistics=[statistic])


@pytest.mark.parametrize(
    ("statistic", "name"),
    [
        ({"kind": "count"}, "count"),
        ({"kind": "total"}, "total"),
        ({"kind": "total", "of": "PAY"}, "total PAY"),
        ({"kind": "mean", "of": "PAY"}, "mean PAY"),
        ({"kind": "gini", "of": "PAY"}, "gini PAY"),
        ({"kind": "quantile", "of": "PAY", "at": 0.01}, "quantile PAY 0.01"),
        ({"kind": "quantile", "of": "PAY", "at": 0.99}, "quantile PAY 0.99"),
        ({"kind": "dissimilarity", "over": "JOB", "between": ["SEX", "F", "M"]}, "dissimilarity JOB SEX-F-M"),
        ({"kind": "ols", "of": "PAY", "terms": ["SEX", "AGE"]}, "ols PAY SEX+AGE"),
        ({"kind": "glm", "of": "PAY", "terms": ["SEX"], "family": "poisson"}, "glm PAY poisson SEX"),
    ],
)
def test_each_statistic_has_a_name_and_survives_conversion_to_data(statistic: dict[str, Any], name: str) -> None:
    question = ask_for(**statistic)
    assert question.statistics[0].name == name
    assert Question.from_data(question.to_data()) == question


@pytest.mark.parametrize(
    ("statistic", "place"),
    [
        ({"kind": "mean"}, ".of"),
        ({"kind": "share"}, ".along"),
        ({"kind": "quantile", "of": "PAY"}, ".at"),
        ({"kind": "quantile", "of": "PAY", "at": 0}, ".at"),
        ({"kind": "quantile", "of": "PAY", "at": 1}, ".at"),
        ({"kind": "quantile", "of": "PAY", "at": 0.505}, ".at"),
        ({"kind": "dissimilarity", "over": "JOB", "between": ["SEX", "F"]}, ".between"),
        ({"kind": "dissimilarity", "over": "JOB", "between": ["SEX", "F", "F"]}, ".between"),
        ({"kind": "dissimilarity", "over": {"concept": "JOB", "x": 1}, "between": ["SEX", "F", "M"]}, ".over.x"),
        ({"kind": "ols", "of": "PAY"}, ".terms"),
        ({"kind": "glm", "of": "PAY", "terms": ["SEX"]}, ".family"),
        ({"kind": "glm", "of": "PAY", "terms": ["SEX"], "family": "gamma"}, ".family"),
        ({"kind": "count", "of": "PAY"}, ".of"),
        ({"kind": "mean", "of": "PAY", "at": 0.5}, ".at"),
        ({"kind": "gini", "of": "PAY", "family": "poisson"}, ".family"),
    ],
)
def test_a_statistic_accepts_only_its_fields(statistic: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        ask_for(**statistic)
    assert refused.value.where == f"q.toml, statistics[0]{place}"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"format": "bongsu.question/2"}, "format"),
        ({"holding": ""}, "holding"),
        ({"margins": 1}, "margins"),
        ({"breakdown": [{"concept": "AGE", "bands": [15], "digits": [1]}]}, "breakdown[0].bands"),
        ({"breakdown": [{"concept": "AGE", "bands": [15, 15]}]}, "breakdown[0].bands"),
        ({"breakdown": [{"concept": "JOB", "digits": [0, 1]}]}, "breakdown[0].digits"),
        ({"breakdown": [{"concept": "JOB", "digits": [2, 1]}]}, "breakdown[0].digits"),
        ({"breakdown": [{"concept": "JOB", "digit": [2]}]}, "breakdown[0].digit"),
        (
            {"breakdown": ["SEX"], "statistics": [{"kind": "ols", "of": "PAY", "terms": ["AGE"]}]},
            "statistics[0].terms",
        ),
        ({"where": {"SEX": []}}, "where.SEX"),
        ({"where": {"SEX": [1]}}, "where.SEX[0]"),
        ({"where": {"SEX": 1}}, "where.SEX"),
        ({"where": {"AGE": {"from": 1, "until": 2}}}, "where.AGE.until"),
        ({"scores": {"S": {"release": "R", "by": "JOB", "form": "X"}}}, "scores.S.form"),
        ({"scores": {"S": {"release": "R"}}}, "scores.S.by"),
    ],
)
def test_an_invalid_question_is_refused_with_its_field(data: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        ask(**data)
    assert refused.value.where == f"q.toml, {place}"


def test_the_largest_breakdown_is_accepted() -> None:
    assert len(ask(breakdown=list("ABCD")).breakdown) == 4
    assert ask(breakdown=[{"concept": "JOB", "digits": [1, 2]}, {"concept": "AGE", "bands": [0, 15]}]).margins


def test_conditions_are_sorted_and_one_bound_is_enough() -> None:
    question = ask(where={"SEX": ["M", "F", "M"], "AREA": "KOR", "AGE": {"from": 15}, "YEAR": {"to": 0}})
    assert question.where == (
        Condition("AGE", low=15.0),
        Condition("AREA", ("KOR",)),
        Condition("SEX", ("F", "M")),
        Condition("YEAR", high=0.0),
    )
    assert Question.from_data(question.to_data()).where == question.where


def test_the_same_question_has_the_same_id() -> None:
    text = 'holding = "town"\nstatistics = [{kind = "count"}]'
    assert Question.parse(text).id == Question.parse('  {"statistics": [{"kind": "count"}], "holding": "town"}').id
    assert ask().id == Question.parse(text).id != ask(margins=False).id
    assert len(ask().id) == 16
