"""Worked examples of methods are arithmetic, and nothing else is run."""

from __future__ import annotations

import pytest

from bongsu.core.arithmetic import evaluate_arithmetic
from bongsu.core.errors import BadInput


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4150 + 5 / 10", 4150.5),
        ("2 + 3 * 4 ** 2", 50),  # not 400, not 146
        ("-(7 - 10) * +2", 6),
        ("max(0, 1 - 3) + min(4, 5) + abs(-2)", 6),
        ("((2.8e6 - 1.0e6) + 0.9e6) / 3.6e6", 0.75),
        ("2 ** -1", 0.5),
    ],
)
def test_arithmetic_has_its_value(text: str, value: float) -> None:
    assert evaluate_arithmetic(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "1 / 0",
        "x",
        "True < 2",
        "'a' * 3",
        "open('/etc/passwd')",
        "max(1, key=2)",
        "(1).real",
        "9 ** 9 ** 9",
        "[1]",
        "1j",
        "1" * 2000,
        "(" * 500 + "1" + ")" * 500,
        "max()",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not arithmetic"):
        evaluate_arithmetic(text)
