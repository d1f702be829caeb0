"""A label for every model that the node knows: from the release INFERENCE_ENERGY, at the terminal and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from bongsu.cli import main
from bongsu.core.errors import UnknownName
from bongsu.energy.forms.form_catalogue import fill_form
from bongsu.energy.forms.released_label import label_fields
from bongsu.store.node import Node


def test_every_grade_is_given_and_rises_with_energy(starter: Path) -> None:
    node = Node(starter)
    models = label_fields(node, "gpt-4o")["class"]["models"]
    names = sorted(models, key=models.get)
    grades = [
        str(fill_form("label", label_fields(node, name)).as_json()["fields"]["grade"]["value"])
        for name in names[:: len(names) // 12]
    ]
    assert grades == sorted(grades)
    assert grades[0] == "A"
    ends = [
        fill_form("label", label_fields(node, name)).as_json()["fields"]["grade"]["value"]
        for name in (names[0], names[-1])
    ]
    assert ends == ["A", "G"]


@pytest.mark.parametrize("name", ["gpt-4o", "openai/GPT-4o", " GPT-4o "])
def test_names_with_and_without_their_provider(starter: Path, name: str) -> None:
    fields = label_fields(Node(starter), name)
    assert fields["model"] == "gpt-4o"
    assert fields["energy"]["value"] == fields["class"]["models"]["gpt-4o"]
    assert fields["energy"]["boundary"] == fields["class"]["boundary"] == "chip"


def test_a_label_has_the_values_of_the_release(starter: Path) -> None:
    """Value and both bounds of the model's row at the chip, and the values of the other models."""
    node = Node(starter)
    release = node.releases.current("INFERENCE_ENERGY")
    chip = {row["MODEL"]: row for row in node.observations(release).to_pylist() if row["BOUNDARY"] == "chip"}
    own, fields = chip["gpt-4o"], label_fields(node, "gpt-4o")
    assert own["LOWER_BOUND"] < own["OBS_VALUE"] < own["UPPER_BOUND"]
    energy = fields["energy"]
    assert (energy["low"], energy["value"], energy["high"]) == (
        own["LOWER_BOUND"],
        own["OBS_VALUE"],
        own["UPPER_BOUND"],
    )
    assert fields["class"]["models"] == {model: row["OBS_VALUE"] for model, row in chip.items()}


def test_a_model_that_the_release_does_not_hold(starter: Path) -> None:
    with pytest.raises(UnknownName, match="gpt-4o"):
        label_fields(Node(starter), "gpt-44o")


@pytest.mark.parametrize(("form", "first"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{")])
def test_the_label_over_http(client: Client, form: str, first: bytes) -> None:
    answer = client.get(f"/ko/energy/label/meta-llama/Meta-Llama-3.1-8B-Instruct.{form}")
    assert answer.status_code == 200
    assert answer.content.startswith(first)
    assert client.get(f"/ko/energy/label/nobody/knows.{form}").status_code == 404
    assert client.get("/ko/energy/label/gpt-4o.exe").status_code == 404


def test_the_estimates_page_shows_it(client: Client) -> None:
    assert "/en/energy/label/gpt-4o.svg" in client.get("/en/energy/estimate/?model=GPT-4o").content.decode()
    assert "energy/label" not in client.get("/en/energy/estimate/?model=acme/own-7b").content.decode()


def test_at_the_terminal(starter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["form", "label", "--model", "gpt-4o", "--node", str(starter)]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fields"]["class"]["value"] == "INFERENCE_ENERGY 1"
    assert main([*words, "--output", str(tmp_path / "label.svg")]) == 0
    assert (tmp_path / "label.svg").read_text("utf-8").startswith("<svg")
    assert main([*words, "--input", "x.toml"]) == 65
    assert main(["form", "sci", "--model", "gpt-4o", "--node", str(starter)]) == 65
