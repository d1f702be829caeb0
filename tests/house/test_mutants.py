"""The driver of `make mutants`: which errors it plants, which tests it chooses, and that docs/quality.md is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants import planting, reporting
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


def test_quality_page_is_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    text = reporting.PAGE.read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(reporting, "PAGE", page)
    reporting.write_page()
    assert page.read_text(encoding="utf-8") == text, "run python -m tools.mutants page"
