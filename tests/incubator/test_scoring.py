"""Scores, ranking and the line of a budget: golden examples worked out by hand."""

from __future__ import annotations

import hashlib
import hmac
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput
from bongsu.incubator.reviews.ranking import Candidate, draw_key, draw_line, rank_applications
from bongsu.incubator.reviews.scoring import (
    ApplicationScore,
    Criterion,
    Review,
    check_points,
    score_applications,
    score_review,
)

CRITERIA = [
    Criterion("merit", 1, 5, 50),
    Criterion("impact", 1, 5, 20, may_be_left=True),
    Criterion("team", 1, 5, 20, may_be_left=True),
    Criterion("plan", 1, 5, 10, may_be_left=True),
]
HEAD = "ab" * 32


def test_score_renormalises_over_answered_criteria() -> None:
    # (50 x 4 + 20 x 5 + 10 x 3) / 80 = 330 / 80
    points = {"merit": 4, "impact": None, "team": 5, "plan": 3}
    assert score_review(CRITERIA, points) == Fraction(33, 8) == Fraction("4.125")


def test_a_review_of_less_than_half_of_the_weight_does_not_count() -> None:
    equal = [Criterion(key, 1, 5, weight) for key, weight in (("a", 40), ("b", 10), ("c", 30), ("d", 20))]
    assert score_review(CRITERIA, {"impact": 5, "team": 5}) is None  # 40 of 100
    assert score_review(CRITERIA, {"merit": 2}) == 2  # 50 of 100 is half
    assert score_review(equal, {"a": 5, "b": 1}) == Fraction(210, 50)
    assert score_review(equal, {"c": 5}) is None
    assert score_review(CRITERIA, {}) is None


def test_scores_of_applications_and_what_stands_beside() -> None:
    # One criterion: r1 gives A 5, B 3 (level 4); r2 gives A 2, B 2, C 5 (level 3). All: 17 / 5 = 3.4.
    # Centred: A (5 - 4 + 3.4 + 2 - 3 + 3.4) / 2 = 3.4; B (3 - 4 + 3.4 + 2 - 3 + 3.4) / 2 = 2.4; C 5 - 3 + 3.4 = 5.4.
    one = [Criterion("merit", 1, 5, 1)]
    given_points = [("r1", "A", 5), ("r1", "B", 3), ("r2", "A", 2), ("r2", "B", 2), ("r2", "C", 5)]
    reviews = [Review(who, what, {"merit": points}) for who, what, points in given_points]
    scores = score_applications(one, reviews, ["A", "B", "C", "D"])
    assert scores["A"] == ApplicationScore(
        "A", 2, Fraction(7, 2), Fraction(7, 2), Fraction(2), Fraction(5), Fraction(17, 5)
    )
    assert (scores["B"].mean, scores["B"].centred) == (Fraction(5, 2), Fraction(12, 5))
    assert (scores["C"].mean, scores["C"].centred) == (Fraction(5), Fraction(27, 5))
    assert scores["D"] == ApplicationScore("D", 0, None, None, None, None, None)


def test_mean_and_median_differ() -> None:
    one = [Criterion("merit", 1, 5, 1)]
    reviews = [Review(str(who), "A", {"merit": points}) for who, points in enumerate((1, 2, 5, 5))]
    score = score_applications(one, reviews, ["A"])["A"]
    assert (score.mean, score.median) == (Fraction(13, 4), Fraction(7, 2))


@pytest.mark.parametrize(
    "points",
    [
        {"merit": 6, "impact": 1, "team": 1, "plan": 1},
        {"merit": 0, "impact": 1, "team": 1, "plan": 1},
        {"merit": True, "impact": 1, "team": 1, "plan": 1},
        {"merit": 4.0, "impact": 1, "team": 1, "plan": 1},
        {"merit": "4", "impact": 1, "team": 1, "plan": 1},
        {"merit": None, "impact": 1, "team": 1, "plan": 1},
        {"impact": 1, "team": 1, "plan": 1},
        {"merit": 4, "impact": 1, "team": 1, "plan": 1, "more": 1},
    ],
)
def test_points_that_are_refused(points: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        check_points(CRITERIA, points)


def test_points_at_the_ends_of_the_scale() -> None:
    points: dict[str, object] = {"merit": 1, "impact": 5, "team": None, "plan": 3}
    assert check_points(CRITERIA, points) == points


def candidate(
    number: str, mean: str | None, asked: int = 0, keys: tuple[int, ...] = (0,), counted: int = 3
) -> Candidate:
    value = None if mean is None else Fraction(mean)
    score = ApplicationScore(number, counted, value, value, value, value, value)
    return Candidate(number, score, asked, "main", tuple(Fraction(key) for key in keys))


def rank(candidates: list[Candidate], threshold: str | None = None) -> list[str]:
    limit = None if threshold is None else Fraction(threshold)
    return [one.number for one in rank_applications(candidates, least_reviews=3, threshold=limit, head=HEAD)]


def test_order_is_score_then_declared_keys_then_draw() -> None:
    tied = ["E", "F", "G", "H"]
    drawn = sorted(tied, key=lambda name: hmac.new(bytes.fromhex(HEAD), name.encode(), hashlib.sha256).digest())
    assert drawn != tied  # the draw is not the order of the numbers
    ranked = rank(
        [candidate("A", "4"), candidate("B", "4.5"), candidate("C", "4", keys=(1,)), candidate("D", None, counted=0)]
        + [candidate(name, "2") for name in tied]
    )
    assert ranked == ["B", "C", "A", *drawn, "D"]
    assert draw_key(HEAD, "E") == hmac.digest(b"\xab" * 32, b"E", "sha256")


def test_line_of_a_budget() -> None:
    # 100 for: 40, 30, then 40 does not fit (30 are left): at the line. 20 would fit, but waits: nobody passes another.
    candidates = [
        candidate("A", "5", 40),
        candidate("B", "4", 30),
        candidate("C", "3.5", 40),
        candidate("D", "3.4", 20),
        candidate("E", "2.9", 10),
        candidate("F", "5", 10, counted=2),
    ]
    ranked = rank_applications(candidates, least_reviews=3, threshold=Fraction(3), head=HEAD)
    rows = draw_line(ranked, {"main": 100}, least_reviews=3, threshold=Fraction(3))
    assert [(row.number, row.rank, row.place, row.spent) for row in rows] == [
        ("A", 1, "funded", 40),
        ("B", 2, "funded", 70),
        ("C", 3, "at-line", 70),
        ("D", 4, "waiting", 70),
        ("E", 5, "below-threshold", 70),
        ("F", None, "unranked", 70),
    ]
    exact = draw_line(ranked, {"main": 110}, least_reviews=3, threshold=Fraction(3))
    assert [row.place for row in exact[:4]] == ["funded", "funded", "funded", "at-line"]


def test_threshold_itself_is_enough_and_ties_are_marked() -> None:
    ranked = rank_applications(
        [candidate("A", "3", 1), candidate("B", "3", 1), candidate("C", "4", 1)],
        least_reviews=3,
        threshold=Fraction(3),
        head=HEAD,
    )
    rows = {row.number: row for row in draw_line(ranked, {"main": 9}, least_reviews=3, threshold=Fraction(3))}
    assert [rows[name].place for name in "ABC"] == ["funded"] * 3
    assert [rows[name].tied for name in "ABC"] == [True, True, False]


def test_a_line_without_a_budget_is_refused() -> None:
    with pytest.raises(BadInput, match="not a budget line"):
        draw_line([candidate("A", "3")], {"other": 5}, least_reviews=3, threshold=None)


@given(st.lists(st.tuples(st.integers(2, 10), st.integers(0, 60), st.integers(0, 4)), max_size=30), st.integers(0, 200))
def test_laws_of_the_line(cases: list[tuple[int, int, int]], budget: int) -> None:
    candidates = [
        candidate(f"N{at}", str(Fraction(score, 2)), asked, counted=counted)
        for at, (score, asked, counted) in enumerate(cases)
    ]
    ranked = rank_applications(candidates, least_reviews=3, threshold=Fraction(2), head=HEAD)
    assert ranked == rank_applications(candidates[::-1], least_reviews=3, threshold=Fraction(2), head=HEAD)
    rows = draw_line(ranked, {"main": budget}, least_reviews=3, threshold=Fraction(2))
    asked = {one.number: one.asked for one in candidates}
    assert sum(asked[row.number] for row in rows if row.place == "funded") <= budget
    places = [row.place for row in rows]
    order = ["funded", "at-line", "waiting", "below-threshold", "unranked"]
    assert places == sorted(places, key=order.index)
    assert places.count("at-line") <= 1
