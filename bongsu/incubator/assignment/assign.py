"""Chooses who reviews what, and returns the record of the run: the same input and seed give the same bytes.

If nothing meets all constraints, the record has no pairs but says what to loosen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from bongsu.incubator.assignment.loosening import Loosening, find_loosenings
from bongsu.incubator.assignment.problem import Pair, Problem
from bongsu.incubator.assignment.programme import Programme
from bongsu.incubator.assignment.rounding import draw_numbers, round_pairs
from bongsu.incubator.assignment.solver import Floats, Numbers, solve

_UNIT = 10**6  # scores are whole millionths
_ANY = 0.99  # the gap at which any whole pairs will do


@dataclass(frozen=True, slots=True)
class Short:
    """An application whose scores add up to less than the floor, and why, as a code with values (words.py)."""

    application: str
    total: float
    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """The record of a run.

    `optimum` is the highest gain that the objective allows, `total` what was chosen (for `random` they differ: one is expected,
    the other drawn); `free` is the optimum without floor and cap. `worst` is the lowest sum of an application.
    """

    input_hash: str
    parameters: Mapping[str, Any]
    seed: str
    optimum: float | None
    free: float | None
    total: float | None
    worst: float | None
    chosen: tuple[Pair, ...]
    short: tuple[Short, ...] = ()
    loosen: tuple[Loosening, ...] = ()

    def to_json(self) -> bytes:
        """Returns the record as JSON, equal for equal runs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def assign(problem: Problem, seed: bytes = b"") -> Run:
    """Returns the run of a problem. The seed is used by the objective `random` only, and recorded."""
    parameters = problem.parameters
    programme = Programme(_draw_families(problem, seed) if parameters.objective == "random" else problem)
    free = solve(programme.gains, programme.low, programme.high, programme.rows)
    values, optimum = _choose(programme, seed) if free else (None, None)
    if free is None or values is None or optimum is None:
        return _record(problem, seed, loosen=find_loosenings(problem))
    sums = programme.add_up(values)
    floor = parameters.floor if parameters.floor is not None else 0.0
    return _record(
        problem,
        seed,
        optimum=round(optimum, 6),
        free=round(free.gain, 6),
        total=round(float(sums.sum()), 6),
        worst=float(sums.min()) if len(sums) else None,
        chosen=programme.list_pairs(values),
        short=_list_short(programme, sums, floor),
    )


def _record(problem: Problem, seed: bytes, **found: Any) -> Run:
    empty: dict[str, Any] = dict.fromkeys(("optimum", "free", "total", "worst"))
    parts = {**empty, "chosen": (), **found}
    return Run(problem.hash(), asdict(problem.parameters), seed.hex(), **parts)


def _choose(programme: Programme, seed: bytes) -> tuple[Floats | None, float | None]:
    """Returns the chosen columns and the optimum, or None."""
    parameters = programme.problem.parameters
    if parameters.objective == "random":
        found = cap_pairs(programme, parameters.cap)
        if found is None:
            return None, None
        values = round_pairs(found[0], programme.reviewer, programme.application, programme.groups, seed)
        return values, found[1]
    if parameters.objective == "floor":
        floor = parameters.floor if parameters.floor is not None else find_highest_floor(programme)
        best = programme.solve(floor=floor, gap=parameters.gap)
    else:
        best = programme.solve()
    return (best.values, best.bound) if best else (None, None)


def cap_pairs(programme: Programme, cap: float) -> tuple[Floats, float] | None:
    """Returns the probability of each pair, at most `cap` unless it is fixed, and the expected gain; None if none is."""
    found = solve(programme.gains, programme.low, np.maximum(programme.low, cap), programme.rows)
    return (found.values, found.gain) if found else None


def find_highest_floor(programme: Programme) -> float:
    """Returns the highest sum of the worst application: exact, to a millionth of a score.

    Sums are multiples of the common divisor of all scores. It lies between what the highest total gives to the worst
    application and what the best reviewers of each would. What the linear programme allows is found by halving, then what
    whole pairs allow, from above: it is seldom lower. Programmes are asked for the highest total too: without an objective
    HiGHS takes 30 times as long.
    """
    units = (programme.gains * _UNIT).round().astype(np.int64)
    step = int(reduce(math.gcd, units.tolist(), 0))
    free = programme.solve() if step and programme.needs else None
    if free is None:
        return 0.0

    def is_possible(steps: int, *, whole: bool) -> bool:
        floor = steps * step / _UNIT
        if whole:
            return programme.solve(floor=floor, gap=_ANY) is not None
        return solve(programme.gains, programme.low, programme.high, programme.add_floor(floor)) is not None

    low, high = round(programme.add_up(free.values).min() * _UNIT) // step, _bound_floor(programme, units) // step
    if is_possible(high, whole=True):
        return high * step / _UNIT
    relaxed = _find_last(low, high, lambda steps: is_possible(steps, whole=False))
    if is_possible(relaxed, whole=True):
        return relaxed * step / _UNIT
    return _find_last(low, relaxed, lambda steps: is_possible(steps, whole=True)) * step / _UNIT


def _bound_floor(programme: Programme, units: Numbers) -> int:
    """Returns what the worst application would have if each had its best reviewers, in millionths."""
    best = []
    for index, need in enumerate(programme.needs):
        columns = programme.column[index][programme.column[index] >= 0]
        best.append(int(np.sort(units[columns])[::-1][: need.reviews].sum()))
    return min(best)


def _find_last(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Returns the last number that holds, between one that does and one that does not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _draw_families(problem: Problem, seed: bytes) -> Problem:
    """Returns the problem with one pair left of each family, drawn before: a draw of pairs cannot keep families apart."""
    numbers = draw_numbers(seed + b"families")
    dropped: set[Pair] = set()
    for family in sorted(map(sorted, problem.families)):
        kept = next((pair for pair in family if pair in problem.fixed), family[int(next(numbers) * len(family))])
        dropped |= set(family) - {kept}
    return replace(problem, families=(), barred=problem.barred | (dropped - problem.fixed))


def _list_short(programme: Programme, sums: Floats, floor: float) -> tuple[Short, ...]:
    short = []
    for index, need in enumerate(programme.needs):
        if sums[index] + 1e-7 >= floor:
            continue
        allowed = programme.column[index] >= 0
        best = _add_best(programme.scores[index][allowed], need.reviews)
        anybody = _add_best(programme.scores[index], need.reviews)
        code = "loads" if best + 1e-7 >= floor else "excluded" if anybody + 1e-7 >= floor else "no-experts"
        values = {"total": float(sums[index]), "floor": floor, "best": best, "anybody": anybody}
        short.append(Short(need.number, float(sums[index]), code, values))
    return tuple(short)


def _add_best(scores: Floats, reviews: int) -> float:
    return round(float(np.sort(scores)[::-1][:reviews].sum()), 6)
