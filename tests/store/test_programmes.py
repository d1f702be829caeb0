"""Programmes of packages: what is read from their files, and what is refused."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput, Missing, UnknownName
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import take_flow
from bongsu.store.own_flows.node_programmes import find_programmes
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
STORY = f'[[story]]\nflow = "BOATS"\nchart = "ships"\ntitle = {TEXT}\ntext = {TEXT}\n'
RECIPE = "from bongsu.core.programme import Recipe\nRECIPE = Recipe('SHIPS', (), lambda inputs: None)\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `harbour` with one dataflow, installed under the name `harbour`."""
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
    install(monkeypatch, ("harbour", "harbour"))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] in ("harbour", "marina")]:
        del sys.modules[name]
    clear()


def install(monkeypatch: pytest.MonkeyPatch, *others: tuple[str, str]) -> None:
    """Registers packages under names beside those of Bongsu."""
    own = [(name, f"bongsu.{name}") for name in ("energy", "work", "commons")]
    entries = [EntryPoint(name, package, programmes.ENTRY_POINTS) for name, package in (*own, *others)]
    monkeypatch.setattr(programmes, "entry_points", lambda group: entries)
    clear()


def clear() -> None:
    for cached in (
        programmes._scan_packages,
        programmes.read_programmes,
        programmes.read_programme,
        programmes.read_methods,
        manual.method_records,
    ):
        cached.cache_clear()


def find_problem() -> str:
    """Returns the one problem; the programme is left out, and the others stay."""
    clear()
    (problem,) = programmes.list_programme_problems()
    assert {"energy", "work", "commons"} <= programmes.read_programmes().keys()
    assert "datacentre-electricity" in manual.method_records()
    return f"{problem} {problem.where}"


def test_a_programme_has_what_its_files_say(package: Path) -> None:
    programme = programmes.read_programme("harbour")
    (flow,) = programme.flows
    assert (flow.id, flow.programme, flow.method) == ("SHIPS", "harbour", "harbour-ships 1")
    assert [code.id for code in programme.code_lists["CL_SHIP"]] == ["A"]
    method = manual.find_method(flow)
    assert (method.name, method.version, method.page) == ("harbour-ships", "1", "harbour/dataflows/ships.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RECIPE.replace("SHIPS", "BOATS"), "no RECIPE"),
        ("RECIPE = 1", "no RECIPE"),
        ("RECIPE = ", "cannot be imported: SyntaxError"),
        ("raise KeyError('ship')", r"cannot be imported: KeyError\('ship'\)"),
    ],
)
def test_a_module_without_a_recipe_is_a_problem(package: Path, text: str, said: str) -> None:
    (package / "dataflows" / "ships.py").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        programmes.read_programme("harbour")
    assert re.search(rf"{said}.* harbour\.dataflows\.ships", find_problem())


def test_another_programme_is_found_beside_a_broken_one(package: Path, empty: Node) -> None:
    (package / "dataflows" / "ships.py").write_text("RECIPE = ", encoding="utf-8")
    assert [one.name for one in find_programmes(empty, "energy")] == ["energy"]
    assert [one.name for one in find_programmes(empty, "own")] == ["own"]
    with pytest.raises(UnknownName, match="enery"):
        find_programmes(empty, "enery")


def test_a_method_is_described_once(package: Path) -> None:
    method = FLOW.partition("[method]")[2].replace('name = "harbour-ships"\n', "")
    (package / "methods.toml").write_text(f"[harbour-ships]{method}", encoding="utf-8")
    assert "described twice" in find_problem()
    (package / "methods.toml").write_text(f"[grid-intensity]{method}", encoding="utf-8")
    assert "grid-intensity" in find_problem()


def test_a_dataflow_without_a_described_method_is_not_built(package: Path) -> None:
    text = f'method = "harbour-ships 1"\n{FLOW.partition("[method]")[0]}'
    (package / "dataflows" / "ships.toml").write_text(text, encoding="utf-8")
    (flow,) = programmes.read_programme("harbour").flows
    with pytest.raises(Missing, match="no description"):
        manual.find_method(flow)


def test_a_code_list_has_its_file(package: Path) -> None:
    (package / "dataflows" / "CL_SHIP.csv").unlink()
    assert "CL_SHIP.csv" in find_problem()


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
        ("programme.toml", PROGRAMME, f"{PROGRAMME}{STORY}", r"chart “ships” of BOATS.*harbour/programme\.toml"),
        ("dataflows/ships.toml", "formula", "formla", r"harbour/dataflows/ships\.toml"),
        ("dataflows/ships.toml", "result = 2", 'result = "2"', r"harbour/dataflows/ships\.toml, example\.result"),
        ("dataflows/ships.toml", "result = 2", "result = 3", r"gives 2.0, not 3.*harbour/dataflows/ships\.toml"),
        ("dataflows/ships.toml", '"1 + 1"', '"open(1)"', "not arithmetic"),
        ("dataflows/CL_SHIP.csv", "A,,a", "서울,,a", r"“서울”.*CL_SHIP\.csv, line 2"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(package: Path, file: str, old: str, new: str, said: str) -> None:
    text = (package / file).read_text(encoding="utf-8")
    assert old in text
    (package / file).write_text(text.replace(old, new), encoding="utf-8")
    assert re.search(said, find_problem())
    with pytest.raises(UnknownName):
        programmes.read_programme("harbour")


def test_a_missing_file_or_package_leaves_the_programme_out(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "programme.toml").unlink()
    assert "harbour/programme.toml" in find_problem()
    install(monkeypatch, ("harbour", "no_such_package"))
    assert "no_such_package/programme.toml" in find_problem()


@pytest.mark.parametrize("name", ["energy", "own", "harbour"])
def test_a_name_belongs_to_one_package(package: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    install(monkeypatch, (name, "harbour"), (name, "other_harbour"))
    assert f"“{name}”" in find_problem()
    assert programmes.programme_packages().get("energy") == "bongsu.energy"
    assert "harbour" not in programmes.programme_packages().values()


@pytest.mark.parametrize("name", ["Harbour", "har/bour", "1st", "../x"])
def test_a_name_is_part_of_an_address(package: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    install(monkeypatch, (name, "harbour"))
    assert "not a valid name" in find_problem()


def test_a_dataflow_of_another_programme_is_a_problem_that_names_both(package: Path) -> None:
    (package / "dataflows" / "grid_intensity.toml").write_text(FLOW, encoding="utf-8")
    problem = find_problem()
    assert "“energy” and “harbour” both make the dataflow GRID_INTENSITY" in problem
    assert "harbour/dataflows/grid_intensity.toml" in problem


@pytest.mark.parametrize("name", ["programme.toml", "dataflows/ships.toml", "dataflows/CL_SHIP.csv"])
def test_a_file_that_is_not_utf_8_is_a_problem(package: Path, name: str) -> None:
    (package / name).write_bytes("항구".encode("cp949"))
    assert f"harbour/{name}" in find_problem()
    assert "UTF-8" in find_problem()


def test_a_folder_in_the_place_of_a_file_is_a_problem(package: Path) -> None:
    (package / "dataflows" / "boats.toml").mkdir()
    assert "harbour/dataflows/boats.toml" in find_problem()


def test_a_method_without_a_version_is_a_problem(package: Path) -> None:
    text = f'method = "harbour-ships"\n{FLOW.partition("[method]")[0]}'
    (package / "dataflows" / "ships.toml").write_text(text, encoding="utf-8")
    assert "not a method with its version" in find_problem()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("CL_SHIP.csv", "A,,a,", "A,,b,", "The code list “CL_SHIP” is defined differently by harbour"),
        (
            "yachts.toml",
            'definition = { en = "x"',
            'definition = { en = "y"',
            "The concept “SHIP” is defined differently",
        ),
    ],
)
def test_a_code_list_or_concept_of_two_programmes_has_one_definition(
    package: Path, empty: Node, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, said: str
) -> None:
    folder = package.parent / "marina" / "dataflows"
    shutil.copytree(package, folder.parent)
    (folder / "ships.py").unlink()
    (folder / "ships.toml").rename(folder / "yachts.toml")
    (folder / "yachts.py").write_text(RECIPE.replace("SHIPS", "YACHTS"), encoding="utf-8")
    (folder / "yachts.toml").write_text(FLOW.replace("harbour-ships", "marina-yachts"), encoding="utf-8")
    install(monkeypatch, ("harbour", "harbour"), ("marina", "marina"))
    assert programmes.list_programme_problems() == []
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said in find_problem()

    flow = empty.root / "flows" / "BOATS"
    shutil.copytree(folder, flow)
    source = 'source = { publisher = "x", title = "x", licence = "MIT", vintage = "1" }'
    about = (flow / "yachts.toml").read_text(encoding="utf-8").partition("[method]")[0]
    (flow / "flow.toml").write_text(f'kind = "reported"\ndata = "data.csv"\n{source}\n{about}', encoding="utf-8")
    (flow / "data.csv").write_text("SHIP,OBS_VALUE\nA,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        take_flow(empty, "BOATS")
