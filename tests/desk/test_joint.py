"""A sum over nodes equals the pooled table in values, errors, hidden cells and models; and no node is singled out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, Refused
from bongsu.desk.answer import SHOWN, SUPPRESSED
from bongsu.desk.cell_covariances import cell_covariances
from bongsu.desk.cell_statistics import evaluate_cells, evaluate_models
from bongsu.desk.control import choose_hidden_cells, protection_tasks
from bongsu.desk.joint import (
    Members,
    answer_jointly,
    answer_model,
    fit_joint_model,
    joint_tasks,
    no_previous_cells,
    strictest_policy,
)
from bongsu.desk.part import plan_part, prepare_tally, score_covariances, send_middle, send_part
from bongsu.desk.policy import Policy
from bongsu.desk.private.rules import PrivateRules
from bongsu.desk.statistics import total
from bongsu.desk.variance import taylor_error
from bongsu.network.rounds import Round, RoundKey, add_parts, mask_part
from bongsu.store.microdata.expressions import run_expression
from tests.desk.nodes import Nodes
from tests.desk.town import Person, Town, people

DESIGN = '[design]\nweight = "weight"\nstratum = "node"\n'
TABLE = {
    "breakdown": ["SEX", "OCCUPATION", {"concept": "AGE", "bands": [30, 50]}],
    "statistics": [
        {"kind": "count"},
        {"kind": "total"},
        {"kind": "total", "of": "EARNINGS"},
        {"kind": "mean", "of": "EARNINGS"},
        {"kind": "share", "along": "SEX"},
    ],
}


def split_people(number: int = 900, nodes: int = 3, seed: int = 1) -> list[list[Person]]:
    rows = [
        {**row, "node": str(i % nodes), "firm": f"{i % nodes}-{i // 15}"} for i, row in enumerate(people(number, seed))
    ]
    return [rows[start::nodes] for start in range(nodes)]


def build(
    folder: Path, data: dict[str, Any], parts: list[list[Person]], design: str = DESIGN, **groups: str
) -> tuple[Town, Nodes]:
    """The town of all people, and the nodes of its parts, all on one node to be quick."""
    town = Town(folder, [row for part in parts for row in part], design=design, policy="minimum = 5")
    for number, part in enumerate(parts):
        town.add(f"part{number}", part, despite="each is a part of the town")
    places = [(town.node, town.holdings, f"part{number}") for number in range(len(parts))]
    return town, Nodes(places, data, groups)


def pooled(town: Town, data: dict[str, Any], codes: dict[str, list[str]]) -> Any:
    return Nodes([(town.node, town.holdings, "town")], data, {}).tallies[0][0]


@pytest.mark.parametrize("design", [DESIGN, DESIGN + 'cluster = "firm"\n', '[design]\ncontributor = "firm"\n', ""])
def test_sum_equals_pooled_table(tmp_path: Path, design: str) -> None:
    """Values to 1e-9 and standard errors to their six digits: the node is a stratum of the pooled sample."""
    town, nodes = build(tmp_path, TABLE, split_people(), design)
    whole = pooled(town, TABLE, nodes.codes)
    joint = nodes.sum()
    policy = Policy(minimum=5)
    assert whole.layout == joint.layout
    nothing = np.zeros(joint.layout.cells, bool)
    wanted = list(evaluate_cells(whole, nothing, policy))
    found = answer_jointly(joint, replace(policy, minimum=3, zeros="show"))
    for one, other in zip(wanted, found.cells, strict=True):
        assert (one.codes, one.statistic) == (other.codes, other.statistic)
        if other.status == SHOWN:
            assert other.value == pytest.approx(one.value, rel=1e-9)
            error = one.standard_error
            assert other.standard_error == (None if error is None else pytest.approx(error, rel=2e-6, abs=1e-9))
    assert sum(cell.status == SHOWN for cell in found.cells) > 100


def test_same_cells_are_hidden(tmp_path: Path) -> None:
    """Without the rules about nodes, and where no largest contribution matters, the sums hide what the pooled table hides."""
    town, nodes = build(tmp_path, TABLE, split_people())
    whole, joint = pooled(town, TABLE, nodes.codes), nodes.sum(rules_of_nodes=False)
    policy = Policy(minimum=5)
    masks = []
    for tally in (whole, joint):
        previous = no_previous_cells(tally.layout)
        tasks = tuple(protection_tasks(tally, policy, previous))
        masks.append(choose_hidden_cells(tally.layout, tasks, policy, previous))
    assert masks[0].any()
    assert not (masks[0] & ~masks[1]).any()
    assert (masks[0] != masks[1]).mean() < 0.05


def test_masked_sum_is_the_sum(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, TABLE, split_people())
    keys = {name: RoundKey() for name in ("aa", "bb", "cc")}
    agreed = Round("request", nodes.shape.digest, "aa", {name: key.public for name, key in keys.items()})
    sent = {
        name: send_part(
            tally,
            nodes.shape,
            whole,
            5,
            hidden,
            lambda numbers, name=name: mask_part(numbers, name, keys[name], agreed),
        )
        for name, (tally, whole), hidden in zip(keys, nodes.tallies, nodes.hidden, strict=True)
    }
    found = add_parts(sent, agreed, nodes.shape.count)
    assert found == pytest.approx(np.sum(nodes.parts, axis=0), rel=1e-12, abs=1e-9)


def test_variances_equal_those_of_single_cells(tmp_path: Path) -> None:
    for number, design in enumerate((DESIGN, DESIGN + 'cluster = "firm"\n')):
        town, nodes = build(tmp_path / str(number), TABLE, split_people(300), design)
        tally = pooled(town, TABLE, nodes.codes)
        found = cell_covariances(tally)
        for cell in range(tally.layout.cells):
            rows = tally.variable("").take(tally.rows_in(cell))
            assert found.aa[cell] ** 0.5 == pytest.approx(taylor_error(rows, total(rows.a), tally.sample), rel=1e-9)
        assert found.within == pytest.approx(found.aa)


def test_replicate_weights_add_up(tmp_path: Path) -> None:
    """Each node has its own replicates: squared standard errors of totals add up over nodes."""
    parts = [
        [
            {**row, "r1": str(float(row["weight"]) * (i % 2) * 2), "r2": str(float(row["weight"]) * (1 - i % 2) * 2)}
            for i, row in enumerate(part)
        ]
        for part in split_people(300)
    ]
    design = '[design]\nweight = "weight"\nreplicates = ["r1", "r2"]\nmethod = "BRR"\n'
    data = {"breakdown": ["SEX"], "statistics": TABLE["statistics"][1:]}
    _, nodes = build(tmp_path, data, parts, design)
    squares = np.zeros(2)
    for tally, _ in nodes.tallies:
        cells = {(c.codes, c.statistic): c for c in evaluate_cells(tally, np.zeros(3, bool), Policy(minimum=5))}
        squares += [cells[("F",), name].standard_error ** 2 for name in ("total", "total EARNINGS")]
    found = {(c.codes, c.statistic): c for c in answer_jointly(nodes.sum(), Policy(minimum=5)).cells}
    for name, square in zip(("total", "total EARNINGS"), squares, strict=True):
        assert found[("F",), name].standard_error == pytest.approx(square**0.5, rel=1e-5)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(3, 6), st.integers(0, 1000))
def test_any_number_of_nodes(tmp_path_factory: pytest.TempPathFactory, nodes: int, seed: int) -> None:
    data = {"breakdown": ["REGION", "SEX"], "statistics": [{"kind": "total"}, {"kind": "mean", "of": "EARNINGS"}]}
    town, split = build(tmp_path_factory.mktemp("town"), data, split_people(240, nodes, seed))
    whole, joint = pooled(town, data, split.codes), split.sum()
    assert joint.contributors().tolist() == whole.contributors().tolist()
    values = [list(evaluate_cells(tally, np.zeros(joint.layout.cells, bool), Policy())) for tally in (whole, joint)]
    for one, other in zip(*values, strict=True):
        assert (one.status, one.value is None) == (other.status, other.value is None)
        assert one.value is None or one.value == pytest.approx(other.value, rel=1e-9)


DISTRIBUTIONS = [
    {"kind": "quantile", "of": "EARNINGS", "at": 0.5},
    {"kind": "gini", "of": "EARNINGS"},
    {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]},
]


def test_distributions_have_values_without_errors(tmp_path: Path) -> None:
    data = {"breakdown": ["REGION"], "statistics": DISTRIBUTIONS}
    town, nodes = build(tmp_path, data, split_people())
    whole = pooled(town, data, nodes.codes)
    policy = Policy(minimum=5, zeros="show")
    wanted = list(evaluate_cells(whole, np.zeros(whole.layout.cells, bool), policy))
    found = answer_jointly(nodes.sum(), policy).cells
    shown = [(one, other) for one, other in zip(wanted, found, strict=True) if other.value is not None]
    assert {one.statistic.split()[0] for one, _ in shown} == {"quantile", "gini", "dissimilarity"}
    for one, other in shown:
        assert other.value == pytest.approx(one.value, rel=1e-9)
        assert (other.status, other.standard_error) == (one.status, None)


MODELS = [
    {"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]},
    {"kind": "glm", "of": "EARNINGS", "terms": ["SEX", "REGION"], "family": "poisson"},
    {"kind": "glm", "of": "AGE", "terms": ["SEX", "REGION"], "family": "binomial"},
]


@pytest.mark.parametrize("model", MODELS)
def test_models_equal_the_pooled_fit(tmp_path: Path, model: dict[str, Any]) -> None:
    """One sum of patterns, and one of scores at the fitted coefficients: coefficients to 1e-9, errors to 1e-6."""
    parts = split_people(900)
    if model.get("family") == "binomial":
        parts = [[{**row, "age": str(int(int(row["age"]) > 40))} for row in part] for part in parts]
    data = {"statistics": [model]}
    town, nodes = build(tmp_path, data, parts)
    whole, joint = pooled(town, data, nodes.codes), nodes.sum()
    policy, statistic = Policy(minimum=5), joint.plan.question.statistics[0]
    (wanted,) = evaluate_models(whole, policy)
    fit, patterns = fit_joint_model(joint, statistic, policy)
    middle = sum(score_covariances(tally, statistic, patterns, fit.coefficients) for tally, _ in nodes.tallies)
    found = answer_model(fit, statistic, patterns, middle)
    assert found.references == wanted.references
    for name, moments in (wanted.moments or {}).items():
        assert np.array(found.moments[name]) == pytest.approx(np.array(moments), rel=1e-9)
    for one, other in zip(wanted.terms, found.terms, strict=True):
        assert (one.term, one.value) == (other.term, pytest.approx(other.value, rel=1e-9))
        assert other.standard_error == pytest.approx(one.standard_error, rel=2e-6)
    sent = send_middle(nodes.tallies[0][0], statistic, patterns, fit.coefficients, lambda numbers: numbers.tobytes())
    assert len(sent) == 8 * len(fit.terms) ** 2
    assert all(term.standard_error is None for term in answer_model(fit, statistic, patterns, None).terms)


def test_cells_that_tell_of_a_node_are_hidden(tmp_path: Path) -> None:
    """W is in two nodes only, in N one of a node's people is alone, in S all nodes have many."""
    regions = {
        "W": (40, 40, 0),
        "N": (60, 60, 1),
        "S": (60, 50, 40),
        "X": (400, 5, 5),
        "Y": (50, 60, 60),
        "Z": (50, 60, 60),
    }
    parts = [
        [{**row, "region": region} for region, sizes in regions.items() for row in people(sizes[node], node + 1)]
        for node in range(3)
    ]
    data = {"breakdown": ["REGION"], "statistics": [{"kind": "count"}]}
    _, nodes = build(tmp_path, data, parts, "")
    joint = nodes.sum()
    named = {joint.layout.codes(cell)[0]: tells for cell, tells in enumerate(joint.tells_of_a_node())}
    assert named == {"_T": False, "W": True, "N": True, "S": False, "X": True, "Y": False, "Z": False}
    answer = answer_jointly(joint, Policy(minimum=5))
    shown = {cell.codes[0]: cell.value for cell in answer.cells}
    assert shown["_T"] == 1101
    assert [shown[name] for name in ("W", "N", "X")] == [None, None, None]
    assert shown["S"] == 150


def test_nodes_of_one_institution_are_one_group(tmp_path: Path) -> None:
    """Three nodes of two institutions are refused as a whole; four of three count a cell with two nodes of one as two."""
    assert Members.of("ABCD", {"A": "x", "B": "x"}) == Members(4, 3, 2)
    data = {"breakdown": ["REGION"], "statistics": [{"kind": "count"}]}
    _, nodes = build(tmp_path, data, split_people(900, 4), "", **{"0": "x", "1": "x"})
    joint = nodes.sum()
    assert (joint.least_groups() == joint.by_cell["nodes"] - 1).all()
    three = replace(joint, by_cell={**joint.by_cell, "nodes": np.full(joint.layout.cells, 3.0)})
    assert three.tells_of_a_node().all()
    # two nodes of 500 and two of 200: a group of two could have root(2 x 580,000) = 1077 of 1400 (0.77), one at most 0.54
    even = {
        **joint.by_cell,
        "n": np.full(joint.layout.cells, 1400.0),
        "n2": np.full(joint.layout.cells, 580_000.0),
        "veto": np.zeros(joint.layout.cells),
    }
    assert not replace(joint, by_cell=even).tells_of_a_node().any()
    even["n2"] = np.full(joint.layout.cells, 720_000.0)  # root(2 x 720,000) = 1200: 0.857
    assert replace(joint, by_cell=even).tells_of_a_node().all()
    assert not replace(joint, by_cell=even, members=Members(4, 4)).tells_of_a_node().any()


def test_strictest_policy() -> None:
    one, other = Policy(10, (1, 90.0), 5.0, "show"), Policy(3, (3, 80.0), 15.0, "protect")
    assert strictest_policy([one, other]) == Policy(10, (3, 80.0), 15.0, "protect")
    assert strictest_policy([replace(one, dominance=None), one]).dominance == (1, 90.0)
    assert strictest_policy([replace(one, dominance=None)]).dominance is None


def test_parts_that_are_refused(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, TABLE, split_people(300))
    with pytest.raises(BadInput, match="numbers, not"):
        nodes.shape.split(np.zeros(3))
    fewer = {**nodes.codes, "OCCUPATION": ["11", "12"]}
    with pytest.raises(Refused, match="did not agree"):
        prepare_tally(nodes.plans[0], run_expression, fewer)
    with pytest.raises(Refused, match="codes, not numbers"):
        _ = Nodes(nodes.places, {"statistics": [{"kind": "ols", "of": "EARNINGS", "terms": ["AGE"]}]}, {}).shape
    private = replace(Policy(), private=PrivateRules(Fraction(1), Fraction(1), Fraction(1, 10)))
    with pytest.raises(Refused, match="differential privacy only"):
        plan_part(nodes.plans[0].sums, nodes.codes, private)
    with pytest.raises(Refused, match="too few people"):
        answer_jointly(nodes.sum(), Policy(minimum=301))


def test_a_part_has_no_negative_zero(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, TABLE, split_people(300))
    for part in nodes.parts:
        assert not np.signbit(part[part == 0]).any()


def test_shapes_differ_with_codes_and_question(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, TABLE, split_people(300))
    less = Nodes(nodes.places, {**TABLE, "breakdown": ["SEX"]}, {})
    assert nodes.shape.digest != less.shape.digest
    assert {cell.status for cell in answer_jointly(nodes.sum(), Policy(minimum=5)).cells} >= {SHOWN, SUPPRESSED}


def test_two_large_contributions_are_found_by_squares(tmp_path: Path) -> None:
    """Of ten people in W two have 45 and eight 1: 90 of 98, 91.8 %. Squares 4058: two have at most root(8116) = 90.1.

    With root(4058) = 63.7 as the largest, 65 %, the rule of one holding would let the cell pass.
    """
    pay = {"W": ["45", "45", *["1"] * 8], "N": ["10"] * 40, "S": ["10"] * 40, "X": ["10"] * 40, "Y": ["10"] * 40}
    given = [(region, each) for region, amounts in pay.items() for each in amounts]
    rows = [{**row, "region": at, "pay": each} for row, (at, each) in zip(people(len(given)), given, strict=True)]
    parts = [rows[number::3] for number in range(3)]
    data = {"breakdown": ["REGION"], "statistics": [{"kind": "total", "of": "EARNINGS"}]}
    _, nodes = build(tmp_path, data, parts, "")
    joint = nodes.sum(rules_of_nodes=False)
    hidden = answer_jointly(joint, Policy(minimum=5, dominance=(2, 85.0), p_percent=0.0)).hidden
    assert hidden[[joint.layout.codes(cell) for cell in range(joint.layout.cells)].index(("W",))]


def test_amounts_of_cells_that_tell_of_a_node_are_protected(tmp_path: Path) -> None:
    """Each table has a task: the cell's contributors, weighted people and total must seem possible 10 % above and below."""
    sizes = {"W": (40, 40, 0), "N": (40, 40, 40), "S": (40, 40, 40)}
    parts = [
        [{**row, "region": region} for region, counts in sizes.items() for row in people(counts[node], node + 1)]
        for node in range(3)
    ]
    data = {"breakdown": ["REGION"], "statistics": [{"kind": "total", "of": "EARNINGS"}]}
    _, nodes = build(tmp_path, data, parts, '[design]\nweight = "weight"\n')
    joint, policy = nodes.sum(), Policy(minimum=5)
    previous = no_previous_cells(joint.layout)
    common = len(list(protection_tasks(joint, policy, previous)))
    counts, weights, amounts = list(joint_tasks(joint, policy, previous))[common:]
    cell = [joint.layout.codes(cell) for cell in range(joint.layout.cells)].index(("W",))
    assert counts.up[cell] == counts.down[cell] == 8
    for task in (weights, amounts):
        assert task.up[cell] == task.down[cell] == pytest.approx(0.1 * task.values[cell])
    assert [np.flatnonzero(task.sensitive).tolist() for task in (counts, weights, amounts)] == [[cell]] * 3


def test_a_model_of_two_institutions_is_refused(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, {"statistics": [MODELS[0]]}, split_people(300), "", **{"0": "x", "1": "x"})
    joint = nodes.sum()
    with pytest.raises(Refused, match="too many of the contributors"):
        fit_joint_model(joint, joint.plan.question.statistics[0], Policy(minimum=5))


def test_flattening_writes_one_zero(tmp_path: Path) -> None:
    _, nodes = build(tmp_path, TABLE, split_people(300))
    numbers = nodes.shape.flatten({name: np.full(size, -0.0) for name, size in nodes.shape.vectors.items()})
    assert not np.signbit(numbers).any()
