"""One table of environment variables: the code reads no other, every row is read, and the manual has no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bongsu.core.environment import VARIABLES, Reader, Variable
from bongsu.web.settings import PARSERS, SETTINGS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "bongsu" / "core" / "environment.py"
CODE = sorted(
    [
        *(path for path in (ROOT / "bongsu").rglob("*.py") if path != TABLE),
        *(ROOT / "bench").glob("*.py"),
        *(ROOT / "tools").rglob("*.py"),
        ROOT / "docs" / "reference.py",
        ROOT / "tests" / "conftest.py",
    ]
)
READ_IN = {
    Reader.NODE: "bongsu/web/settings.py",
    Reader.COMMAND: "bongsu/cli/",
    Reader.METER: "bongsu/energy/meter/",
    Reader.DEVELOPMENT: ("tests/conftest.py", "bench/"),
}
NAMES = {row.name for row in VARIABLES}


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def _literals(path: Path) -> frozenset[str]:
    return frozenset(
        node.value for node in _nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _names_read(path: Path) -> Iterator[str]:
    """The names given to os.environ: .get("X"), ["X"] and "X" in os.environ."""
    for node in _nodes(path):
        match node:
            case ast.Call(func=ast.Attribute(value=read_from, attr="get" | "pop"), args=[ast.Constant(value=name), *_]):
                pass
            case ast.Subscript(value=read_from, slice=ast.Constant(value=name), ctx=ast.Load()):
                pass
            case ast.Compare(left=ast.Constant(value=name), ops=[ast.In() | ast.NotIn()], comparators=[read_from]):
                pass
            case _:
                continue
        if ast.unparse(read_from) == "os.environ" and not str(name).startswith("COVERAGE_"):  # coverage.py's own
            yield str(name)


def test_names_are_unique_and_every_setting_has_a_parser() -> None:
    assert len(NAMES) == len(VARIABLES)
    assert {row.name for row in SETTINGS} == set(PARSERS)


def test_the_code_reads_no_variable_outside_the_table() -> None:
    found = {name for path in CODE for text in _literals(path) for name in re.findall(r"_?BONGSU_[A-Z_]*[A-Z]", text)}
    found |= {name for path in CODE for name in _names_read(path)}
    assert "BONGSU_PORT" in found
    assert "CODECARBON_PYTHON" in found
    assert sorted(found - NAMES) == []


def _is_read(row: Variable) -> bool:
    paths = [path for path in CODE if path.relative_to(ROOT).as_posix().startswith(READ_IN[row.reader])]
    return any(row.name in _literals(path) for path in paths)


def test_every_row_is_read() -> None:
    assert not [row.name for row in VARIABLES if not _is_read(row)]


def test_the_manual_names_no_other_variable() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    texts = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert not set(re.findall(r"\b_?BONGSU_[A-Z_]*[A-Z]\b", texts)) - NAMES
