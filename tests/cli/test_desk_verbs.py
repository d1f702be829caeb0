"""`bongsu organisation`, `bongsu audit` and `bongsu mail` do what the operator's desk does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_token import bongsu
from tests.web.served import make_node

MAPPING = """
format = "bongsu.mapping/1"
name = "earnings"
title = "Earnings"
source = "made up"
licence = "none"
[concepts.SEX]
column = "sex"
code_list = "CL_SEX"
[concepts.AGE]
column = "age"
kind = "integer"
low = 0
high = 120
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "node"
    make_node(path)
    return path


def _run(folder: Path, *words: str) -> Any:
    done = bongsu(*words, "--json", node=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_desk_at_the_terminal(folder: Path) -> None:
    _run(folder, "organisation", "add", "kaist", "--title", "KAIST")
    _run(folder, "organisation", "domain", "kaist", "kaist.ac.kr")
    assert _run(folder, "organisation", "list") == [
        {"name": "kaist", "title": "KAIST", "active": True, "domains": ["kaist.ac.kr"]}
    ]
    _run(folder, "user", "invite", "lee@kaist.ac.kr", "--organisation", "kaist")
    key = _run(folder, "mail", "list")[0]["key"]
    assert "/invitation/" in _run(folder, "mail", "show", key)["text"]
    assert _run(folder, "mail", "again", key)["state"] == "kept"
    assert bongsu("mail", "show", "nonsense", node=folder).returncode == 66
    assert [row["object"] for row in _run(folder, "audit", "list", "--action", "mail.see")] == [f"node {key}"]
    assert _run(folder, "organisation", "members", "kaist") == []
    assert not _run(folder, "organisation", "change", "kaist", "--end")["active"]
    assert _run(folder, "audit", "verify")["lines"] == len(_run(folder, "audit", "list"))


def test_people_and_roles_at_the_terminal(folder: Path) -> None:
    _run(folder, "organisation", "add", "inria")
    _run(folder, "organisation", "domain", "inria", "inria.fr")
    assert _run(folder, "organisation", "domain", "inria", "inria.fr", "--remove", "--why", "moved") == {
        "name": "inria",
        "removed": "inria.fr",
    }
    assert bongsu("organisation", "domain", "inria", "inria.fr", "--remove", node=folder).returncode == 66
    _run(folder, "user", "add", "kim@stat.example", "--operator")
    shown = _run(folder, "user", "show", "kim@stat.example")
    assert shown["addresses"] == [{"email": "kim@stat.example", "confirmed": True}]
    _run(folder, "user", "end-sessions", "kim@stat.example", "--why", "lost laptop")
    [role] = _run(folder, "user", "roles", "operator", "--two-step", "yes")
    assert (role["two_step"], role["held_by"]) == (True, ["kim@stat.example (node)"])
    lines = _run(folder, "audit", "list", "--object", f"person {shown['id']}")
    assert [(line["action"], line["why"]) for line in lines] == [("person.end-session", "lost laptop")]
    assert _run(folder, "audit", "list", "--who", "nobody@stat.example") == []
    assert _run(folder, "audit", "list", "--day", "2020-01-01") == []
    assert bongsu("audit", "list", "--day", "soon", node=folder).returncode == 65


def test_the_node_at_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONGSU_MAIL", "smtp://kim:hunter2@mail.example")
    rows = {row["name"]: row for row in _run(folder, "doctor", "--settings")}
    assert rows["BONGSU_MAIL"] == {"name": "BONGSU_MAIL", "value": "set", "source": "environment", "secret": True}
    assert rows["BONGSU_NODE"]["value"] == str(folder)
    assert rows["agency"]["source"] == "node.toml"
    used = _run(folder, "doctor", "--disk")
    assert used["total"] == sum(part["size"] for part in used["parts"]) > 0
    listed = _run(folder, "build", "--list", "--programme", "energy")
    assert {row["release"] for row in listed} == {None}
    assert bongsu("build", "--flow", "GRID_INTENSITY", node=folder).returncode == 66  # nothing was taken
    [flow] = _run(folder, "build", "--list", "--flow", "GRID_INTENSITY")
    assert flow["outcome"] == "failed"
    assert "bongsu take" in flow["why"]
    assert bongsu("build", "--flow", "GRID_INTENSITY", "--rows", "1", node=folder).returncode == 66
    assert "The last build of GRID_INTENSITY failed" in "\n".join(
        json.loads(bongsu("doctor", "--json", node=folder).stdout)["wrong"]
    )


def test_holdings_at_the_terminal(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,age\n" + "M,30\nF,30\n" * 30, encoding="utf-8")
    (tmp_path / "people.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "question.toml").write_text('holding = "earnings"\n[[statistics]]\nkind = "count"\n', encoding="utf-8")
    _run(folder, "hold", "add", str(tmp_path / "people.csv"), "--mapping", str(tmp_path / "people.toml"))
    assert _run(folder, "hold", "show", "earnings")["policy"]["minimum"] == 10
    assert "fewer than 10 people" in bongsu("hold", "show", "earnings", node=folder).stdout
    assert bongsu("desk", "plan", "earnings", node=folder).returncode == 66
    default = _run(folder, "desk", "plan", "earnings", "--default")
    assert (default["plan"], default["default"]) == (1, True)
    assert "its default plan" in bongsu("desk", "ask", str(tmp_path / "question.toml"), node=folder).stdout
    proposed = bongsu("desk", "plan", "earnings", "--propose", node=folder).stdout
    (tmp_path / "plan.toml").write_text(proposed, encoding="utf-8")
    solved = _run(folder, "desk", "plan", "earnings", "--set", str(tmp_path / "plan.toml"))
    assert (solved["plan"], solved["tables"][0]) == (2, {"table": "SEX", "cells": 3, "hidden": 0, "measures": {}})
    assert (_run(folder, "desk", "plan", "earnings"), solved["default"]) == (solved, False)
    assert _run(folder, "desk", "ask", str(tmp_path / "question.toml"))["plan"] == 2
    [_, asked] = _run(folder, "desk", "questions", "earnings")
    assert (asked["outcome"], asked["by"].split()[0]) == ("answered", "command")
    assert _run(folder, "desk", "questions", "--outcome", "refused") == []
    assert "number of people" in bongsu("desk", "questions", node=folder).stdout
    assert bongsu("desk", "questions", "nowhere", node=folder).returncode == 64
    assert bongsu("desk", "questions", "--since", "soon", node=folder).returncode == 65
