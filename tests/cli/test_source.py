"""`bongsu source` and `bongsu take`: from a publisher's new file to a new release, by the commands."""

from __future__ import annotations

import csv
import io
import json
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.store.node import Node
from bongsu.store.sources.source_file import list_sources
from bongsu.web.node_state.problems import find_problems

OWN = """
title = "Meters of the town"
publisher = "The town"
licence = "CC-BY-4.0"
address = ["ADDRESS/town.csv"]
format = "CSV"
seen = "made for this test"
every = "day"
[read]
columns = { a = "area", v = "value" }
[check]
keys = ["area"]
values = { value = [0, 9] }
"""


def run(capsys: pytest.CaptureFixture[str], node: Node, command: str) -> tuple[int, Any, str]:
    capsys.readouterr()
    status = main([*shlex.split(command)[1:], "--node", str(node.root), "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.strip() else None, err


def write_daily(percent_of: dict[tuple[str, str], str] | None = None) -> bytes:
    """Returns the publisher's daily file of which the shipped months are the means; some months with another value."""
    text = (files("bongsu.work") / "tables" / "ai_postings.csv").read_text(encoding="utf-8")
    countries = {"AUS": "AU", "CAN": "CA", "DEU": "DE", "FRA": "FR", "GBR": "GB"}
    countries |= {"IRL": "IE", "ITA": "IT", "NLD": "NL", "USA": "US"}
    lines = ["date,jobcountry,AI_share_postings"]
    for row in csv.DictReader(io.StringIO(text)):
        percent = (percent_of or {}).get((row["area"], row["month"]), row["percent"])
        days = range(1, int(row["days"]) + 1)
        lines += [f"{row['month']}-{day:02},{countries[row['area']]},{percent}" for day in days]
    return "\n".join(lines).encode()


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch, node: Node, served: Any) -> Node:
    """A node that asks one source, at a mirror on loopback."""
    monkeypatch.setenv("BONGSU_ASK_SOURCES", "yes")
    off = [name for name in list_sources(node) if name != "ai-postings"]
    mirrors = f'[mirrors]\n"https://raw.githubusercontent.com/" = "{served.address}/"\n'
    (node.root / "sources.toml").write_text(f"private = true\noff = {json.dumps(off)}\n{mirrors}")
    monkeypatch.setattr("bongsu.store.fetching.fetcher.Fetcher.pause", 0.0)
    return node


def test_from_a_new_file_to_a_new_release(
    asking: Node, served: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = "/hiring-lab/ai-tracker/main/AI_posting.csv"
    served.answers[where] = (503, {}, b"")
    status, taken, err = run(capsys, asking, "bongsu take --programme work")
    assert (status, [row["new"] for row in taken].count(True)) == (0, 0)  # the shipped copy serves
    assert "ai-postings did not come" in err

    served.answers[where] = (200, {}, write_daily({("KOR", "2026-06"): "0", ("USA", "2026-05"): "9.5"}))
    status, checked, _ = run(capsys, asking, "bongsu source check ai-postings")
    assert (status, checked["outcome"]) == (0, "new")
    assert [(one["key"], one["column"], one["now"]) for one in checked["changes"]] == [
        (["USA", "2026-05"], "percent", "9.5")
    ]
    _, planned, _ = run(capsys, asking, "bongsu build --plan --programme work")
    assert [one["dataflow"] for one in planned if one["builds"]] == ["AI_POSTINGS"]
    assert planned[1]["changes"] == {"inputs": ["ai-postings"]}
    _, built, _ = run(capsys, asking, "bongsu build --programme work")
    assert [row["dataflow"] for row in built if row["computed"]] == ["AI_POSTINGS"]
    rows = asking.observations(asking.releases.current("AI_POSTINGS")).to_pylist()
    assert [row["OBS_VALUE"] for row in rows if (row["REF_AREA"], row["TIME_PERIOD"]) == ("USA", "2026-05")] == [9.5]

    served.answers[where] = (200, {}, b"date,jobcountry,AI_share_postings\n2026-07-01,US,5\n")
    status, checked, err = run(capsys, asking, "bongsu source check ai-postings")
    assert (status, checked["outcome"]) == (70, "held")
    assert "few keys are gone" in err
    _, built, _ = run(capsys, asking, "bongsu build --programme work")
    assert not [row for row in built if row["computed"]]  # drift stops before the seal
    listed = {row["name"]: row for row in run(capsys, asking, "bongsu source list")[1]}
    assert (listed["ai-postings"]["outcome"], listed["ai-postings"]["from_source"]) == ("held", True)
    assert listed["epoch-models"]["outcome"] == "off"
    (problem,) = (one for one in find_problems(asking, None) if one.subject == "Sources")
    assert "ai-postings was not taken" in problem.report.describe(str)
    status, checked, _ = run(capsys, asking, "bongsu source check ai-postings --accept 'They start anew.'")
    assert (status, checked["outcome"]) == (0, "new")


def test_a_source_of_the_institution(
    asking: Node, served: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "town.toml").write_text(OWN.replace("ADDRESS", served.address))
    assert run(capsys, asking, f"bongsu source add town {tmp_path / 'town.toml'}")[0] == 0
    assert run(capsys, asking, f"bongsu source add town {tmp_path / 'town.toml'}")[0] == 65
    assert run(capsys, asking, "bongsu source check nowhere")[0] == 64
    served.answers["/town.csv"] = (200, {}, b"a,v\nKOR,1\n")
    _, taken, _ = run(capsys, asking, "bongsu take --programme own")
    assert [(row["name"], row["new"]) for row in taken] == [("town", True)]
    assert run(capsys, asking, "bongsu take --programme own")[1] == []  # a day has not passed
    assert main(["source", "list", "--node", str(asking.root)]) == 0
    assert "Meters" not in capsys.readouterr().out
    (asking.root / "sources/town/state.json").unlink()
    served.answers["/town.csv"] = (200, {}, b"a,v\nKOR,10\n")
    status, _, err = run(capsys, asking, "bongsu take --programme own")
    assert status == 70
    assert "within their bounds" in err
    assert main(["source", "check", "town", "--node", str(asking.root)]) == 70
    assert "✗" in capsys.readouterr().out
