"""Answers of other nodes are read strictly, and those of real desks are combined to the table of all people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import BadInput, BongsuError, UnknownName
from bongsu.core.microdata_question import Question
from bongsu.network.combine.answers import arrange_question, find_changes, read_answer
from bongsu.network.combine.cells import combine_cells
from bongsu.network.combine.models import combine_model
from tests.desk.town import Town, compute, people
from tests.network.answers import ask, combine, document

STATISTICS = [{"kind": "count"}, {"kind": "total"}, {"kind": "share", "along": "SEX"}, {"kind": "mean", "of": "PAY"}]
QUESTION = ask(STATISTICS, ["SEX"])
LAYOUT = arrange_question(QUESTION, {"SEX": ["F", "M"]})
GIVEN = {
    ("count", "_T"): (30,), ("count", "F"): (10,), ("count", "M"): (20,),
    ("total", "_T"): (300.5, 3.0), ("total", "F"): (100.25, 2.0), ("total", "M"): (200.25, 2.0),
    ("share SEX", "_T"): (1.0, 0.0), ("share SEX", "F"): (0.25, 0.1), ("share SEX", "M"): (0.75, 0.1),
    ("mean PAY", "_T"): (-2.5, 0.1), ("mean PAY", "F"): (1.5, 0.1), ("mean PAY", "M"): (None,),
}  # fmt: skip


def put(place: list[Any], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for step in place[:-1]:
            data = data[step]
        data[place[-1]] = value

    return change


MODEL = {"statistic": "ols PAY X", "terms": [{"term": "X", "value": 1.0, "standard_error": 0.1}], "moments": None}


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (put(["cells", 0, "value"], -1), BadInput, "cannot be true"),
        (put(["cells", 0, "value"], 30.5), BadInput, "cannot be true"),
        (put(["cells", 3, "value"], -1.0), BadInput, "cannot be true"),
        (put(["cells", 7, "value"], -0.1), BadInput, "cannot be true"),
        (put(["cells", 6, "value"], 1.1), BadInput, "cannot be true"),
        (put(["cells", 0, "value"], 31), BadInput, "do not add up"),
        (put(["cells", 3, "value"], 300.5 * (1 + 2e-9)), BadInput, "do not add up"),
        (put(["cells", 8, "value"], 0.7), BadInput, "do not add up"),
        (put(["cells", 3, "standard_error"], -1.0), BadInput, "at least 0"),
        (put(["cells", 3, "value"], float("nan")), BadInput, "finite"),
        (put(["cells", 3, "value"], 1e400), BadInput, "finite"),
        (put(["cells", 3, "noise"], 1.0), BadInput, "Only a cell with noise"),
        (put(["cells", 0, "SEX"], "X"), UnknownName, "X"),
        (put(["cells", 0, "SEX"], 1), UnknownName, "1"),
        (put(["cells", 0, "AGE"], "X"), UnknownName, "AGE"),
        (put(["cells", 0, "SEX"], "F"), BadInput, "given twice"),
        (put(["cells", 0, "statistic"], "median"), UnknownName, "median"),
        (put(["cells", 0, "status"], "guessed"), UnknownName, "guessed"),
        (put(["cells", 0, "status"], "suppressed"), BadInput, "exactly if it is shown"),
        (put(["cells", 11, "status"], "shown"), BadInput, "exactly if it is shown"),
        (put(["cells"], [{"SEX": "F"}] * 13), BadInput, "more cells"),
        (put(["dimensions"], ["AGE"]), BadInput, "other dimensions"),
        (put(["models"], [MODEL]), UnknownName, "ols PAY X"),
        (put(["extra"], 1), UnknownName, "extra"),
    ],
)
def test_wrong_answers_are_refused_whole(
    change: Callable[[dict[str, Any]], None], error: type[BongsuError], said: str
) -> None:
    data = document(GIVEN, QUESTION)
    read_answer("A", "A", data, QUESTION, LAYOUT)
    change(data)
    with pytest.raises(error) as found:
        read_answer("A", "A", data, QUESTION, LAYOUT)
    assert said in str(found.value)
    assert "A" in found.value.where


def test_margins_may_differ_by_rounding_and_noise() -> None:
    data = document(GIVEN, QUESTION)
    data["cells"][3]["value"] = 300.5 * (1 + 9e-10)
    read_answer("A", "A", data, QUESTION, LAYOUT)
    for cell in data["cells"][3:6]:
        cell |= {"status": "perturbed", "noise": 4.0, "value": -2.0}
    assert read_answer("A", "A", data, QUESTION, LAYOUT).privacy is None
    private = data | {"privacy": {"unit": "rho", "epsilon": 0.5, "delta": 1e-6}}
    assert read_answer("A", "A", private, QUESTION, LAYOUT).privacy.epsilon == 0.5
    with pytest.raises(BadInput, match="at least 0"):
        read_answer("A", "A", data | {"privacy": {"epsilon": -1}}, QUESTION, LAYOUT)


def test_hidden_parts_are_not_added() -> None:
    data = document({**GIVEN, ("count", "F"): (None,)}, QUESTION)
    read_answer("A", "A", data, QUESTION, LAYOUT)
    absent = [cell for cell in document(GIVEN, QUESTION)["cells"] if cell["SEX"] != "F" or cell["statistic"] != "count"]
    with pytest.raises(BadInput, match="do not add up"):  # the part is not hidden but missing, so it counts as 0
        read_answer("A", "A", data | {"cells": absent}, QUESTION, LAYOUT)


def test_a_mean_needs_numbers_of_people() -> None:
    question = ask([{"kind": "mean", "of": "PAY"}])
    with pytest.raises(BadInput, match="cannot be combined without the numbers of people"):
        combine(question, *[{("mean PAY",): (1.0, 0.1)}] * 3)
    counted = ask([{"kind": "mean", "of": "PAY"}, {"kind": "count"}])
    given = [{("mean PAY",): (mean, 0.1), ("count",): (n,)} for mean, n in ((1.0, 10), (2.0, 20), (3.0, None))]
    cell = combine(counted, *given, minimum=2)["mean PAY",]
    assert (cell.value, cell.left_out) == (pytest.approx(5 / 3), (("C", "no-weight"),))


def test_the_same_question_answers_the_same() -> None:
    one, other = document(GIVEN, QUESTION), document(GIVEN, QUESTION)
    other["journal"] = 99
    other["cells"].reverse()
    assert find_changes(one, other, "A") == []
    other["cells"][0]["value"] = 1.0
    assert len(find_changes(one, other, "A")) == 2  # the cell before and after


def test_the_same_node_twice_is_refused() -> None:
    answer = read_answer("A", "A", document(GIVEN, QUESTION), QUESTION, LAYOUT)
    with pytest.raises(BadInput, match="twice"):
        combine_cells([answer, answer], QUESTION, LAYOUT)
    asked = ask([{"kind": "ols", "of": "PAY", "terms": ["X"]}])
    with pytest.raises(BadInput, match="twice"):
        read_answer("A", "A", document({}, asked, [MODEL, MODEL]), asked, arrange_question(asked, {}))


ASKED = {
    "breakdown": ["SEX", {"concept": "AGE", "bands": [45]}],
    "statistics": [
        {"kind": "count"}, {"kind": "total"}, {"kind": "mean", "of": "EARNINGS"}, {"kind": "total", "of": "EARNINGS"},
        {"kind": "share", "along": "SEX"}, {"kind": "gini", "of": "EARNINGS"},
    ],
}  # fmt: skip


def test_answers_of_three_desks_make_the_pooled_table(tmp_path: Path) -> None:
    """The documents travel as JSON. Counts, totals and means equal those of all people; Gini coefficients are not combined."""
    design = '[design]\nweight = "weight"\n'
    rows = people(900)
    whole = Town(tmp_path, rows, design=design)
    for number in range(3):
        whole.add(f"part{number}", rows[number::3])
    pooled = {(c.statistic, *c.codes): c for c in whole.compute(ASKED["breakdown"], ASKED["statistics"]).cells}
    question = Question.from_data({"holding": "town", **ASKED})
    layout = arrange_question(question, whole.holdings.codes("town"))
    answers = []
    for number in range(3):
        answer = whole.desk.ask(Question.from_data({"holding": f"part{number}", **ASKED}))
        answers.append(
            read_answer(f"n{number}", f"n{number}", json.loads(json.dumps(answer.to_data())), question, layout)
        )
    found = combine_cells(answers, question, layout)
    assert len(found) == len(pooled)
    compared = 0
    for cell in found:
        wanted = pooled[cell.statistic, *cell.codes]
        if cell.value is None or wanted.value is None:
            assert cell.value is None or cell.statistic != "gini EARNINGS"
            continue
        compared += 1
        assert cell.value == pytest.approx(wanted.value, rel=1e-9), cell
        assert cell.low <= cell.high
        if cell.statistic == "total":
            assert cell.standard_error == pytest.approx(
                wanted.standard_error, rel=0.02
            )  # the node is no stratum of the pool
    assert compared >= 15
    assert all(cell.value is None and len(cell.own) == 3 for cell in found if cell.statistic == "gini EARNINGS")


def test_models_of_three_desks(tmp_path: Path) -> None:
    """Coefficients by moments equal the pooled regression; those by inverse variance lie within two of their errors."""
    rows = [{**row, "region": "S" if row["region"] == "W" else row["region"]} for row in people(900)]
    town = Town(tmp_path, rows, policy="minimum = 3")
    model = {"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]}
    question = Question.from_data({"holding": "town", "statistics": [model]})
    layout, answers = arrange_question(question, {}), []
    (pooled,) = compute(town.node, town.holdings, question).models
    for number in range(3):
        town.add(f"part{number}", rows[number::3])
        asked = Question.from_data({**question.to_data(), "holding": f"part{number}"})
        answers.append(read_answer(f"n{number}", f"n{number}", town.desk.ask(asked).to_data(), question, layout))
    found = combine_model(pooled.statistic, answers)
    assert found.nodes == ("n0", "n1", "n2")
    for term, combined in zip(pooled.terms, found.terms, strict=True):
        assert term.term == combined.term
        assert abs(combined.fixed.value - term.value) < 2 * combined.fixed.standard_error
    if found.exact:
        assert [value for _, value in found.exact] == pytest.approx([term.value for term in pooled.terms], rel=1e-9)
    assert json.loads(json.dumps(found.to_data()))["coverage"] == {"combined": 3, "asked": 3}
    assert np.isfinite([each.tau2 for each in found.terms]).all()
