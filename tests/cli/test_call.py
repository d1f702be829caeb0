"""`bongsu call`: the example of every workflow is right, and what is wrong is named with its file and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.core.errors import BadInput, Missing, UnknownName
from bongsu.incubator.workflow.shipped import list_shipped
from bongsu.store.node import Node


@pytest.mark.parametrize("workflow", list_shipped())
def test_example_of_every_workflow_is_right(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "call"
    assert main(["call", "init", str(folder), "--workflow", workflow]) == 0
    capsys.readouterr()
    assert main(["call", "check", str(folder), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["findings"] == []
    first = {"round": "first", "opens": "2027-03-01T00:00:00Z", "last_second": "2027-03-31T09:00:59Z"}
    second = {"round": "second", "opens": "2027-04-01T00:00:00Z", "last_second": "2027-04-30T09:00:59Z"}
    assert result["rounds"] == ([first, second] if workflow == "rolling" else [first])
    assert f'workflow = "{workflow}"' in (folder / "call.toml").read_text()
    assert main(["call", "init", str(folder)]) == BadInput.exit_status


def test_findings_name_file_and_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "call"
    main(["call", "init", str(folder)])
    call = folder / "call.toml"
    call.write_text(call.read_text().replace("amount = 20000", "amount = 0").replace('ko = "1차", ', ""))
    capsys.readouterr()
    assert main(["call", "check", str(folder)]) == BadInput.exit_status
    out = capsys.readouterr().out
    assert "The budget line is empty." in out
    assert "budget[0].amount" in out
    assert "The text is missing in: ko." in out
    assert main(["call", "check", str(folder), "--json"]) == BadInput.exit_status
    lines = {one["field"]: one["line"] for one in json.loads(capsys.readouterr().out)["findings"]}
    written = call.read_text().splitlines()
    assert written[lines["budget[0].amount"] - 1] == "amount = 0"
    assert written[lines["round[0].title"] - 1].startswith("title = {")
    call.write_text(call.read_text().replace("2027-03-31 18:00", "2027-03-33 18:00"))
    assert main(["call", "check", str(folder)]) == BadInput.exit_status
    number = 1 + next(number for number, line in enumerate(written) if line.startswith("closes"))
    assert f"call.toml, line {number}, round[0].closes" in capsys.readouterr().err
    (folder / "form.toml").unlink()
    assert main(["call", "check", str(folder)]) == Missing.exit_status
    assert main(["call", "init", str(tmp_path / "other"), "--workflow", "one-stagge"]) == UnknownName.exit_status


@pytest.mark.django_db
def test_calls_of_a_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    folder = tmp_path / "call"
    main(["call", "init", str(folder)])
    call = folder / "call.toml"
    call.write_text(call.read_text().replace("2027", "2097"))

    def run(*words: str) -> Any:
        capsys.readouterr()
        assert main(["call", *words, "--node", str(node.root), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert run("list") == []
    added = run("add", str(folder), "--why", "asked by the board")
    assert (added["call"], added["state"], added["edition"]) == ("example-2097", "draft", 1)
    assert run("open", "example-2097")["state"] == "open"
    call.write_text(call.read_text().replace("amount = 20000", "amount = 30000"))
    changed = run("change", "example-2097", str(folder), "--base", "1")
    assert changed["edition"] == 2
    assert changed["changes"] == [
        {"file": "call.toml", "field": "budget[academia].amount", "before": 20000, "after": 30000}
    ]
    assert main(["call", "change", "example-2097", str(folder), "--base", "1", "--node", str(node.root)]) == 1
    assert "edition 2 follows edition 1" in capsys.readouterr().err
    assert [(row["state"], row["edition"]) for row in run("list")] == [("open", 2)]
    assert main(["call", "list", "--node", str(node.root)]) == 0
    assert "GPU hours for public-interest AI" in capsys.readouterr().out
    assert run("files", "example-2097", str(tmp_path / "now"))["edition"] == 2
    assert (tmp_path / "now" / "call.toml").read_text() == call.read_text()
    assert run("files", "example-2097", str(tmp_path / "first"), "--edition", "1")["edition"] == 1
    assert "amount = 20000" in (tmp_path / "first" / "call.toml").read_text()
    files = ["call", "files", "example-2097", "--node", str(node.root)]
    assert main([*files, str(tmp_path / "third"), "--edition", "3"]) == Missing.exit_status
    assert main([*files, str(tmp_path / "now")]) == BadInput.exit_status
    assert run("end", "example-2097", "--why", "over")["state"] == "ended"


def test_names_that_do_not_exist_are_explained_as_they_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "call"
    assert main(["call", "init", str(folder), "--name", "spring-2030"]) == 0
    assert 'call = "spring-2030"\n' in (folder / "call.toml").read_text()
    workflow, rules = folder / "workflow.toml", folder / "rules.toml"
    workflow.write_text(workflow.read_text().replace('to = "submitted"', 'to = "submited"', 1))
    rules.write_text(rules.read_text().replace('field = "open"', 'field = "opened"'))
    capsys.readouterr()
    assert main(["call", "check", str(folder)]) == BadInput.exit_status
    out = capsys.readouterr().out
    assert "From “draft” to “submited”: submit" in out
    assert "The results must be published." in out
    assert "There is no state “submited”." in out
    assert "There is no question or fact “opened”." in out
