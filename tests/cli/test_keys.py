"""`bongsu keys`: the first keys, a revoked one, a new root; and what the journal says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.core.errors import Missing
from bongsu.store.node import Node


@pytest.mark.django_db
def test_keys_are_made_shown_and_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")

    def run(*words: str) -> dict[str, object]:
        assert main(["keys", *words, "--node", str(node.root), "--json"]) == 0
        result: dict[str, object] = json.loads(capsys.readouterr().out)
        return result

    assert main(["keys", "show", "--node", str(node.root)]) == Missing.exit_status
    assert "“bongsu keys renew” makes them." in capsys.readouterr().err
    made = run("renew")
    assert run("show") == run("renew") == made  # nothing is due
    first = f"{node.identity.id}#1"
    replaced = run("replace", "--revoke", first, "--why", "stolen")
    assert [(row["key"], bool(row["revoked"])) for row in replaced["keys"]] == [  # type: ignore[attr-defined]
        (first, True),
        (f"{node.identity.id}#2", False),
    ]
    rooted = run("replace-root", "--why", "moved")
    assert rooted["fingerprint"] != made["fingerprint"]
    lines = [(line.event, line.subject) for line in node.journal.lines()][1:]
    assert lines == [("key-made", first), ("key-made", f"{node.identity.id}#2"), ("root-replaced", node.identity.id)]
    assert main(["keys", "show", "--node", str(node.root)]) == 0
    assert str(rooted["fingerprint"]) in capsys.readouterr().out
