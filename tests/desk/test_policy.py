"""A policy checks its limits: it accepts the last value inside and refuses the first one outside, naming the field."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.desk.policy import Policy, describe_policy
from bongsu.desk.private.rules import PrivateRules, parse_amount, to_epsilon, write_amount

PRIVATE = {"budget": "1", "per_asker": 0.5, "per_question": "1/20"}


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        ({}, Policy(10, (2, 85.0), 10.0, "protect", "plan", None)),
        ({"minimum": 3, "noise": 0}, Policy(minimum=3)),
        ({"p_percent": 0}, Policy(p_percent=0.0)),
        ({"p_percent": 99.9}, Policy(p_percent=99.9)),
        ({"dominance": [1, 100]}, Policy(dominance=(1, 100.0))),
        ({"dominance": [3.0, 0.5]}, Policy(dominance=(3, 0.5))),
        ({"dominance": False}, Policy(dominance=None)),
        ({"zeros": "show"}, Policy(zeros="show")),
        (
            {"mode": "private", "private": PRIVATE},
            Policy(mode="private", private=PrivateRules(Fraction(1), Fraction(1, 2), Fraction(1, 20))),
        ),
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
        ({"noise": 1}, "noise"),
        ({"mode": "private"}, "mode"),
        ({"private": PRIVATE}, "mode"),
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
        ({"mode": "private", "private": PRIVATE | {"budget": 0}}, "private.budget"),
        ({"mode": "private", "private": PRIVATE | {"budget": 0.2}}, "private"),
        ({"mode": "private", "private": PRIVATE | {"per_asker": "1/30"}}, "private"),
        ({"mode": "private", "private": PRIVATE | {"unit": "delta"}}, "private.unit"),
        ({"mode": "private", "private": PRIVATE | {"delta": 0}}, "private.delta"),
        ({"mode": "private", "private": PRIVATE | {"records": 0}}, "private.records"),
        ({"mode": "private", "private": PRIVATE | {"max_weight": 0}}, "private.max_weight"),
        ({"mode": "private", "private": PRIVATE | {"bounds": {"PAY": [5, 5]}}}, "private.bounds.PAY"),
        ({"mode": "private", "private": PRIVATE | {"bounds": {"PAY": [5]}}}, "private.bounds.PAY"),
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
    short = describe_policy(Policy(minimum=5, dominance=(1, 70.0), p_percent=0.0, zeros="show"), str)
    assert short == [
        "A cell with fewer than 5 people is not shown.",
        "A total is not shown if its 1 largest contributions make up more than 70 % of it.",
        "An empty cell is shown as empty.",
        "Further cells are hidden, so that hidden ones cannot be computed from sums.",
    ]
    exact = describe_policy(Policy(), str)
    assert [exact[2], exact[4]] == [
        "A total is not shown if the second largest contributor could estimate the largest to within 10 %.",
        "Further cells are hidden, so that hidden ones cannot be computed from sums.",
    ]


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (0.1, Fraction(1, 10)),
        ("0.10", Fraction(1, 10)),
        ("1/30", Fraction(1, 30)),
        (2, Fraction(2)),
        (1e-6, Fraction(1, 10**6)),
    ],
)
def test_amounts_are_what_is_written_and_not_the_nearest_float(written: Any, exact: Fraction) -> None:
    assert parse_amount(written) == exact
    assert parse_amount(write_amount(exact)) == exact


@pytest.mark.parametrize("written", [0, "0", "-1", -0.5, "1/0", "0.5/2", "", "one", True, float("nan"), float("inf")])
def test_refuses_what_is_not_an_amount(written: Any) -> None:
    with pytest.raises(BadInput, match="is not an amount"):
        parse_amount(written, "here")


def test_rho_as_epsilon_by_hand() -> None:
    """rho 0.5, delta 1e-6: ln(1e6) = 13.815511; the root of 0.5 x 13.815511 is 2.628261; 0.5 + 2 x 2.628261 = 5.756522."""
    assert to_epsilon(0.5, 1e-6) == pytest.approx(5.756522, abs=1e-6)


def test_old_noise_is_told_what_to_use() -> None:
    with pytest.raises(BadInput) as refused:
        Policy.from_data({"noise": 5}, "people.toml")
    assert 'mode = "private"' in refused.value.fix


def test_rules_of_privacy_in_words() -> None:
    rules = PRIVATE | {"max_weight": 400, "bounds": {"PAY": [0, 9000]}}
    assert describe_policy(Policy.from_data({"mode": "private", "private": rules}), str) == [
        "Every answer has noise, so that it hardly depends on one contributor (differential privacy).",
        "The budget is 1 (rho) for all askers together and 0.5 for each; a question costs 0.05.",
        "At most 1 records of one contributor count.",
        "A weight above 400 counts as 400.",
        "PAY counts from 0 to 9000; a number outside counts as the nearer bound.",
    ]
