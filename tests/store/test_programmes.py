"""Programmes of packages: what is read from their files, and what is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput, BongsuError, Missing
from bongsu.store.tables import manual, programmes

TEXT = '{ en = "x", ko = "x", fr = "x" }'
PROGRAMME = f"title = {TEXT}\nsummary = {TEXT}\nquestion = {TEXT}\n"
FLOW = f"""
version = "1.0.0"
dimensions = ["SHIP"]
units = ["1"]
boundary = "none"
name = {TEXT}
description = {TEXT}
[concepts.SHIP]
name = {TEXT}
definition = {TEXT}
code_list = "CL_SHIP"
[code_lists.CL_SHIP]
name = {TEXT}
file = "CL_SHIP.csv"
[method]
name = "harbour-ships"
version = "1"
title = {TEXT}
summary = {TEXT}
formula = "1"
unit = "1"
source = "Harbour"
limits = {TEXT}
example = {{ arithmetic = "1 + 1", result = 2, text = {TEXT} }}
"""
RECIPE = "from bongsu.core.programme import Recipe\nRECIPE = Recipe('SHIPS', (), lambda inputs: None)\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `harbour` with one dataflow, as if it were installed."""
    folder = tmp_path / "harbour"
    (folder / "dataflows").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "programme.toml": PROGRAMME,
        "dataflows/__init__.py": "",
        "dataflows/ships.toml": FLOW,
        "dataflows/ships.py": RECIPE,
        "dataflows/CL_SHIP.csv": "code,parent,en,ko,fr\nA,,a,a,a\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(programmes, "programme_packages", lambda: {"harbour": "harbour"})
    clear()
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "harbour"]:
        del sys.modules[name]
    clear()


def clear() -> None:
    for cached in (programmes.read_programmes, programmes.read_programme, manual.method_records):
        cached.cache_clear()


def test_a_programme_has_what_its_files_say(package: Path) -> None:
    programme = programmes.read_programme("harbour")
    (flow,) = programme.flows
    assert (flow.id, flow.programme, flow.method) == ("SHIPS", "harbour", "harbour-ships 1")
    assert [code.id for code in programme.code_lists["CL_SHIP"]] == ["A"]
    method = manual.find_method(flow)
    assert (method.name, method.version, method.page) == ("harbour-ships", "1", "harbour/dataflows/ships.toml")


def test_a_recipe_of_another_dataflow_is_refused(package: Path) -> None:
    (package / "dataflows" / "ships.py").write_text(RECIPE.replace("SHIPS", "BOATS"), encoding="utf-8")
    with pytest.raises(BadInput, match="no RECIPE"):
        programmes.read_programme("harbour")


def test_a_method_is_described_once(package: Path) -> None:
    method = FLOW.partition("[method]")[2].replace('name = "harbour-ships"\n', "")
    (package / "methods.toml").write_text(f"[harbour-ships]{method}", encoding="utf-8")
    with pytest.raises(BadInput, match="described twice"):
        manual.method_records()


def test_a_dataflow_without_a_described_method_is_not_built(package: Path) -> None:
    text = f'method = "harbour-ships 1"\n{FLOW.partition("[method]")[0]}'
    (package / "dataflows" / "ships.toml").write_text(text, encoding="utf-8")
    (flow,) = programmes.read_programme("harbour").flows
    with pytest.raises(Missing, match="no description"):
        manual.find_method(flow)


def test_a_code_list_has_its_file(package: Path) -> None:
    (package / "dataflows" / "CL_SHIP.csv").unlink()
    with pytest.raises(Missing, match=r"CL_SHIP\.csv"):
        programmes.read_programme("harbour")


def test_two_dataflows_define_one_code_list_alike(package: Path) -> None:
    other = FLOW.replace("harbour-ships", "harbour-boats").replace("CL_SHIP.csv", "CL_BOAT.csv")
    (package / "dataflows" / "boats.toml").write_text(other, encoding="utf-8")
    (package / "dataflows" / "boats.py").write_text(RECIPE.replace("SHIPS", "BOATS"), encoding="utf-8")
    (package / "dataflows" / "CL_BOAT.csv").write_text("code,parent,en,ko,fr\nA,,a,a,a\n", encoding="utf-8")
    assert len(programmes.read_programme("harbour").flows) == 2
    clear()
    (package / "dataflows" / "CL_BOAT.csv").write_text("code,parent,en,ko,fr\nB,,b,b,b\n", encoding="utf-8")
    with pytest.raises(BadInput, match="defined twice"):
        programmes.read_programme("harbour")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("programme.toml", "title = ", "title ", r"not valid TOML.*harbour/programme\.toml"),
        ("programme.toml", "summary", "summery", r"harbour/programme\.toml"),
        ("dataflows/ships.toml", "formula", "formla", r"harbour/dataflows/ships\.toml"),
        ("dataflows/ships.toml", "result = 2", 'result = "2"', r"harbour/dataflows/ships\.toml, example\.result"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(package: Path, file: str, old: str, new: str, said: str) -> None:
    text = (package / file).read_text(encoding="utf-8")
    assert old in text
    (package / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BongsuError) as caught:
        programmes.read_programmes() and manual.method_records()
    assert re.search(said, f"{caught.value} {caught.value.where}")
