"""`bongsu scenario` as a person types it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.energy.scenario.levers import levers


def projected(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["scenario", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_identity_by_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["--capacity-gw", "175", "--capacity-factor", "0.48", "--pue", "1.29", "--node", str(tmp_path)]
    found = projected(capsys, *words)
    assert [year["year"] for year in found["years"]] == list(range(2024, 2036))
    for year in found["years"]:
        assert round(year["electricity"]["value"]) == 949
        assert year["electricity"]["low"] < 949 < year["electricity"]["high"]
        assert year["electricity"]["unit"] == "TWh"
        assert year["electricity"]["boundary"] == "facility"
        assert {"co2e", "water_on_site", "water_off_site"} <= set(year)
    assert {lever["id"] for lever in found["levers"] if lever["set"]} == {"capacity_gw", "capacity_factor", "pue"}
    assert all(lever["source"] for lever in found["levers"] if not lever["set"])


def test_without_a_node_nothing_is_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["scenario", "--node", str(tmp_path / "none"), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["beside"] == []
    assert "No published figures" in printed.err


def test_both_publishers_are_compared_by_vintage(capsys: pytest.CaptureFixture[str], starter: Path) -> None:
    found = projected(capsys, "--area", "USA", "--node", str(starter))["beside"]
    assert {(one["publisher"], one["vintage"]) for one in found} >= {
        ("IEA", "2025"),
        ("LBNL", "2024"),
        ("LBNL", "2025"),
    }
    ranged = next(one for one in found if one["vintage"] == "2024" and one["year"] == 2028)
    assert ranged["published"] == {"value": None, "low": 325, "high": 580}
    assert ranged["difference"] is None


def test_columns_are_named_with_their_units(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["scenario", "--node", str(tmp_path)]) == 0
    heading = capsys.readouterr().out.splitlines()[0]
    assert re.split(r"  +", heading.strip()) == [
        "year",
        "GW",
        "TWh",
        "80 % interval",
        "Mt CO2e",
        "80 % interval",
        "water on site, GL",
        "water off site, GL",
        "with reservoirs, GL",
    ]


def test_sensitivity_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["scenario", "--node", str(tmp_path), "--sensitivity", "co2e", "--year", "2030"]) == 0
    printed = capsys.readouterr().out
    for lever in levers().values():
        assert (lever.name.en in printed) is not lever.optional


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--pue", "0.9"], 65, "--pue"),
        (["--capacity-gw", "2024=70,2030=x"], 65, "--capacity-gw"),
        (["--chip-kw", "1"], 65, "--shipments"),
        (["--area", "Mars"], 64, "WORLD"),
        (["--sensitivity", "heat"], 64, "co2e"),
        (["--sensitivity", "--year", "2050"], 65, "2050"),
    ],
)
def test_bad_words_are_refused(
    words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["scenario", *words, "--node", str(tmp_path)]) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
