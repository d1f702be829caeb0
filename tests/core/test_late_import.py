"""Functions that are imported late exist, and their modules are not imported by the command that uses none of them."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

BONGSU = Path(__file__).parents[2] / "bongsu"
NAMED = sorted(
    match.groups()
    for file in BONGSU.rglob("*.py")
    for match in re.finditer(r'import_late\("([\w.]+)", "(\w+)"\)', file.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_a_function_that_is_imported_late_exists(module: str, name: str) -> None:
    assert callable(getattr(import_module(module), name))


def test_a_command_that_reads_records_imports_none_of_them(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bongsu.web.django_setup import setup_django\n"
        "setup_django(Path(sys.argv[1])); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert len(NAMED) > 10
    assert not {module for module, _ in NAMED} & set(imported)
    assert not {"pikepdf", "PIL", "yaml", "duckdb", "pyarrow", "lxml"} & set(imported)
