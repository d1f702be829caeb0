"""A node harvests another one through its DCAT-AP pages, with the real command."""

from __future__ import annotations

import json
from pathlib import Path

from bongsu.commons.entries.bundle import read_bundles
from bongsu.publish.catalogue.items import list_item_ids
from bongsu.store.node import Node
from tests.web.served import run


def test_a_node_harvests_another(served: str, node_folder: Path, tmp_path: Path) -> None:
    other = Node.create(tmp_path / "other", name="Other", agency="OTHER")
    told = json.loads(
        run(other.root, "commons", "add", f"{served}catalogue/1.jsonld", "--from", "peer", "--allow-private")
    )
    expected = list_item_ids(Node(node_folder))
    assert told["formats"] == ["dcat"]
    assert told["refused"] == 0
    assert told["new"] == len(expected)  # every page was followed; each item was harvested once
    held = read_bundles(other.snapshots.read(other.snapshots.newest("commons-added-peer"))).entries
    klue = next(entry for entry in held.values() if entry.name.get("en") == "KLUE")
    assert klue.name["ko"] == "클루(KLUE)"
    assert klue.value("licence") == "https://spdx.org/licenses/CC-BY-SA-4.0"
    assert klue.value("languages") == ["ko"]
    grid = next(e for e in held.values() if e.name["en"] == "Carbon intensity of electricity by year, release 1")
    assert "CC-BY-4.0" in str(grid.value("licence"))
