"""The import contracts hold, and each of them fails when its forbidden import is planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


def lint(root: Path) -> str:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
    )
    return result.stdout + result.stderr


PLANTED = [
    ("core/units.py", "import bongsu.store.disk.clock", "Imports run downwards only"),
    ("store/disk/clock.py", "import bongsu.energy.methods", "Imports run downwards only"),
    ("energy/methods.py", "import bongsu.work", "Imports run downwards only"),
    ("publish/exports/downloads.py", "import bongsu.energy.methods", "Publish and network know releases"),
    ("api/__init__.py", "import bongsu.incubator.models", "No room but the hall and the command"),
    ("publish/pages/home_page.py", "import bongsu.incubator.public.feed", "No room but the hall and the command"),
    ("energy/methods.py", "import duckdb", "Only the store speaks to query engines"),
    ("core/text.py", "import pathlib", "Core is pure"),
    ("energy/methods.py", "import django.http", "Django stays in the rooms that face people"),
    ("incubator/forms/check.py", "import bongsu.people.models", "The rules of the incubator"),
    ("energy/meter/__init__.py", "import numpy", "stays light"),
    ("store/disk/clock.py", "import bongsu.store.node", "No circles"),
    ("publish/formats/periods.py", "import bongsu.publish.pages.home_page", "The rooms of publish"),
    ("store/disk/clock.py", "import bongsu.store.node", "The rooms of the store"),
    ("energy/estimate/values/lognormal.py", "import bongsu.energy.estimate.output.urls", "The rooms of the estimate"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("__pycache__", "locale", "*.csv", "*.jsonl", "templates", "static")
    shutil.copytree(ROOT / "bongsu", root / "bongsu", ignore=ignore)
    shutil.copy(ROOT / ".importlinter", root)
    return root


@pytest.mark.slow
def test_the_contracts_hold(copy: Path) -> None:
    assert "0 broken" in lint(copy)


@pytest.mark.slow
@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / "bongsu" / file
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(f"{sound}\n{line}\n", encoding="utf-8")
        report = lint(copy)
    finally:
        path.write_text(sound, encoding="utf-8")
    broken = [found for found in report.splitlines() if " BROKEN" in found]
    assert any(contract in found for found in broken), report


# Room -> most arrows between the rooms inside it: folders and files directly below; an arrow is an import of one by another.
MAX_ARROWS = {"publish": 22, "store": 35, "energy.estimate": 25}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("bongsu", exclude_type_checking_imports=True)


@pytest.mark.parametrize("package", MAX_ARROWS)
def test_number_of_imports_between_rooms(package: str, graph: grimp.ImportGraph) -> None:
    above = f"bongsu.{package}."

    def room(module: str) -> str:
        return module.removeprefix(above).split(".")[0] if module.startswith(above) else ""

    arrows = {
        (room(importer), room(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if room(importer) and room(imported) and room(importer) != room(imported)
    }
    assert 0 < len(arrows) <= MAX_ARROWS[package], sorted(arrows)
