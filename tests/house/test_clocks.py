"""No test asserts on a clock: a busy machine would fail it. Tests count work; bench/ measures time beside a yardstick."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CLOCKS = {
    "perf_counter",
    "perf_counter_ns",
    "monotonic",
    "monotonic_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
}
# Energy is power times time: the expected value is computed from a duration.
ALLOWED = {"energy/meter/test_meter_gpu.py"}


def find_clock_assertions(source: str) -> list[int]:
    """The lines of assertions that read a clock, or a name that was given a value computed from one, in a function."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        timed: set[str] = set()
        before = -1
        while len(timed) != before:  # until no name is added: a duration may be computed in several steps
            before = len(timed)
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
                    and node.value
                    and _is_timed(node.value, timed)
                ):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    timed |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("append", "add")
                ):
                    owner = node.func.value
                    if isinstance(owner, ast.Name) and any(_is_timed(argument, timed) for argument in node.args):
                        timed.add(owner.id)
        found += [
            node.lineno for node in ast.walk(function) if isinstance(node, ast.Assert) and _is_timed(node.test, timed)
        ]
    return found


def _is_timed(expression: ast.expr, timed: set[str]) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in CLOCKS)
        or (isinstance(node, ast.Name) and node.id in CLOCKS | timed)
        for node in ast.walk(expression)
    )


@pytest.mark.parametrize(
    "body",
    [
        "    began = time.perf_counter()\n    assert time.perf_counter() - began < 2",
        "    began = monotonic()\n    work()\n    taken = monotonic() - began\n    assert taken < 2",
        "    times = []\n    times.append(time.process_time())\n    assert sorted(times)[0] < 2",
    ],
)
def test_an_assertion_on_a_clock_is_found(body: str) -> None:
    assert find_clock_assertions(f"def test_x():\n{body}\n")
    assert not find_clock_assertions("def test_x():\n    count = work()\n    assert count < 2\n")


def test_no_test_asserts_on_a_clock() -> None:
    wrong = {
        name: lines
        for path in TESTS.rglob("*.py")
        if (name := str(path.relative_to(TESTS))) not in ALLOWED
        and (lines := find_clock_assertions(path.read_text(encoding="utf-8")))
    }
    assert not wrong
