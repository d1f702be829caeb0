"""The template docs/examples/programme, installed beside Bongsu as its README says: built, shown, and served."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = """
import sys

import django
django.setup()
from django.test import Client
for path in sys.argv[1:]:
    answer = Client(SERVER_NAME="localhost").get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    print(answer.getvalue().decode())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that has the template installed, and a node to work in."""
    folder = tmp_path_factory.mktemp("other")
    shutil.copytree(ROOT / "docs" / "examples" / "programme", folder / "source")
    packages = folder / "packages"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(packages), str(folder / "source")], check=True, timeout=300)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)]),
        "BONGSU_NODE": str(folder / "node"),
        "DJANGO_SETTINGS_MODULE": "bongsu.web.settings",
    }
    run(environment, "-m", "bongsu.cli", "init", "--name", "Test node", "--agency", "TEST")
    return environment


def run(environment: dict[str, str], *words: str) -> str:
    found = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_a_programme_of_another_package(installed: dict[str, str]) -> None:
    bongsu = ("-m", "bongsu.cli")
    run(installed, *bongsu, "take", "--programme", "compute")
    run(installed, *bongsu, "build", "--programme", "compute")
    shown = json.loads(
        run(installed, *bongsu, "show", "TRAINING_COMPUTE", "--where", "TRAINED_MODEL=LLAMA_3_1_405B", "--json")
    )
    (row,) = shown["observations"]
    assert (row["value"], row["unit"], row["kind"]) == (380, "%", "reported")  # 100 x 3.8e25 / 1e25
    run(installed, *bongsu, "language", "new", "es")
    names = Path(installed["BONGSU_NODE"]) / "languages" / "es" / "LC_MESSAGES" / "names.po"
    assert 'msgid "Computing power"' in names.read_text(encoding="utf-8")
    assert "compute (bongsu_compute)" in run(installed, *bongsu, "doctor")

    addresses = ("/en/programmes/compute/", "/ko/flows/TRAINING_COMPUTE/", "/fr/methods/training-compute/")
    pages = run(installed, "-c", PAGE, *addresses)
    assert "Few models pass the threshold" in pages
    assert "인공지능법 기준 대비 학습 연산량" in pages
    assert "Regulation (EU) 2024/1689" in pages
    assert "le fichier bongsu_compute/dataflows/training_compute.toml du paquet installé" in pages
    structure = run(installed, "-c", PAGE, "/sdmx/structure/codelist/*/CL_TRAINED_MODEL/*")
    assert "Llama 3.1 405B" in structure


def test_two_packages_of_one_name_are_refused(installed: dict[str, str], tmp_path: Path) -> None:
    record = tmp_path / "twin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: twin\nVersion: 1.0\n", encoding="utf-8")
    (record / "entry_points.txt").write_text("[bongsu.programmes]\ncompute = twin\n", encoding="utf-8")
    path = os.pathsep.join([installed["PYTHONPATH"], str(tmp_path)])
    found = subprocess.run(
        [sys.executable, "-m", "bongsu.cli", "doctor"],
        env={**installed, "PYTHONPATH": path, "LANG": "C"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert found.returncode == 1
    assert "More than one package defines the programme “compute”: bongsu_compute, twin." in found.stdout
