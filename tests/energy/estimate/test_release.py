"""INFERENCE_ENERGY as it is built and sealed: every model of the registry, each value saying what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput
from bongsu.energy.dataflows.cited_tables import COEFFICIENTS
from bongsu.energy.dataflows.inference_energy import INPUT_TOKENS, MODELS, OUTPUT_TOKENS
from bongsu.energy.estimate import inference
from bongsu.energy.estimate.tables import model_registry, table_files
from bongsu.store.building.builds import build_draft
from bongsu.store.disk.snapshots import read_source
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme

RECIPE = next(recipe for recipe in read_programme("energy").recipes if recipe.flow == "INFERENCE_ENERGY")


@pytest.fixture(scope="module")
def rows(starter: Path) -> list[dict[str, object]]:
    node = Node(starter)
    return node.observations(node.releases.current("INFERENCE_ENERGY")).to_pylist()


def test_every_registry_model_at_two_boundaries(rows: list[dict[str, object]]) -> None:
    listed = {(row["provider"], row["name"]) for row in table_files.read_ecologits("models.json")["models"]}
    assert {(row["PROVIDER"], row["MODEL"]) for row in rows} == listed
    assert len(rows) == 2 * len(listed) > 600
    for row in rows:
        assert (row["KIND"], row["INTERVAL_TYPE"], row["UNIT_MEASURE"]) == ("modelled", "P80", "Wh/1000 token")
        assert 0 < row["LOWER_BOUND"] < row["OBS_VALUE"] < row["UPPER_BOUND"] < 1000  # type: ignore[operator]
        assert str(row["SOURCE"]).startswith("ML.ENERGY leaderboard v3; ecologits ")


@pytest.mark.parametrize(
    "name", ["gpt-4o", "claude-opus-4-8", "meta-llama/Meta-Llama-3.1-405B-FP8", "mistral-large-latest"]
)
def test_the_release_has_the_values_of_the_command(rows: list[dict[str, object]], name: str) -> None:
    model = next(
        model
        for model, _ in model_registry.parse_registry(table_files.read_ecologits("models.json"), "")
        if model.name == name
    )
    asked = inference(f"{model.provider}/{name}", input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS, country="WOR")
    for boundary in ("chip", "facility"):
        row = next(r for r in rows if (r["MODEL"], r["BOUNDARY"]) == (name, boundary))
        said = asked.boundaries[boundary].to("Wh")  # type: ignore[index]
        per_thousand = 1000 / OUTPUT_TOKENS
        assert row["OBS_VALUE"] == pytest.approx((said.value or 0) * per_thousand, rel=1e-6)
        assert row["LOWER_BOUND"] == pytest.approx((said.low or 0) * per_thousand, rel=1e-6)


def test_a_size_range_is_reported_and_widens_the_interval(rows: list[dict[str, object]]) -> None:
    found = {(row["MODEL"], row["BOUNDARY"]): row for row in rows}
    closed, small = found["gpt-4o", "chip"], found["mistralai/Mistral-7B-v0.3", "chip"]
    assert "44 to 132 active" in str(closed["COMMENT_OBS"])
    assert "not published" in str(closed["COMMENT_OBS"])
    assert str(small["COMMENT_OBS"]).startswith("size by the registry: 7.25 billion parameters, 7.25 active; https://")
    width = [float(row["UPPER_BOUND"]) / float(row["LOWER_BOUND"]) for row in (closed, small)]  # type: ignore[arg-type]
    assert width[0] > width[1]


def test_it_is_a_function_of_its_snapshot(node: Node) -> None:
    """A registry with one model of a doubled size, kept as a newer snapshot: that model's figures change, and no other's."""
    snapshot = node.snapshots.newest(MODELS.name)
    assert snapshot is not None
    data = json.loads(node.snapshots.read(snapshot))
    changed = next(row for row in data["models"] if row["name"] == "mistralai/Mistral-7B-v0.3")
    changed["architecture"]["parameters"] *= 2
    before = build_draft(node, read_programme("energy"), RECIPE).observations.to_pylist()
    node.snapshots.save(MODELS.name, json.dumps(data).encode(), MODELS.origin, "another")
    after = build_draft(node, read_programme("energy"), RECIPE).observations.to_pylist()
    differ = {new["MODEL"] for old, new in zip(before, after, strict=True) if old["OBS_VALUE"] != new["OBS_VALUE"]}
    assert differ == {"mistralai/Mistral-7B-v0.3"}


def test_coefficients_of_another_version_are_not_cited(node: Node) -> None:
    data, _ = read_source(COEFFICIENTS)
    node.snapshots.save(COEFFICIENTS.name, data + b"\n", COEFFICIENTS.origin, "2020-01-01")
    with pytest.raises(BadInput, match="another version"):
        build_draft(node, read_programme("energy"), RECIPE)


def test_the_vintage_of_the_fit_is_the_tables() -> None:
    days = {row["source"].split(" ")[1] for row in table_files.read_rows("coefficients.csv")}
    assert days == {COEFFICIENTS.vintage}
