"""A sum over nodes, worked out by hand or by another program on the pooled records, through the masked round.

Coefficients: statsmodels 0.15, GLM with frequency weights on the 360 pooled records. Errors: the sandwich with each node as a
stratum, sum over nodes of n/(n-1) times the products of the scores' deviations from the node's mean, by numpy on the records.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.microdata_question import Question
from bongsu.desk.cell_statistics import evaluate_cells
from bongsu.desk.control import choose_hidden_cells, is_protected, protection_tasks
from bongsu.desk.joint import answer_jointly, fit_joint_model, model_errors, no_previous_cells
from bongsu.desk.part import send_middle, send_part
from bongsu.desk.planning import plan_question
from bongsu.desk.policy import Policy
from bongsu.network.rounds import Round, RoundKey, add_parts, mask_part
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node
from tests.desk.nodes import Nodes
from tests.desk.town import Town
from tests.golden.test_desk_numbers import STRATA, sample

NAMES = ("aa", "bb", "cc")


def test_part_of_one_node(tmp_path: Path) -> None:
    """The sample of test_desk_numbers.py: units a 22, 20, 10 and b 38, 22, 40 of weight; 134, 135, 60 and 96, 176, 124 of w x.

    V(sum w) = 3/2 (82.667 + 194.667) = 416; Cov = 3/2 (545.333 - 720) = -262; V(sum w x) = 3/2 (3700.67 + 3296) = 10495; so
    V(mean) = (10495 + 2 x 4.769737 x 262 + 4.769737^2 x 416) / 152^2 = 0.97206, root 0.98593. Squares of w x: 2500 + 7056 +
    1296 + 9801 + 3600 + 3600 + 1296 + 30976 + 11025 + 361 = 71511.
    """
    town = sample(tmp_path, STRATA)
    data = {"statistics": [{"kind": "mean", "of": "EARNINGS"}, {"kind": "total"}]}
    nodes = Nodes([(town.node, town.holdings, "town")], data, {})
    found = nodes.shape.split(nodes.parts[0])
    wanted = {
        "whole": 10, "n": 10, "records": 10, "nodes": 1, "veto": 0, "n2": 100, "a": 152, "v_aa": 416,
        "v0_have": 10, "v0_have_records": 10, "v0_some": 10, "v0_some_records": 10, "v0_a": 152, "v0_b": 725, "v0_abs": 725,
        "v0_squares": 71511, "v0_v_aa": 416, "v0_v_ab": -262, "v0_v_bb": 10495, "v0_unlike": 1,
    }  # fmt: skip
    assert {name: each.tolist() for name, each in found.items()} == {k: [pytest.approx(v)] for k, v in wanted.items()}
    assert nodes.shape.count == len(wanted)


def test_veto_of_a_node(tmp_path: Path) -> None:
    """Ten records, six of X and four of Y: with a minimum of 5, Y is vetoed; with 4 it is not; an empty cell never is."""
    town = sample(tmp_path, "")
    nodes = Nodes([(town.node, town.holdings, "town")], {"breakdown": ["SEX"], "statistics": [{"kind": "count"}]}, {})
    nodes.__dict__["codes"] = {**nodes.codes, "SEX": ["X", "Y", "Z"]}  # another member has people of Z
    ((tally, whole),) = nodes.tallies
    sent: dict[int, dict[str, np.ndarray]] = {}
    for minimum in (4, 5, 7):

        def keep(numbers: np.ndarray, minimum: int = minimum) -> bytes:
            sent[minimum] = nodes.shape.split(numbers)
            return b""

        send_part(tally, nodes.shape, whole, minimum, nodes.hidden[0], keep)
    assert sent[4]["n"].tolist() == [10, 6, 4, 0]
    assert [sent[minimum]["veto"].tolist() for minimum in (4, 5, 7)] == [[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 1, 0]]
    send_part(tally, nodes.shape, whole, 5, nodes.hidden[0], lambda numbers: keep(numbers, 5), veto=False)
    assert sent[5]["veto"].tolist() == [0, 0, 0, 0]


def rows(outcome: int) -> list[list[dict[str, str]]]:
    """360 records by formula: node, sex, region, weight, and three outcomes: an amount, a number, yes or no."""
    parts: list[list[dict[str, str]]] = [[], [], []]
    for i in range(360):
        sex, region = (i // 3) % 2, (i // 7) % 3
        values = (
            20 + 6 * sex - 3 * (region == 1) + 5 * (region == 2) + (i * 37) % 23 - 11 + 2 * (i % 3),
            (i * 29) % 4 + sex + (region == 2) * 2,
            int((i * 31) % 10 < 3 + 3 * sex + (region == 1)),
        )
        parts[i % 3].append(
            {"sex": "FM"[sex], "age": "30", "job": "11", "region": "ABC"[region], "pay": str(values[outcome])}
            | {"weight": str(1 + (i * 13) % 5)}
        )
    return parts


@pytest.mark.parametrize(
    ("outcome", "model", "coefficients", "errors"),
    [
        (
            0,
            {"kind": "ols"},
            [21.676094930158875, 5.338104084118092, -2.0645914166624117, 6.394051355940958],
            [0.798452223570506, 0.7937852862988964, 0.9852400688816121, 0.9593632934502985],
        ),
        (
            1,
            {"kind": "glm", "family": "poisson"},
            [0.38071994867658165, 0.512906956833531, 0.03311908422583393, 0.7250647256021092],
            [0.06943808349983603, 0.05089667317862282, 0.07931383644433478, 0.06405046884110727],
        ),
        (
            2,
            {"kind": "glm", "family": "binomial"},
            [-1.3108095565417865, 1.4638512480946195, 0.7947488286568888, 0.1982973280537873],
            [0.24374273159535415, 0.24095299541731188, 0.3025379751209161, 0.2921661226166372],
        ),
    ],
)
def test_pooled_models(
    tmp_path: Path, outcome: int, model: dict[str, Any], coefficients: list[float], errors: list[float]
) -> None:
    """Two masked rounds: the sums by pattern, and the covariances of the scores at the fitted coefficients."""
    design = '[design]\nweight = "weight"\n'
    towns = [Town(tmp_path / str(n), part, design=design) for n, part in enumerate(rows(outcome))]
    statistic = {**model, "of": "EARNINGS", "terms": ["SEX", "REGION"]}
    nodes = Nodes([(town.node, town.holdings, "town") for town in towns], {"statistics": [statistic]}, {})
    joint = nodes.masked_sum(NAMES)
    asked = joint.plan.question.statistics[0]
    fit, patterns = fit_joint_model(joint, asked, Policy())
    assert fit.terms == ("(intercept)", "SEX=M", "REGION=B", "REGION=C")
    assert fit.coefficients.tolist() == pytest.approx(coefficients, rel=1e-9)
    keys = {name: RoundKey() for name in NAMES}
    agreed = Round("request", "middle", "cc", {name: key.public for name, key in keys.items()})
    sent = {
        name: send_middle(
            tally, asked, patterns, fit.coefficients, lambda n, name=name: mask_part(n, name, keys[name], agreed)
        )
        for name, (tally, _) in zip(NAMES, nodes.tallies, strict=True)
    }
    assert model_errors(fit, add_parts(sent, agreed, 16).reshape(4, 4)).tolist() == pytest.approx(errors, rel=1e-6)


QUESTION = {
    "breakdown": ["SEX", "REGION", {"concept": "OCCUPATION", "digits": [1]}],
    "statistics": [{"kind": "count"}, {"kind": "total"}, {"kind": "mean", "of": "EARNINGS"}],
}


def test_an_institutions_file_cut_into_three_nodes(tmp_path: Path, data: Path, whole: bool) -> None:
    """Austrian earnings, cut by employer: the sum has the pooled values, and protects what the pooled table protects.

    What the keeper shows by the sums alone, no reader of the pooled truth could break. More is hidden than in the pooled
    table, because sums bound the largest contribution, and because cells that tell of one node are hidden too.
    """
    if not whole:
        pytest.skip("needs the whole file")
    mapping = (Path(__file__).parents[1] / "desk" / "mappings" / "austria-ses.toml").read_text(encoding="utf-8")
    mapping += '\n[policy]\nzeros = "show"\n'
    with (data / "work" / "microdata_austria_ses_synthetic.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    node = Node.create(tmp_path / "node")
    holdings = Holdings(node)
    parts = {"a": "01234", "b": "567", "c": "89", "austria-ses": "0123456789"}
    for name, digits in parts.items():
        path = tmp_path / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            writer.writerows(record for record in records if record["IDunit"][-1] in digits)
        holdings.add(path, mapping.replace('"austria-ses"', f'"{name}"'), check=Policy.from_data)
    nodes = Nodes([(node, holdings, name) for name in "abc"], QUESTION, {})
    joint, policy = nodes.masked_sum(NAMES), nodes.plans[0].policy
    pooled = Nodes([(node, holdings, "austria-ses")], QUESTION, {})
    truth = pooled.tallies[0][0]
    assert joint.layout == truth.layout
    assert joint.contributors().tolist() == truth.contributors().tolist()
    answer = answer_jointly(joint, policy)
    by_truth = {(c.codes, c.statistic): c for c in evaluate_cells(truth, answer.hidden, policy)}
    shown = [cell for cell in answer.cells if cell.value is not None]
    for cell in shown:
        assert cell.value == pytest.approx(by_truth[cell.codes, cell.statistic].value, rel=1e-9)
    previous = no_previous_cells(truth.layout)
    tasks = tuple(protection_tasks(truth, policy, previous))
    assert is_protected(truth.layout, tasks, answer.hidden)
    alone = choose_hidden_cells(truth.layout, tasks, policy, previous)
    few = nodes.sum().tells_of_a_node()
    assert (answer.hidden & few).sum() == few.sum()
    assert alone.sum() <= answer.hidden.sum() < joint.layout.cells * 0.8
    assert plan_question(node, holdings, holdings.get("a"), Question.from_data({"holding": "a", **QUESTION}), None)
