"""`bongsu call`: the example of every workflow is right, and what is wrong is named with its file and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.core.errors import BadInput, Missing, UnknownName
from bongsu.incubator.workflow.shipped import list_shipped


@pytest.mark.parametrize("workflow", list_shipped())
def test_example_of_every_workflow_is_right(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "call"
    assert main(["call", "init", str(folder), "--workflow", workflow]) == 0
    capsys.readouterr()
    assert main(["call", "check", str(folder), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["findings"] == []
    assert result["rounds"] == [
        {"round": "first", "opens": "2027-03-01T00:00:00Z", "last_second": "2027-03-31T09:00:59Z"}
    ]
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
    (folder / "form.toml").unlink()
    assert main(["call", "check", str(folder)]) == Missing.exit_status
    assert main(["call", "init", str(tmp_path / "other"), "--workflow", "one-stagge"]) == UnknownName.exit_status
