"""The tutorial docs/own-dataflows.md, followed step by step with its real file, up to the page and the SDMX response."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from bongsu.cli import main
from bongsu.core.provenance import Origin
from bongsu.store.node import Node

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "own-dataflows.md").read_text(encoding="utf-8")
ID = "GRID_CARBON_YEARS"
ORIGIN = Origin("Office", "Firms", "", "CC-BY-4.0")


def run(capsys: pytest.CaptureFixture[str], node: Node, command: str) -> tuple[int, str]:
    words = command.replace("docs/", f"{ROOT}/docs/").split()
    assert words.pop(0) == "bongsu"
    status = main([*words, "--node", str(node.root)])
    found = capsys.readouterr()
    return status, found.out + found.err


@pytest.fixture
def site(empty: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: empty)
    return Client()


def test_the_tutorial(empty: Node, site: Client, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", MANUAL, re.S | re.M)
    new, check, *rest = (line for kind, text in blocks if kind == "bash" for line in text.splitlines())
    (flow,) = (text for kind, text in blocks if kind == "toml")
    listing = next(text for kind, text in blocks if not kind and text.startswith("column"))
    assert run(capsys, empty, new)[0] == 0
    file = empty.root / "flows" / ID / "flow.toml"
    assert '"Code" = "REF_AREA"' in file.read_text(encoding="utf-8")
    unmapped = re.sub(r'"OWID_.*\n', "", flow)
    assert unmapped != flow
    file.write_text(unmapped, encoding="utf-8")
    status, answered = run(capsys, empty, check)
    assert (status, answered.strip()) == (65, listing.strip())
    file.write_text(flow, encoding="utf-8")
    assert run(capsys, empty, check)[0] == 0
    for command in rest:
        assert run(capsys, empty, command)[0] == 0, command
    status, shown = run(capsys, empty, f"bongsu show {ID} --where REF_AREA=KOR TIME_PERIOD=2024 --json")
    (row,) = json.loads(shown)["observations"]
    assert (row["value"], row["unit"], row["kind"]) == (414.2726, "g CO2e/kWh", "reported")

    page = site.get(f"/en/flows/{ID}/")
    assert page.status_code == 200
    assert "Carbon intensity of electricity by year" in page.content.decode()
    assert "Own dataflows" in site.get("/en/").content.decode()
    assert "자체 데이터플로" in site.get("/ko/flows/").content.decode()
    csv = site.get(
        f"/sdmx/data/dataflow/*/{ID}/*?format=csv", headers={"accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
    )
    assert b"KOR,2024,414.2726" in b"".join(csv.streaming_content if csv.streaming else [csv.content])
    structure = site.get(
        f"/sdmx/structure/dataflow/*/{ID}/+", headers={"accept": "application/vnd.sdmx.structure+json;version=2.0.0"}
    )
    assert ID in structure.content.decode()


def test_a_dataflow_of_a_programme_is_refused(empty: Node, capsys: pytest.CaptureFixture[str]) -> None:
    status, answered = run(capsys, empty, "bongsu flow new GRID_INTENSITY")
    assert status == 65
    assert "energy" in answered


def test_build_before_take_says_what_to_do(empty: Node, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, empty, "bongsu flow new AI_FIRMS")
    status, answered = run(capsys, empty, "bongsu flow build AI_FIRMS")
    assert status == 66
    assert "bongsu flow take AI_FIRMS" in answered


def test_take_and_build_include_own_dataflows(empty: Node, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, empty, "bongsu flow new AI_FIRMS")
    for verb in ("take", "build"):
        status, answered = run(capsys, empty, f"bongsu {verb} --programme own")
        assert status == 0
        assert "AI_FIRMS" in answered


def test_a_file_that_cannot_be_opened_is_named(empty: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, answered = run(capsys, empty, f"bongsu flow new AI_FIRMS --data {tmp_path}/none.csv")
    assert (status, "There is no file" in answered, "none.csv" in answered) == (66, True, True)
    status, answered = run(capsys, empty, f"bongsu flow new AI_FIRMS --data {tmp_path}")
    assert (status, "cannot be opened" in answered) == (65, True)
    assert not (empty.root / "flows").exists()


def test_a_wrong_dataflow_keeps_no_other_from_being_taken_and_built(
    empty: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    for id_ in ("AI_FIRMS", "ZOO"):
        run(capsys, empty, f"bongsu flow new {id_}")
    file = empty.root / "flows" / "AI_FIRMS" / "flow.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("1.0.0", "x"), encoding="utf-8")
    status, answered = run(capsys, empty, "bongsu take --programme own")
    assert (status, "flow-ZOO-data" in answered, "AI_FIRMS/flow.toml, version" in answered) == (65, True, True)
    empty.snapshots.save("flow-AI_FIRMS-definition", b'{"file": "flow.toml", "text": ""}\n', ORIGIN, "2025")
    status, answered = run(capsys, empty, "bongsu build --programme own")
    assert (status, "ZOO" in answered, "bongsu flow take AI_FIRMS" in answered) == (65, True, True)
    assert "The definition of AI_FIRMS that was taken is not valid" in run(capsys, empty, "bongsu doctor")[1]
    assert run(capsys, empty, "bongsu build --flow ZOO")[0] == 0
    for command in ("bongsu build --flow AI_FIRMS", "bongsu flow build AI_FIRMS"):
        status, answered = run(capsys, empty, command)
        assert (status, "bongsu flow take AI_FIRMS" in answered) == (65, True)


def test_build_says_that_the_folder_has_changed(empty: Node, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, empty, "bongsu flow new AI_FIRMS")
    run(capsys, empty, "bongsu flow take AI_FIRMS")
    assert "has changed" not in run(capsys, empty, "bongsu flow build AI_FIRMS")[1]
    for name, text in (("data.csv", ""), ("flow.toml", "x")):
        (empty.root / "flows" / "AI_FIRMS" / name).write_text(text, encoding="utf-8")
        status, answered = run(capsys, empty, "bongsu flow build AI_FIRMS")
        assert (status, "flows/AI_FIRMS has changed since it was taken" in answered) == (0, True)


def test_the_id_of_a_shipped_dataflow_is_not_built(empty: Node, capsys: pytest.CaptureFixture[str]) -> None:
    status, answered = run(capsys, empty, "bongsu flow build GRID_INTENSITY")
    assert (status, "The programme “energy” makes GRID_INTENSITY" in answered) == (65, True)
