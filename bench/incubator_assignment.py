"""Benchmarks an assignment of 600 applications to 200 reviewers, 3 each, with a given floor (bar: 8 times the linear programme
without it, or a stated gap of 0.1 %), and compares optima with OR-tools where it is installed.

Without a floor the oracle is OR-tools' flow, with one its CP-SAT on 30 x 20: `build/oracles/bin/python -m pip install ortools`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bongsu.incubator.assignment.assign import Run, assign, find_highest_floor
from bongsu.incubator.assignment.problem import ApplicationNeed, Parameters, Problem, ReviewerLoad
from bongsu.incubator.assignment.programme import Programme

BAR, GAP, TURNS = 8.0, 0.001, 3
HIGHEST = 1.526357  # floor of the large problem in fractions of pairs: a linear programme of a minute
ORACLE = Path(__file__).parents[1] / "build" / "oracles" / "bin" / "python"
_FLOW = """
import json, sys
import numpy as np
from ortools.graph.python import min_cost_flow
scores, reviews, most = json.load(sys.stdin)
rows, columns = len(scores), len(scores[0])
flow = min_cost_flow.SimpleMinCostFlow()
for row in range(rows):
    for column in range(columns):
        flow.add_arc_with_capacity_and_unit_cost(row, rows + column, 1, -round(scores[row][column] * 10**6))
sink = rows + columns
for column in range(columns):
    flow.add_arc_with_capacity_and_unit_cost(rows + column, sink, most, 0)
for row in range(rows):
    flow.set_node_supply(row, reviews)
flow.set_node_supply(sink, -reviews * rows)
assert flow.solve() == flow.OPTIMAL
print(-flow.optimal_cost() / 10**6)
"""
_CP_SAT = """
import json, sys
from ortools.sat.python import cp_model
scores, reviews, most, floor = json.load(sys.stdin)
model = cp_model.CpModel()
chosen = [[model.new_bool_var("") for _ in line] for line in scores]
for row, line in zip(chosen, scores):
    model.add(sum(row) == reviews)
    model.add(sum(x * round(s * 10**6) for x, s in zip(row, line)) >= round(floor * 10**6))
for column in range(len(scores[0])):
    model.add(sum(row[column] for row in chosen) <= most)
model.maximize(sum(x * round(s * 10**6) for row, line in zip(chosen, scores) for x, s in zip(row, line)))
solver = cp_model.CpSolver()
assert solver.solve(model) == cp_model.OPTIMAL
print(solver.objective_value / 10**6)
"""


def make_problem(applications: int, reviewers: int, reviews: int, most: int, parameters: Parameters) -> Problem:
    """Returns a problem with scores as cosines of 12 topics, of which reviewers know other ones than applications ask for."""
    draw = np.random.default_rng(1)
    left = draw.dirichlet(np.linspace(0.05, 0.6, 12), applications)
    right = draw.dirichlet(np.linspace(0.6, 0.05, 12), reviewers)
    norms = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :]
    scores = (left @ right.T / norms).round(6)
    return Problem(
        tuple(ApplicationNeed(f"a{row:03}", reviews) for row in range(applications)),
        tuple(ReviewerLoad(f"r{column:03}", 0, most) for column in range(reviewers)),
        {
            (f"r{column:03}", f"a{row:03}"): float(scores[row, column])
            for row in range(applications)
            for column in range(reviewers)
        },
        parameters,
    )


def measure(problem: Problem) -> tuple[Run, float]:
    """Returns the run of a problem, and the median processor seconds of some turns."""
    took = []
    for _ in range(TURNS):
        start = time.process_time()
        run = assign(problem)
        took.append(time.process_time() - start)
    return run, statistics.median(took)


def ask_oracle(program: str, problem: Problem, *more: float) -> float | None:
    """Returns the optimum by OR-tools, or None where it is not installed."""
    if not ORACLE.exists():
        return None
    scores = Programme(problem).scores.tolist()
    question = json.dumps([scores, problem.needs[0].reviews, problem.loads[0].most, *more])
    done = subprocess.run([ORACLE, "-c", program], input=question, capture_output=True, text=True)
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    """Prints the ratio to the programme without a floor, and what the oracles say."""
    problem = make_problem(600, 200, 3, 9, Parameters("total"))
    free, plain = measure(problem)
    print(f"600 x 200 x 3 without a floor: {free.total} in {plain:.2f} s; OR-tools' flow: {ask_oracle(_FLOW, problem)}")
    for part in (0.2, 0.5, 0.6, 0.8):
        floor = round(HIGHEST * part, 6)
        run, took = measure(replace(problem, parameters=Parameters("floor", floor=floor, gap=GAP)))
        missed = 1 - (run.total or 0) / (run.optimum or 1)
        ratio = f"ratio to the programme without it: {took / plain:.1f} (bar {BAR:.0f})"
        print(f"floor {floor}, {part:.0%} of the highest: {run.total}, {missed:.3%} missed, {took:.2f} s; {ratio}")
    small = make_problem(30, 20, 3, 5, Parameters("total"))
    floor = find_highest_floor(Programme(small))
    run = assign(replace(small, parameters=Parameters("floor", floor=floor)))
    print(f"30 x 20 x 3, floor {floor}: {run.total}; OR-tools' CP-SAT: {ask_oracle(_CP_SAT, small, floor)}")


if __name__ == "__main__":
    main()
