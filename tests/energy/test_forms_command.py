"""`bongsu form` as a person types it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bongsu.cli import main

SYSTEM = """
system = "Chat"
date = 2026-11-23
[consumer]
operational = "5 t CO2e"
embodied = "1500 kg CO2e"
functional_unit = "token"
count = 50e9
"""
LABEL = {
    "model": "gpt-4o",
    "date": "2026-11-23",
    "class": {
        "name": "Chat",
        "unit": "Wh/1000 token",
        "boundary": "facility",
        "models": {f"m{n}": 0.2 * 1.6**n for n in range(10)},
    },
}
PER_TOKEN = {"value": 7.2, "low": 3.6, "high": 14.4, "unit": "J/token", "kind": "modelled", "boundary": "facility"}
ESTIMATE = {
    "energy": {**PER_TOKEN, "unit": "Wh"},
    "energy_per": {"token": PER_TOKEN},
    "boundaries": {"chip": {**PER_TOKEN, "unit": "Wh", "boundary": "chip"}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "system.toml").write_text(SYSTEM, encoding="utf-8")
    (tmp_path / "label.json").write_text(json.dumps(LABEL), encoding="utf-8")
    (tmp_path / "estimate.json").write_text(json.dumps(ESTIMATE), encoding="utf-8")
    return tmp_path


def test_sci_for_ai_from_toml(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "sci-ai", "--input", str(folder / "system.toml"), "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)["fields"]
    assert fields["consumer_sci"]["value"] == pytest.approx(130)
    assert main(["form", "sci-ai", "--input", str(folder / "system.toml"), "--language", "ko"]) == 0
    assert "소비자 SCI\n    130 g CO2e" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["json", "txt", "html"])
def test_output_by_suffix(folder: Path, suffix: str) -> None:
    written = folder / f"form.{suffix}"
    assert main(["form", "sci-ai", "--input", str(folder / "system.toml"), "--output", str(written)]) == 0
    text = written.read_text(encoding="utf-8")
    assert "130" in text
    assert text.startswith({"json": "{", "txt": "Software", "html": "<!doctype html>"}[suffix])


@pytest.mark.parametrize(("suffix", "first"), [("svg", b"<svg "), ("png", b"\x89PNG")])
def test_a_label_from_an_estimate(folder: Path, suffix: str, first: bytes) -> None:
    # 7.2 J/token = 2 Wh per 1,000 tokens
    written = folder / f"label.{suffix}"
    words = ["form", "label", "--input", str(folder / "label.json"), "--energy", f"energy={folder / 'estimate.json'}"]
    assert main([*words, "--output", str(written)]) == 0
    assert written.read_bytes().startswith(first)
    if suffix == "svg":
        assert "2.00 Wh/1000 token" in written.read_text(encoding="utf-8")


def test_training_energy_from_a_meters_report(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def total(boundary: str, joules: float) -> dict[str, object]:
        whole = {"energy_J": joules, "low_J": joules * 0.9, "high_J": joules * 1.1, "kind": "measured"}
        return {"boundary": boundary, "machine": {**whole, "energy_J": joules * 2}, "process": whole}

    report = {
        "schema": "bongsu.meter/1",
        "software": "bongsu 0.1",
        "components": [{"sensor": "nvml"}],
        "totals": [total("chip", 3.6e9), total("server", 5.4e9)],
    }
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    model = json.dumps({"model": "x", "date": "2026-11-23"}).encode()
    words = ["form", "gpai", "--input", "-", "--energy", f"training_energy={folder / 'report.json'}"]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(model)))
    assert main(words) == 65
    assert "--boundary" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(model)))
    assert main([*words, "--boundary", "server"]) == 0
    printed = capsys.readouterr().out
    assert "1.50×10⁰ MWh" in printed  # 5.4e9 J / 3.6e9 J/MWh, the processes' part and not the machine's 3.0
    assert "Server" in printed
    assert "nvml" in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sci-ia", "--input", "{}/system.toml"], "sci-ai"),
        (["sci-ai", "--input", "{}/none.toml"], "none.toml"),
        (["sci-ai", "--input", "{}/label.json"], "model"),
        (["sci-ai", "--input", "{}/system.toml", "--output", "{}/x.png"], "label"),
        (["sci-ai", "--input", "{}/system.toml", "--output", "{}/x.doc"], ".doc"),
        (["sci-ai", "--input", "{}/system.toml", "--output", "{}/no/x.txt"], "x.txt"),
        (["sci-ai", "--input", "{}/system.toml", "--language", "de"], "de"),
        (["sci-ai", "--input", "{}/system.toml", "--energy", "x"], "FIELD=FILE"),
        (["label", "--input", "{}/label.json", "--energy", "energy={}/label.json"], "label.json"),
        (
            ["label", "--input", "{}/label.json", "--energy", "energy={}/estimate.json", "--boundary", "chip"],
            "Wh/1000 token",
        ),
        (["label", "--input", "{}/label.json", "--energy", "class={}/estimate.json"], "class"),
    ],
)
def test_bad_words_are_refused_and_nothing_is_written(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert main(["form", *(word.replace("{}", str(folder)) for word in words)]) in (64, 65, 66)
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"system": ' + b" " * 4_000_001 + b"1}"], ids=range(6)
)
def test_an_input_that_cannot_be_read(body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "input.json").write_bytes(body)
    assert main(["form", "sci-ai", "--input", str(tmp_path / "input.json")]) == 65
    assert "input.json" in capsys.readouterr().err
