"""The driver of `make mutants`: which errors it plants, which tests it chooses, and that docs/quality.md is current."""

from __future__ import annotations

import json
from pathlib import Path

import coverage
import pytest

from tools.mutants import choosing, planting, reporting
from tools.mutants.planting import find_mutants
from tools.mutants.running import draw_sample

SOURCE = '''\
"""A docstring with 3 < 4."""
FACTOR: int = 5
UNITS = ("kWh", "g CO2e/kWh", "no unit")

@require_login
def share(part: "kWh", whole=1):
    if part <= 0 or not whole:
        raise ValueError("must be 7 or more")
    check(part)
    with lock_file(path, wait=False), open(path) as file:
        part = part / whole
    with self._lock:
        part += 1
    return f"{part:.6g} of {3 + 4}"
'''


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The mutants of SOURCE: operator -> lines after it."""
    monkeypatch.setattr(planting, "ROOT", tmp_path)
    path = tmp_path / "source.py"
    path.write_text(SOURCE, encoding="utf-8")
    found: dict[str, set[str]] = {}
    for mutant in find_mutants(path):
        compile(mutant.plant(path.read_bytes()), mutant.file, "exec")
        found.setdefault(mutant.operator, set()).add(mutant.after)
    return found


@pytest.mark.parametrize(
    ("operator", "lines"),
    [
        ("comparison", {"if part < 0 or not whole:"}),
        ("arithmetic", {"part = part * whole"}),
        ("statement", {"pass"}),
        ("return", {"return None"}),
        ("guard", {""}),
        ("lock", {"with open(path) as file:", "if True:"}),
        ("precision", {'return f"{part:.2g} of {3 + 4}"'}),
        ("unit", {'UNITS = ("Wh", "g CO2e/kWh", "no unit")', 'UNITS = ("kWh", "kg CO2e/kWh", "no unit")'}),
    ],
)
def test_operator_plants_these_errors_and_no_others(
    planted: dict[str, set[str]], operator: str, lines: set[str]
) -> None:
    assert planted[operator] == lines


def test_numbers_and_booleans(planted: dict[str, set[str]]) -> None:
    assert {"FACTOR: int = 6", "FACTOR: int = 50", "FACTOR: int = 5000", "part += 2"} <= planted["number"]
    assert {"if part <= 0 and not whole:", "if part <= 0 or whole:"} <= planted["boolean"]
    assert not [line for lines in planted.values() for line in lines if "docstring" in line]


def test_a_sample_depends_on_its_seed_alone() -> None:
    assert draw_sample("web", 10, "1") == draw_sample("web", 10, "1")
    assert draw_sample("web", 10, "1") != draw_sample("web", 10, "2")


MODULE = """\
from functools import cache
LIMIT = 5
OTHER = LIMIT + 1

@cache
def read_table():
    return [1]

def check(value):
    return value < OTHER
"""
USES = {"cache:bongsu.room.module.read_table": ["fixture::table"], "fixture::table": ["tests/room/test_a.py::test_a"]}


def test_tests_are_found_through_caches_fixtures_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planting, "ROOT", tmp_path)
    monkeypatch.setattr(choosing, "ROOT", tmp_path)
    module = tmp_path / "bongsu" / "room" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text(MODULE, encoding="utf-8")
    (tmp_path / "tests" / "room").mkdir(parents=True)
    for name in ("a", "b"):
        (tmp_path / "tests" / "room" / f"test_{name}.py").write_text(f"def test_{name}(): ...\n", encoding="utf-8")
    data = coverage.CoverageData(str(tmp_path / "data"))
    for context, lines in {
        "": [1, 2, 3, 5, 6, 9],
        "cache:bongsu.room.module.read_table": [7],
        "tests/room/test_b.py::test_b": [10],
        "tests/room/test_b.py::test_renamed": [10],
        "tests/house/test_files.py::test_c": [10],
    }.items():
        data.set_context(context)
        data.add_lines({"bongsu/room/module.py": lines})
    data.write()
    record = {"uses": USES, "seconds": {}, "failed": [], "sources": choosing.hash_sources()}
    (tmp_path / "uses.1.json").write_text(json.dumps(record), encoding="utf-8")

    recorded = choosing.Recorded(tmp_path)
    mutants = find_mutants(module)
    chosen = {mutant.line: recorded.choose(mutant).tests for mutant in mutants}
    assert chosen[7] == ["tests/room/test_a.py::test_a"]
    assert chosen[2] == chosen[3] == chosen[10] == ["tests/room/test_b.py::test_b"]
    assert not recorded.changed_files(mutants)
    module.write_text(MODULE + "\n", encoding="utf-8")
    assert recorded.changed_files(mutants) == ["bongsu/room/module.py"]


def test_quality_page_is_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    text = reporting.PAGE.read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(reporting, "PAGE", page)
    reporting.write_page()
    assert page.read_text(encoding="utf-8") == text, "run python -m tools.mutants page"
