"""The Model Openness Tool's rules written down a second time, from its own settings and licence lists, against ours.

Nothing of bongsu.commons.openness is used on this side: YAML is read by PyYAML as plain text, components and open licences
come from the tool's files. The nine cases with stated percentages are in test_commons_openness.py.
"""

from __future__ import annotations

import csv
import json
import random
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from bongsu.commons.documents import parse_document
from bongsu.commons.openness import mof

REPORT, PAPER = 11, 21


class Rules(NamedTuple):
    """The tool's components (id -> type), those that each class asks for, ids by name, and its open licences."""

    types: dict[int, str]
    asked: dict[int, set[int]]
    ids: dict[str, int]
    open: set[str]


@pytest.fixture(scope="module")
def rules(data: Path) -> Rules:
    module = data / "commons/mof/web/modules/mof"
    parts = yaml.safe_load((module / "config/install/mof.settings.yml").read_text())["components"]
    listed = [
        entry
        for name in ("licenses.json", "mof-licenses.json")
        for entry in json.loads((module / name).read_text())["licenses"]
    ]
    # Open data licences stand in the tool's code and not in its lists; ours of them are its own, carried over.
    own = (files("bongsu.commons") / "tables" / "mot_licences.csv").read_text().splitlines()
    data_open = {row["licence"] for row in csv.DictReader(own) if "open data" in row["open_by"]}
    return Rules(
        {part["id"]: part["content_type"] for part in parts},
        {n: {part["id"] for part in parts if part["class"] == n and part["required"]} for n in (1, 2, 3)},
        {part["name"]: part["id"] for part in parts},
        {entry["licenseId"] for entry in listed if entry["isOsiApproved"] or entry.get("isFsfLibre")} | data_open,
    )


def expected(rules: Rules, release: dict[str, Any]) -> dict[str, float]:
    """Percent of each class: an open licence is its own, else its type's, else the distribution's."""
    given = release.get("license") or {}
    status: dict[int, str] = {}
    for part in release["components"]:
        id_ = rules.ids[part["name"]]
        text = part.get("license")
        for kind in (rules.types[id_], "distribution"):
            if text is None and isinstance(given.get(kind), dict) and given[kind].get("name") not in ("", "0"):
                text = given[kind].get("name")  # “0” is empty to the tool's language
        text = "unlicensed" if text in (None, "", "0") else text
        status[id_] = "open" if text in rules.open else "unlicensed" if text == "unlicensed" else "closed"
    paper_instead = PAPER in status and status.get(REPORT) != "open"
    percent: dict[str, float] = {}
    asked: set[int] = set()
    full = True
    for class_ in (3, 2, 1):
        asked |= rules.asked[class_]
        counted = asked - {REPORT} | {PAPER} if paper_instead and status[PAPER] == "open" else asked
        share = sum(status.get(id_) == "open" for id_ in counted) / len(counted)
        percent[str(class_)] = 100 * share if full else 0.0
        full = full and share == 1
    return percent


def test_every_file_of_the_tool(data: Path, whole: bool, rules: Rules) -> None:
    paths = [path for folder in ("models", "cases", "schema") for path in (data / "commons/mof" / folder).glob("*.yml")]
    assert len(paths) == (202 if whole else 17)
    seen = set()
    for path in paths:
        document = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
        found = mof.assess(
            mof.read_release(parse_document(path.read_bytes(), path.name), path.name, "mot-parity"), "mot-parity"
        )
        assert found.progress == pytest.approx(expected(rules, document.get("release", document))), path.name
        seen.add(found.result)
    assert seen >= {"unclassified", "class-3", "class-1"}


def test_releases_by_chance(rules: Rules) -> None:
    """Mostly open ones, so that the upper classes, where the rules are finest, are reached."""
    chance = random.Random(196)
    texts = [*sorted(rules.open)[::6], "unlicensed", "0", "Apache 2.0", "Llama 2", "PDDL-1.0"]
    reached: set[str] = set()
    for _ in range(2_000):
        open_share, kept_share = chance.choice((0.5, 0.95, 1.0)), chance.choice((0.7, 0.97, 1.0))

        def text(share: float = open_share) -> str:
            return "MIT" if chance.random() < share else chance.choice(texts)

        release = {
            "name": "x",
            "license": {
                k: {"name": text()} for k in ("code", "data", "document", "distribution") if chance.random() < 0.5
            },
            "components": [
                {"name": name, **({"license": text()} if chance.random() < 0.6 else {})}
                for name in rules.ids
                if chance.random() < kept_share
            ],
        }
        found = mof.assess(mof.read_release({"release": release}, "x", "mot-parity"), "mot-parity")
        assert found.progress == pytest.approx(expected(rules, release)), release
        reached.add(found.result)
    assert reached == {"unclassified", "class-3", "class-2", "class-1"}
