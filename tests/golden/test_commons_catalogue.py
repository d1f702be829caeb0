"""The catalogue's figures worked out by hand, and the two releases sealed of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.commons import methods
from bongsu.commons.catalogue_search import current_catalogue
from bongsu.commons.dataflows.commons_catalogue import ENTRIES_FILE
from bongsu.commons.entries.bundle import Tombstone, encode_bundle
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.sources import ADDED_FAMILY, STARTER_ENTRIES
from bongsu.core.errors import Missing, UnknownName
from bongsu.core.provenance import Origin
from bongsu.core.selection import Selection
from bongsu.store.building import builds as building
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme


def entry(id_: str, kind: str, **claims: object) -> Entry:
    return parse_entry(
        {
            "id": id_,
            "kind": kind,
            "name": {"en": id_},
            "evidence": {"page": {"address": "https://example.org/", "shows": "it", "accessed": "2026-11"}},
            "claims": {name: {"value": value, "evidence": ["page"]} for name, value in claims.items()},
        },
        id_,
    )


def test_counts_by_hand() -> None:
    # three entries: MIT (open), llama3 (closed), none (unknown); two of Korea, one of two countries
    entries = [
        entry("a", "model", licence="MIT", country=["KOR"]),
        entry("b", "model", licence="llama3", country=["KOR", "FRA"]),
        entry("c", "dataset"),
    ]
    counted = methods.count_entries(entries)
    assert {key[2]: n for key, n in counted.items() if key[:2] == ("TOTAL", "_T")} == {
        "ENTRIES": 3,
        "ENTRIES_OPEN": 1,
        "ENTRIES_CLOSED": 1,
        "ENTRIES_UNKNOWN": 1,
    }
    assert counted["AREA", "KOR", "ENTRIES"] == 2
    assert counted["AREA", "FRA", "ENTRIES_CLOSED"] == 1
    assert counted["AREA", "_U", "ENTRIES_UNKNOWN"] == 1  # not known is a group of its own, neither yes nor no


def test_an_entry_counts_once_in_each_of_its_groups() -> None:
    # a country or a sector that is named twice counts once; the sector also by kind
    counted = methods.count_entries(
        [entry("a", "dataset", licence="MIT", country=["KOR", "KOR"], sectors=["health", "health"])]
    )
    assert (counted["AREA", "KOR", "ENTRIES"], counted["SECTOR", "health", "ENTRIES"]) == (1, 1)
    assert counted["SECTOR_KIND", "health-dataset", "ENTRIES_OPEN"] == 1


def test_claims_known_by_hand() -> None:
    # a dataset can have 8 claims that are for every kind, and modality: 9; two of them are known
    assert methods.count_claims(entry("c", "dataset", licence="MIT", year=2020)) == (2, 9)


def test_the_releases(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node")
    node.snapshots.take(STARTER_ENTRIES)
    origin = Origin("Someone", "Added by hand", "https://example.org/", "CC0-1.0")
    closed = entry("zz-closed", "dataset", licence="llama3", year=2020)
    added = encode_bundle([entry("zz-added", "model", licence="other"), closed], [Tombstone("gone", "2026-11-01")])
    node.snapshots.save(f"{ADDED_FAMILY}-hand", added, origin, "2026-11")
    catalogue, openness = building.build_releases(node, read_programme("commons"))
    assert catalogue.new
    assert openness.new
    manifest = node.releases.manifest(catalogue.release)
    assert {entry.name for entry in manifest.inputs} == {STARTER_ENTRIES.name, f"{ADDED_FAMILY}-hand"}
    assert [note.detail for note in manifest.notes] == ["gone"]
    rows = {
        (row["ENTRY"], row["INDICATOR"]): row for row in node.observations(catalogue.release, Selection()).to_pylist()
    }
    assert rows["bloomz", "OSAI_SCORE"]["OBS_VALUE"] == 12
    assert rows["bloomz", "MOF_CLASS"]["OBS_VALUE"] == 0
    # class I, II and III are 1, 2 and 3, and an unclassified model is 0; the definition is met (1) or not (0)
    classes = ("olmo-7b", "polyglot-ko", "gpt-neox-20b")
    assert [rows[id_, "MOF_CLASS"]["OBS_VALUE"] for id_ in classes] == [1, 2, 3]
    assert [rows[id_, "OSAID"]["OBS_VALUE"] for id_ in ("pythia-12b", "bloomz")] == [1, 0]
    assert [rows[id_, "LICENCE_OPEN"]["OBS_VALUE"] for id_ in ("olmo-7b", "zz-closed")] == [1, 0]
    # two of the nine claims of a dataset are known, seven are not
    assert [rows["zz-closed", name]["OBS_VALUE"] for name in ("CLAIMS_KNOWN", "CLAIMS_UNKNOWN")] == [2, 7]
    unknown = rows["zz-added", "LICENCE_OPEN"]
    assert (unknown["OBS_VALUE"], unknown["OBS_STATUS"]) == (None, "M")
    assert ("zz-added", "MOF_CLASS") not in rows  # nothing to look at is no verdict
    again = next(building.build_releases(node, read_programme("commons")))
    assert not again.new
    sealed = node.releases.attachment(catalogue.release, ENTRIES_FILE).read_text(encoding="utf-8")
    lines = {line["file"].rpartition("/")[2]: line for line in map(json.loads, sealed.splitlines())}
    assert lines["gone"]["deleted"] == {"id": "gone", "on": "2026-11-01", "source": ""}
    assert lines["bloomz"]["licence"] == {"expression": "LicenseRef-RAIL", "verdict": "closed"}
    assert lines["zz-added"]["licence"] == {"expression": "", "verdict": "unknown"}
    assert lines["zz-added"]["entry"]["claims"]["licence"]["value"] == "other"
    found = current_catalogue(node)
    assert found.get("bloomz").value("organisation") == lines["bloomz"]["entry"]["claims"]["organisation"]["value"]
    assert "bloomz" in [entry.id for entry in found.users("bloom")]
    with pytest.raises(Missing, match="2026-11-01"):
        found.get("gone")
    with pytest.raises(UnknownName, match="bloomz"):
        found.get("bloomy")
