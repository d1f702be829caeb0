"""`bongsu commons propose`, `proposals` and `review` as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_desk_verbs import _run, folder

__all__ = ["folder"]
pytestmark = pytest.mark.slow
ENTRY = {
    "id": "tide-tables",
    "kind": "dataset",
    "name": {"en": "Tide Tables"},
    "links": [{"rel": "homepage", "href": "https://tides.example/"}],
    "evidence": {"page": {"address": "https://tides.example/", "shows": "its licence", "accessed": "2026-01"}},
    "claims": {"licence": {"value": "CC0-1.0", "evidence": ["page"]}},
}


def test_a_proposal_is_made_and_decided(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "entry.json"
    file.write_text(json.dumps(ENTRY), encoding="utf-8")
    _run(folder, "user", "add", "kim@stat.example")
    made = _run(folder, "commons", "propose", str(file), "--for", "kim@stat.example")
    assert (made["kind"], made["entry"], made["state"]) == ("new", "tide-tables", "submitted")
    number = str(made["number"])
    assert _run(folder, "commons", "review", number, "--ask-back", "--text", "Which?")["state"] == "asked-back"
    again = _run(folder, "commons", "propose", str(file), "--for", "kim@stat.example")
    assert _run(folder, "commons", "review", str(again["number"]), "--accept")["state"] == "accepted"
    assert [one["state"] for one in _run(folder, "commons", "proposals")] == ["asked-back", "accepted"]
    assert [one["number"] for one in _run(folder, "commons", "proposals", "--state", "accepted")] == [again["number"]]
