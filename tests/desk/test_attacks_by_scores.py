"""Attacks that compute a breakdown by code from statistics of a score: a score is a table by its codes."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import BadInput, Refused, UnknownName
from bongsu.core.microdata_question import Question
from bongsu.desk.answer import Answer
from tests.desk.town import Person, Town, compare_alone, people, values

BANDS = {"concept": "AGE", "bands": [25, 45, 65]}
INDEX = {"01": 0.8731, "11": 0.1237, "12": 0.3562, "21": 0.6173, "22": 0.7481, "23": 0.2915, "31": 0.5326}
MEAN = {"kind": "mean", "of": "INDEX"}
TOTAL = {"kind": "total"}


def ask(
    town: Town, breakdown: list[Any], statistics: list[Any], where: Any = None, index: Any = INDEX, alone: bool = False
) -> Answer:
    """The answer to a question with the score INDEX; `alone`: as if the plan of the holding showed nothing."""
    data = {
        "holding": "town",
        "breakdown": breakdown,
        "statistics": statistics,
        "where": where or {},
        "scores": {"INDEX": {"release": "NONE", "by": "OCCUPATION"}},
    }
    question = Question.from_data(data)
    return compare_alone(town, question, {"INDEX": index}) if alone else town.desk.ask(question, {"INDEX": index})


def find_codes_in_tables(town: Town, by_weight: bool) -> list[tuple[str, str, float]]:
    """(sex, code, error) of each small code whose weight is computed from the mean and the total of two codes by sex."""
    found = []
    for small in ("01", "23", "31"):
        with suppress(Refused):
            answer = ask(town, ["SEX"], [TOTAL, MEAN], {"OCCUPATION": ["11", small]})
            means, totals = values(answer, "mean INDEX"), values(answer, "total")
            for sex in ("F", "M"):
                rows = [r for r in town.rows if r["job"] == small and r["sex"] == sex]
                mean, total = means[(sex,)], totals[(sex,)]
                if mean is not None and total is not None and 0 < len(rows) < 10:
                    computed = total * (mean - INDEX["11"]) / (INDEX[small] - INDEX["11"])
                    true = sum(float(r["weight"]) if by_weight else 1.0 for r in rows)
                    found.append((sex, small, abs(computed / true - 1)))
    return found


@pytest.mark.parametrize("design", ['[design]\nweight = "weight"', ""])
def test_mean_of_two_codes_reveals_no_small_code(tmp_path: Path, design: str) -> None:
    """W_small = W (mean - x_big) / (x_small - x_big)."""
    rows = people(1200)
    town = Town(tmp_path, rows, design=design)
    assert not [each for each in find_codes_in_tables(town, bool(design)) if each[2] < 0.5]


def test_mean_alone_does_not_locate_a_single_person(tmp_path: Path) -> None:
    """One person in job 41: the mean of jobs 11 and 41 differs from that of job 11 in her cell only."""
    rows = [{**r, "job": "11" if r["job"] == "01" else r["job"]} for r in people(1200)]
    rows[0]["job"] = "41"
    index = INDEX | {"41": 0.9512}
    with suppress(Refused):
        answer = ask(Town(tmp_path, rows), ["SEX", BANDS], [MEAN], {"OCCUPATION": ["11", "41"]}, index)
        inner = {c.codes: c.value for c in answer.cells if "_T" not in c.codes}
        assert len([codes for codes, value in inner.items() if value != pytest.approx(INDEX["11"], rel=1e-9)]) != 1


def solve_for_counts(mean: float, number: int, step: float, scores: list[float]) -> np.ndarray:
    """Every way in which `number` people can have six codes so that their mean is `mean` to within half a step."""
    bars = np.array(list(combinations(range(number + 5), 5)))
    counts = np.diff(np.c_[np.full(len(bars), -1), bars, np.full(len(bars), number + 5)], axis=1) - 1
    return np.asarray(counts[np.abs(counts @ scores - number * mean) <= step * number / 2 + 1e-9])


def test_whole_numbers_of_six_codes_are_not_the_only_solution(tmp_path: Path) -> None:
    """36 people of one sex: of 749,398 ways to have six codes, only one gives the mean of an index with six digits."""
    scores = [0.123457, 0.356211, 0.617393, 0.748119, 0.291553, 0.532689]
    codes = ["11", "12", "21", "22", "23", "31"]
    rows = [r for r in people(400, seed=4) if r["job"] in codes and r["sex"] == "F"][:36]
    answer = ask(Town(tmp_path, rows), [], [{"kind": "count"}, MEAN], index=dict(zip(codes, scores, strict=True)))
    mean, number = values(answer, "mean INDEX")[()], values(answer)[()]
    if mean is None or number is None:
        return
    assert number == 36
    step = 1.0  # 10 * (0.748119 - 0.123457) / 36 = 0.1735, rounded up to a power of ten
    ways = solve_for_counts(mean, 36, step if mean == round(mean) else 0.0, scores)
    small = np.array([0 < sum(r["job"] == code for r in rows) < 10 for code in codes])
    assert (ways.min(axis=0)[small] == 0).all()
    assert (ways.max(axis=0)[small] >= 10).all()


@pytest.mark.parametrize("family", ["", "binomial", "poisson"])
def test_models_of_score_reveal_no_small_code(tmp_path: Path, family: str) -> None:
    """X'Wy / X'WX of a model of the score on sex is the mean by sex: again two codes, and their weight."""
    rows = [{**r, "region": "S" if r["region"] == "W" else r["region"]} for r in people(1200)]
    town = Town(tmp_path, rows, design='[design]\nweight = "weight"')
    kind = {"kind": "glm", "family": family} if family else {"kind": "ols"}
    for small in ("01",):
        with suppress(Refused):
            model = {**kind, "of": "INDEX", "terms": ["SEX", "REGION"]}
            found = ask(town, [], [model], {"OCCUPATION": ["11", small]}).models[0]
            terms, moments = [term.term for term in found.terms], found.moments
            true = sum(float(r["weight"]) for r in rows if (r["job"], r["sex"]) == (small, "M"))
            column = terms.index("SEX=M")
            total = sum(float(r["weight"]) for r in rows if r["job"] in ("11", small) and r["sex"] == "M")
            mean = solve_for_mean(found, rows, ["11", small], family) if moments is None else None
            if moments is not None:
                total, mean = moments["xwx"][column][column], moments["xwy"][column] / moments["xwx"][column][column]
            computed = total * (mean - INDEX["11"]) / (INDEX[small] - INDEX["11"])
            assert abs(computed / true - 1) > 0.5


def solve_for_mean(model: Any, rows: list[Person], jobs: list[str], family: str) -> float:
    """The mean of men: the weighted average of what the model predicts, which its equations make equal to the mean."""
    beta = {term.term: term.value for term in model.terms}
    link = {"": lambda x: x, "binomial": lambda x: 1 / (1 + np.exp(-x)), "poisson": np.exp}[family]
    men = [r for r in rows if r["job"] in jobs and r["sex"] == "M"]
    weights = [float(r["weight"]) for r in men]
    fitted = [link(beta["(intercept)"] + beta["SEX=M"] + beta["REGION=S"] * (r["region"] == "S")) for r in men]
    return float(np.average(fitted, weights=weights))


def test_mean_of_score_by_hand(tmp_path: Path) -> None:
    """Women: 40 in job 11 (0.2), 40 in 12 (0.4), 5 in 21 (0.9). Men: 100 in 11, 100 in 12, none in 21.

    Ten people over the range of 0.7 move the mean of 85 women by 7/85 = 0.082, of 200 men by 0.035, of all by 0.025: the
    step is 0.1. Women: (8 + 16 + 4.5)/85 = 0.335. For the five to be 10, the other 75 would need 28.5 - 9 = 19.5 of a possible
    15 to 30. With 12 in job 21 every code of women has the minimum, and men none: all means are exact.
    """
    rows = people(285)
    groups = [("F", "11", 40), ("F", "12", 40), ("F", "21", 5), ("M", "11", 100), ("M", "12", 100)]

    def means(groups: list[tuple[str, str, int]], folder: str) -> dict[tuple[str, ...], float | None]:
        made = [{**rows[0], "sex": sex, "job": job} for sex, job, number in groups for _ in range(number)]
        town = Town(tmp_path / folder, made, policy='zeros = "show"')
        return values(ask(town, ["SEX"], [MEAN], index={"11": 0.2, "12": 0.4, "21": 0.9}, alone=True), "mean INDEX")

    assert means(groups, "five") == {("_T",): 0.3, ("F",): 0.3, ("M",): 0.3}
    groups[2] = ("F", "21", 12)
    assert means(groups, "twelve") == pytest.approx({("_T",): 94.8 / 292, ("F",): 34.8 / 92, ("M",): 0.3})


def test_interval_of_a_group_by_hand() -> None:
    """Values 1, 2 and 4 of 30, 30 and 6 people: total 114. If the six were 0, 66 people had 114 of 66 to 132: possible.

    If they were 10, 56 had 74 of 56 to 112: possible. With 40, 2 and 6 people (68 of 48): 10 of 4 leave 28 for 38, below 38. A
    step of 0.5 gives 48 * 0.25 = 12 more, 40: possible. A group of one person does not help: 40, 1 and 6 (total 66) leave one
    other value, and the six are certain.
    """
    from bongsu.desk.policy import Policy
    from bongsu.desk.score_codes import ScoreCodes

    counts = np.array([[30.0, 40, 40], [30, 2, 1], [6, 6, 6]])
    codes = ScoreCodes(np.array([1.0, 2, 4]), counts, counts, counts > 0, 6.0)
    policy = Policy(zeros="show")
    assert codes.find_revealing(np.zeros(3), policy).tolist() == [False, True, True]
    assert codes.reach.tolist() == [3, 3, 3]
    # Of 47 people, 66 - 0 = 66 of at most 47 + slack: a step of 0.5 gives 11.75, not enough; of 1 it gives 23.5.
    assert codes.find_revealing(np.array([0, 0.5, 0.5]), policy).tolist() == [False, False, True]
    assert codes.find_revealing(np.ones(3), policy).tolist() == [False, False, False]


# --- what was asked by mistake is not remembered


def test_empty_score_is_refused_and_not_remembered(tmp_path: Path) -> None:
    """A score without a number for any code hid everything, and the corrected question stayed hidden."""
    town = Town(tmp_path, people(), policy='zeros = "show"')
    with pytest.raises(BadInput, match="no number for any code"):
        ask(town, ["SEX"], [MEAN], index={"9999": 0.5})
    assert all(values(ask(town, ["SEX"], [MEAN], alone=True), "mean INDEX").values())


def test_unknown_code_in_condition_of_score_is_an_error(node_folder: Path, tmp_path: Path) -> None:
    from bongsu.desk.asking import Desk
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.store.node import Node

    path = tmp_path / "small.csv"
    path.write_text("JOB\n" + "4110\n" * 20 + "9111\n" * 60)
    node = Node(node_folder)
    holdings = Holdings(node)
    holdings.add(path, 'name = "typo"\n[concepts.OCCUPATION]\ncolumn = "JOB"\nsystem = "ISCO-08"\n')
    where = ["INDICATOR=EXPOSURE_SCORE", "EXPOSURE_CLASS=_T"]

    def mean(where: list[str]) -> float | None:
        source = {"release": "EXPOSURE_BY_GROUP", "by": "OCCUPATION", "where": where}
        data = {"holding": "typo", "statistics": [{"kind": "mean", "of": "X"}], "scores": {"X": source}}
        return Desk(node, holdings).ask(Question.from_data(data)).cells[0].value

    with pytest.raises(UnknownName, match="EXPOSURE-SCORE") as wrong:
        mean(["INDICATOR=EXPOSURE-SCORE", "EXPOSURE_CLASS=_T"])
    assert "EXPOSURE_SCORE" in str(wrong.value)
    assert mean(where) == pytest.approx(0.255)


def test_count_equal_to_number_of_listed_codes_is_not_shown(tmp_path: Path) -> None:
    """Every code that can be listed occurs, so a count of 12 for 12 codes would say that each has one person."""
    rows = people(600, seed=6)
    for number, row in enumerate(rows):
        row["job"] = str(41 + number % 12) if number < 12 else "11"
    codes = [str(41 + number) for number in range(12)]
    town = Town(tmp_path, rows)
    assert values(town.ask(where={"OCCUPATION": codes})) == {(): None}
    with pytest.raises(Refused, match="too few people"):
        ask(town, [], [{"kind": "count"}, MEAN], {"OCCUPATION": codes}, {code: float(code) for code in codes})
