"""Every published figure of the shared table, asked for at the command as a person would, within the tolerance it states."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.core.units import convert

Ask = Callable[..., Any]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], starter: Path, tmp_path: Path) -> Ask:
    """Runs a command and returns what it prints as JSON; `form` writes the fields of a form to a file first."""

    def run(*words: str, form: dict[str, Any] | None = None) -> Any:
        if form is not None:
            (tmp_path / "fields.json").write_text(json.dumps(form), "utf-8")
            words = (*words, "--input", str(tmp_path / "fields.json"))
        assert main([*words, "--node", str(starter), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def amount(answer: dict[str, Any], unit: str) -> float:
    return convert(answer["value"], answer["unit"], unit)


def training(ask: Ask, *words: str) -> Any:
    return ask("estimate", "training", *words)


def gpt3(ask: Ask) -> Any:
    words = ["--chips-used", "10000", "--days", "14.8", "--power-w", "330", "--power-boundary", "it", "--pue", "1.10"]
    return training(ask, *words, "--grid-kg-per-kwh", "0.429")


def published(ask: Ask, *where: str) -> list[float]:
    words = [word for pair in where for word in ("--where", pair)]
    return [row["value"] for row in ask("show", "DATACENTRE_ELECTRICITY", *words)["observations"]]


def t5(ask: Ask) -> float:
    words = ["--chips-used", "512", "--days", "20", "--power-w", "310", "--power-boundary", "it", "--pue", "1.12"]
    return amount(training(ask, *words)["energy"], "MWh")


def llama(ask: Ask) -> float:
    words = ["--gpu-hours", "1.46e6", "--chip", "H100", "--boundary", "chip", "--grid-kg-per-kwh", "0.411"]
    return amount(training(ask, *words)["carbon"], "t CO2e")


def olmo(ask: Ask) -> float:
    words = ["--params", "7.30", "--tokens", "4050", "--chip", "H100", "--boundary", "chip"]
    return amount(training(ask, *words)["energy"], "MWh")


def query(ask: Ask) -> float:
    words = ["--active-params", "100", "--output-tokens", "500", "--mfu", "0.1", "--power-w", "892.5"]
    answer = ask("estimate", "inference", *words, "--power-boundary", "it", "--pue", "1.2", "--chip", "H100")
    return amount(answer["energy"], "Wh")


def sci_ai(ask: Ask) -> float:
    consumer = {"operational": "6500 kg CO2e", "embodied": 0, "functional_unit": "token", "count": 50e9}
    filled = ask("form", "sci-ai", form={"system": "s", "date": "2026-11-25", "consumer": consumer})
    return float(filled["fields"]["consumer_sci"]["value"])


def sci_embodied(ask: Ask) -> float:
    energy = {"value": 1, "unit": "kWh", "kind": "measured", "boundary": "server"}
    device = {"total": "1000 kg CO2e", "life_years": 4, "hours": 1}
    fields = {
        "software": "s",
        "date": "2026-11-25",
        "E": energy,
        "I": 0,
        "device": device,
        "R": 1,
        "functional_unit": "h",
    }
    return float(ask("form", "sci", form=fields)["fields"]["M"]["value"])


def water(ask: Ask) -> float:
    words = ["--gpu-hours", "1", "--power-w", "1000", "--power-boundary", "it", "--pue", "2", "--wue", "1"]
    return amount(training(ask, *words)["water_on_site"], "L")


def world_2024(ask: Ask) -> float:
    regions = published(ask, "VINTAGE=2025", "YEAR=2024", "SCENARIO=BASE", "PUBLISHER=IEA")
    return sum(regions) - published(ask, "VINTAGE=2025", "YEAR=2024", "SCENARIO=BASE", "AREA=WORLD")[0]


# id -> (how it is asked for, how far from the published figure it may lie: a share, or a factor)
POINTS: dict[str, tuple[Callable[[Ask], float], float]] = {
    "R01": (t5, 0.01),
    "R05": (lambda ask: amount(gpt3(ask)["energy"], "MWh"), 0.01),
    "R06": (lambda ask: amount(gpt3(ask)["carbon"], "t CO2e"), 0.01),
    "R10": (llama, 0.05),
    "R17": (olmo, 1.0),  # a factor 2
    "R29": (query, 0.01),
    "R38": (world_2024, 1e-9),
    "R43": (sci_ai, 1e-9),
    "R45": (sci_embodied, 0.01),
    "R46": (water, 1e-9),
}
VINTAGES = "R40"


@pytest.fixture(scope="module")
def rows(data: Path) -> dict[str, dict[str, str]]:
    with (data / "energy" / "reference_points.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_no_row_is_left_out(rows: dict[str, dict[str, str]]) -> None:
    assert set(rows) == {*POINTS, VINTAGES}


@pytest.mark.parametrize("id_", POINTS)
def test_a_published_figure(id_: str, ask: Ask, rows: dict[str, dict[str, str]]) -> None:
    how, share = POINTS[id_]
    expected = 130.0 if id_ == "R43" else float(rows[id_]["value"])  # R43: "130 kg/1e9 token = 130 g/1e6"
    found = how(ask)
    assert expected / (1 + share) - 1e-9 <= found <= expected * (1 + share) + 1e-9


def test_vintages_are_not_mixed(ask: Ask, rows: dict[str, dict[str, str]]) -> None:
    first, last = (float(text) for text in rows[VINTAGES]["value"].split("/"))
    world = ("AREA=WORLD", "SCENARIO=BASE", "PUBLISHER=IEA", "VINTAGE=2026")
    assert published(ask, *world, "YEAR=2025") == [first]
    observations = ask(
        "show", "DATACENTRE_ELECTRICITY", *(w for pair in (*world, "YEAR=2030") for w in ("--where", pair))
    )
    (base,) = observations["observations"]
    assert base["value"] <= last == base["high"]  # 945, which the text rounds to 950
    assert published(ask, *world[:3], "VINTAGE=2025", "YEAR=2025") == []
