"""`bongsu organisation`, `bongsu audit` and `bongsu mail` do what the operator's desk does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_token import bongsu


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "node"
    assert bongsu("init", node=path).returncode == 0
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
