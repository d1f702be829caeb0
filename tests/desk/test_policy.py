"""A policy checks its limits: it accepts the last value inside and refuses the first one outside, naming the field."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.desk.policy import Policy, describe_policy


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        ({}, Policy(10, (2, 85.0), 10.0, "protect", 0)),
        ({"minimum": 3, "noise": 2}, Policy(minimum=3, noise=2)),
        ({"p_percent": 0}, Policy(p_percent=0.0)),
        ({"p_percent": 99.9}, Policy(p_percent=99.9)),
        ({"dominance": [1, 100]}, Policy(dominance=(1, 100.0))),
        ({"dominance": [3.0, 0.5]}, Policy(dominance=(3, 0.5))),
        ({"dominance": False}, Policy(dominance=None)),
        ({"zeros": "show"}, Policy(zeros="show")),
    ],
)
def test_policy_accepts_values_within_limits(table: dict[str, Any], policy: Policy) -> None:
    assert Policy.from_data(table) == policy


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"minimum": 2}, "minimum"),
        ({"minimum": True}, "minimum"),
        ({"minimum": 10.0}, "minimum"),
        ({"noise": -1}, "noise"),
        ({"minimum": 5, "noise": 5}, "noise"),
        ({"p_percent": 100}, "p_percent"),
        ({"p_percent": -0.1}, "p_percent"),
        ({"p_percent": True}, "p_percent"),
        ({"p_percent": "10"}, "p_percent"),
        ({"zeros": "hide"}, "zeros"),
        ({"dominance": [0, 85]}, "dominance"),
        ({"dominance": [1.5, 85]}, "dominance"),
        ({"dominance": [2, 0]}, "dominance"),
        ({"dominance": [2, 100.1]}, "dominance"),
        ({"dominance": [2, 85, 1]}, "dominance"),
        ({"dominance": ["2", 85]}, "dominance"),
        ({"dominance": True}, "dominance"),
    ],
)
def test_policy_refuses_values_outside_limits(table: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        Policy.from_data(table, "people.toml")
    assert refused.value.where == f"people.toml, policy.{field}"


def test_policy_refuses_unknown_rule() -> None:
    with pytest.raises(UnknownName, match="minimum"):
        Policy.from_data({"minimun": 10})


def test_rules_in_words() -> None:
    noisy = describe_policy(Policy(minimum=5, dominance=(1, 70.0), p_percent=0.0, zeros="show", noise=3), str)
    assert noisy == [
        "A cell with fewer than 5 people is not shown.",
        "A total is not shown if its 1 largest contributions make up more than 70 % of it.",
        "An empty cell is shown as empty.",
        "Every count is changed at random by up to 3 people.",
    ]
    exact = describe_policy(Policy(), str)
    assert [exact[2], exact[4]] == [
        "A total is not shown if the second largest contributor could estimate the largest to within 10 %.",
        "Further cells are hidden, so that hidden ones cannot be computed from sums.",
    ]
