"""Errors are formatted in core/error_text.py alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RENDERER = ROOT / "bongsu" / "core" / "error_text.py"
ERRORS = {"error", "wrong", "why", "unknown", "near", "reason", "refused"}


def find_formatting(source: str) -> list[int]:
    """The lines that format an error: its values go into a template, or its fix is read other than to raise it again."""
    tree = ast.parse(source)
    allowed: set[int] = set()
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "fix":
            allowed.add(id(node.value))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".fix"):
            allowed.update(id(part) for part in ast.walk(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            lines += [
                node.lineno
                for part in node.keywords
                if part.arg is None
                and isinstance(part.value, ast.Attribute)
                and part.value.attr == "values"
                and ast.unparse(part.value.value).rsplit(".", 1)[-1] in ERRORS
            ]
    lines += [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "fix"
        and isinstance(node.ctx, ast.Load)
        and ast.unparse(node.value) in ERRORS
        and id(node) not in allowed
    ]
    return sorted(set(lines))


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("text = translate(error.message).format(**error.values)", [1]),
        ("text = one.error.message.format(**one.error.values)", [1]),
        ("print(wrong.fix)", [1]),
        ("raise BadInput(wrong.message, where=place, fix=wrong.fix, **wrong.values)", []),
        ("error.fix = error.fix or hint", []),
    ],
)
def test_formatting_is_found(source: str, lines: list[int]) -> None:
    assert find_formatting(source) == lines


def test_no_other_module_formats_an_error() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "bongsu").rglob("*.py"))
        if path != RENDERER
        for line in find_formatting(path.read_text(encoding="utf-8"))
    ]
    assert found == []
