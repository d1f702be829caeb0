"""Benchmarks a sum over 10 nodes of a table of 19,760 cells with 8 vectors each, by the functions that the product calls: the
parts, the masked round (target: 10 s), control and statistics of the sum. The round is compared with adding the same numbers
without masks; the sum must equal the pooled table to 1e-9 and hide the same cells. Another size:

    python bench/network_rounds.py 10 12,37,39
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from bongsu.core.mapping import Design, Survey, Variable
from bongsu.core.microdata_question import Question
from bongsu.desk.control import choose_hidden_cells, is_protected, protection_tasks
from bongsu.desk.joint import Members, build_joint_tally, no_previous_cells
from bongsu.desk.part import PartShape, agreed_tally, build_part, plan_part
from bongsu.desk.policy import Policy
from bongsu.desk.tally import Tally
from bongsu.network.rounds import Round, RoundKey, add_parts, mask_part
from bongsu.store.microdata.expressions import SumPlan, plan_sums

NODES = int(sys.argv[1]) if len(sys.argv) > 1 else 10
SIZES = [int(size) for size in sys.argv[2].split(",")] if len(sys.argv) > 2 else [12, 37, 39]
CONCEPTS = ("A", "B", "C")
CODES = {name: [f"{code:02d}" for code in range(size)] for name, size in zip(CONCEPTS, SIZES, strict=True)}
POLICY = Policy(zeros="show")


def time_call(work: Callable[[], Any]) -> tuple[float, Any]:
    """Returns (processor seconds, result) of a call."""
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def plan_question() -> SumPlan:
    """Plans the question: people and shares by three concepts, of weighted holdings."""
    statistics = [{"kind": "count"}, {"kind": "total"}, {"kind": "share", "along": "A"}]
    question = Question.from_data({"holding": "bench", "breakdown": list(CONCEPTS), "statistics": statistics})
    variables = tuple(Variable(name, name.lower()) for name in CONCEPTS)
    return plan_sums(question, Survey("bench", variables, Design(weight="w")))


def draw_groups(number: int) -> pa.Table:
    """Draws a node's people by finest group. One group in 1,999 has three people, of one node."""
    random = np.random.default_rng(number)
    n = random.poisson(40, int(np.prod(SIZES)))
    n[7::1999] = 3 * (number == 0)
    indices = np.unravel_index(np.arange(len(n)), SIZES)
    keys = {
        f"k{i}": pa.array([CODES[name][code] for code in index])
        for i, (name, index) in enumerate(zip(CONCEPTS, indices, strict=True))
    }
    weights = random.uniform(50, 150, len(n))
    return pa.table(keys | {"n": pa.array(n), "a": pa.array(n * weights), "aa": pa.array(n * weights**2 * 1.01)})


def pool_groups(tables: list[pa.Table]) -> pa.Table:
    """Adds the groups of all nodes."""
    sums = {name: np.sum([table[name].to_numpy() for table in tables], axis=0) for name in ("n", "a", "aa")}
    return pa.table(
        {name: tables[0][name] for name in ("k0", "k1", "k2")} | {name: pa.array(each) for name, each in sums.items()}
    )


def arrange(plan: SumPlan, groups: pa.Table) -> Tally:
    """Arranges groups as a node's table."""
    n = int(np.sum(groups["n"].to_numpy()))
    strata = pa.table({"stratum": [""], "units": [n], "population": pa.array([None], pa.float64())})
    return agreed_tally(plan, groups, strata, CODES, POLICY)


def run_round(parts: list[np.ndarray[Any, Any]], shape: PartShape) -> Any:
    """Runs a masked round of all nodes in this process."""
    keys = {f"{number:02d}": RoundKey() for number in range(len(parts))}
    agreed = Round("bench", shape.digest, "00", {name: key.public for name, key in keys.items()})
    sent = {name: mask_part(part, name, keys[name], agreed) for (name, part) in zip(keys, parts, strict=True)}
    return add_parts(sent, agreed, shape.count)


def hide(tally: Tally) -> Any:
    """Chooses the hidden cells, and verifies them."""
    previous = no_previous_cells(tally.layout)
    tasks = tuple(protection_tasks(tally, POLICY, previous))
    hidden = choose_hidden_cells(tally.layout, tasks, POLICY, previous)
    assert is_protected(tally.layout, tasks, hidden)
    return hidden


def main() -> None:
    """Runs the benchmark."""
    plan = plan_question()
    shape = plan_part(plan, CODES, POLICY)
    tables = [draw_groups(number) for number in range(NODES)]
    tallies = [arrange(plan, table) for table in tables]
    shown = np.zeros(shape.layout.cells, bool)  # nothing is hidden by a plan
    seconds, parts = time_call(
        lambda: [shape.flatten(build_part(tally, shape, 1e6, POLICY.minimum, shown)) for tally in tallies]
    )
    print(
        f"parts of {NODES} nodes, {shape.layout.cells:,} cells x 8 vectors: {seconds:.2f} s, {seconds / NODES:.2f} s a node"
    )
    plain, wanted = time_call(lambda: np.sum(parts, axis=0))
    masked, total = time_call(lambda: run_round(parts, shape))
    assert np.allclose(total, wanted, rtol=1e-9, atol=1e-9)
    print(
        f"masked round: {masked:.2f} s for all nodes (bar: 10 s), {masked / NODES * 1000:.0f} ms a node; "
        f"without masks {plain * 1000:.0f} ms, ratio {masked / plain:.0f}"
    )
    members = Members(NODES, NODES)
    joint = build_joint_tally(plan, shape, shape.split(total), members, [plan.survey.design] * NODES)
    pooled = arrange(plan, pool_groups(tables))
    assert np.allclose(joint.by_cell["n"], pooled.contributors(), rtol=1e-9)
    assert np.allclose(joint.by_cell["a"], pooled.cells(pooled.sums("a")), rtol=1e-9)
    of_sum, hidden = time_call(lambda: hide(joint))
    of_pool, same = time_call(lambda: hide(pooled))
    assert (hidden == same).all()
    print(
        f"control of the sum: {of_sum:.1f} s, of the pooled table {of_pool:.1f} s, ratio {of_sum / of_pool:.2f}; the same "
        f"{int(hidden.sum())} cells hidden, and {int(joint.tells_of_a_node().sum())} that tell of a node"
    )


if __name__ == "__main__":
    main()
