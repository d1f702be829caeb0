"""The files that contributors and their tools expect exist and agree with the Makefile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import bongsu

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["SECURITY.md", "CODE_OF_CONDUCT.md", ".editorconfig", "docs/releasing.md"])
def test_the_contributing_page_links_the_file(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()
    if name.endswith(".md"):
        assert f"({name})" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_pre_commit_runs_what_make_test_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    checks = MAKEFILE.partition("\ntypes:")[2].partition("\ncoverage:")[0]  # the two parts of `make test`
    for hook in config["repos"][0]["hooks"]:
        command = hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
        assert command.split(" -q ")[0] in checks, hook["id"]


def test_every_supported_python_is_in_the_matrix() -> None:
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"for version in {' '.join(classifiers)};" in MAKEFILE


def test_the_version_is_semantic_and_in_the_changelog() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", bongsu.__version__)
    assert f"## {bongsu.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
