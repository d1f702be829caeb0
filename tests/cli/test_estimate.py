"""`bongsu estimate` at the terminal: results, explanations, files, and refused input."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bongsu.cli import main


def test_an_answer_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "inference", "--model", "gpt-4o", "--country", "KOR", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["energy"]["unit"] == "Wh"
    assert answer["energy"]["boundary"] == "facility"
    assert answer["energy"]["low"] < answer["energy"]["value"] < answer["energy"]["high"]
    assert answer["explanation"]["inputs"]


@pytest.mark.parametrize(
    "words",
    [
        ["training", "--params", "7.3", "--tokens", "4050", "--boundary", "chip"],
        ["image", "--model", "FLUX.1-dev", "--chip", "H100", "--batch-size", "1"],
        ["video", "--model", "HunyuanVideo", "--frames", "129", "--region", "us-central1"],
    ],
)
def test_every_kind_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", *words, "--explain"]) == 0
    shown = capsys.readouterr().out
    assert "four of five" in shown
    assert "energy of the accelerators" in shown


def test_chips_by_efficiency(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "chips", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"year", "chip", "power_w", "peak_flop_per_s", "flop_per_joule", "tokens_per_joule"} == set(rows[0])
    assert rows[-1]["tokens_per_joule"]["unit"] == "token/J"
    assert main(["estimate", "chips", "--precision", "fp8", "--batch-size", "8"]) == 0
    assert "8 requests at once" in capsys.readouterr().out
    assert main(["estimate", "chips", "--country", "KOR"]) == 65


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_text("model_id,gpu_model\nQwen/Qwen3-8B,H100\n,\n")
    words = ["estimate", "inference", "--batch", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 2
    assert main([*words, "--chip", "H100"]) == 65


def test_a_file_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("model_id,gpu_model\nQwen/Qwen3-8B,H100\n,\n")
    words = [sys.executable, "-m", "bongsu.cli", "estimate", "inference", "--batch", str(tmp_path / "in.csv")]
    rows = list(csv.DictReader(subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()))
    assert rows[0]["model_id"] == "Qwen/Qwen3-8B"
    assert all(float(row["energy_joules_per_token_low"]) < float(row["energy_joules_per_token"]) for row in rows)
    as_json = json.loads(subprocess.run([*words, "--json"], capture_output=True, text=True, check=True).stdout)
    assert [row["energy_boundary"] for row in as_json] == ["chip", "chip"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["inference", "--model", "gpt-44o"], 64, "gpt-4o"),
        (["inference", "--model", "gpt-4o", "--flop", "1e20"], 65, "--flop"),
        (["training", "--batch", "a.csv", "--output", "b.csv"], 65, "--batch"),
        (["inference", "--output", "b.csv"], 65, "--batch"),
        (["inference", "--batch", "none.csv"], 66, "none.csv"),
        (["inference", "--batch", "none.csv", "--output", "b.csv"], 66, "none.csv"),
        (["inference", "--model", "gpt-4o", "--country", "LIE"], 66, "LIE"),
    ],
)
def test_refusals(words: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", *words]) == status
    assert says in capsys.readouterr().err


def test_an_unknown_model_is_estimated_from_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "inference", "--model", "qqqq"]) != 0
    assert "give its parameters" in capsys.readouterr().err
