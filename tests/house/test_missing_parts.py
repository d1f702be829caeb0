"""A part of the machine that is missing under CI, or a wrong folder of data, ends the run with one line that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_pytest(*words: str, **environment: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_a_missing_part_is_one_line(tmp_path: Path) -> None:
    """Chromium is looked for on the PATH, which is an empty folder here."""
    status, output = run_pytest("-n", "2", "tests/publish/test_chromium.py", CI="true", PATH=str(tmp_path))
    assert status == 4
    assert "INTERNALERROR" not in output
    (line,) = [line for line in output.splitlines() if line]
    assert line.startswith("ERROR: CI leaves no test out")
    assert "chromium (apt-get install chromium)" in line
    assert "gpu" not in line


def test_without_ci_its_tests_are_skipped(tmp_path: Path) -> None:
    status, output = run_pytest("-rs", "tests/publish/test_chromium.py", CI="", PATH=str(tmp_path))
    assert status == 0
    assert "left out: needs chromium" in output


def test_a_wrong_folder_of_data_is_one_line(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    status, output = run_pytest("-n", "2", "tests/core/test_units.py", BONGSU_DATA=missing)
    assert (status, [line for line in output.splitlines() if line]) == (
        4,
        [f"ERROR: BONGSU_DATA is not a folder: {missing}"],
    )
