"""A release from microdata contains the desk's answers and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.store.node import Node
from bongsu.work import holding_exposure
from bongsu.work.dataflows.holding_exposure import _sdmx_code

MAPPING = Path(__file__).parent / "mappings" / "uruguay-ech.toml"


def test_publishes_holding_as_release_of_answers(
    node_folder: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = str(node_folder)
    file = str(data / "work" / "microdata_uruguay_ech_toy.csv")
    assert main(["hold", "add", file, "--mapping", str(MAPPING), "--node", node]) == 0
    words = ["--area", "URY", "--period", "2019", "--where", "STATUS=1,2,3,4,5,6,7"]
    assert main(["desk", "publish", "uruguay-ech", "--by", "REGION", *words, "--node", node]) == 0
    assert main(["build", "--programme", "work", "--node", node]) == 0
    opened = Node(node_folder)
    release = opened.releases.current("HOLDING_EXPOSURE")
    rows = opened.observations(release).to_pylist()
    assert {row["HOLDING"] for row in rows} == {"uruguay-ech"}
    assert {row["INDICATOR"] for row in rows} >= {"EMPLOYMENT", "MEAN_EXPOSURE"}
    whole = next(r for r in rows if (r["REGION"], r["INDICATOR"]) == ("_T", "MEAN_EXPOSURE"))
    assert whole["LOWER_BOUND"] < whole["OBS_VALUE"] < whole["UPPER_BOUND"]
    assert all((row["OBS_VALUE"] is None) == (row["OBS_STATUS"] in "QM") for row in rows)
    (taken,) = opened.releases.manifest(release).inputs  # the answers, by their hash; no file of microdata
    kept = opened.snapshots.newest("holding-exposure-uruguay-ech")
    assert kept is not None
    assert kept.sha256 == taken.sha256
    assert set(json.loads(opened.snapshots.read(kept))) == {"format", "holding", "area", "period", "answers"}
    answered = [line.number for line in opened.journal.lines() if line.event == "answered"]
    assert [a["journal"] for a in json.loads(opened.snapshots.read(kept))["answers"]] == answered
    capsys.readouterr()
    assert main(["desk", "publish", "uruguay-ech", "--by", "COLOUR", *words, "--node", node]) == 64
    assert main(["desk", "publish", "uruguay-ech", "--area", "XXX", "--period", "2019", "--node", node]) == 64


def test_mean_exposure_of_holding_by_hand(node_folder: Path, tmp_path: Path) -> None:
    """Twenty clerks (4110, score 0.60) and sixty cleaners (9111, score 0.14): (20 x 0.60 + 60 x 0.14) / 80 = 0.255."""
    from bongsu.desk.asking import Desk
    from bongsu.store.microdata.holdings import Holdings

    node = Node(node_folder)
    rows = {
        r["OCCUPATION"]: r["OBS_VALUE"]
        for r in node.observations(node.releases.current("EXPOSURE_BY_GROUP")).to_pylist()
        if r["INDICATOR"] == "EXPOSURE_SCORE"
    }
    assert (rows["4110"], rows["9111"]) == (0.6, 0.14)
    path = tmp_path / "small.csv"
    path.write_text("JOB\n" + "4110\n" * 20 + "9111\n" * 60)
    holdings = Holdings(node)
    holdings.add(path, 'name = "small"\n[concepts.OCCUPATION]\ncolumn = "JOB"\nsystem = "ISCO-08"\n')
    first, second, third = (
        Desk(node, holdings).ask(question)
        for question in holding_exposure.exposure_questions(holdings.survey("small"), {}, {})
    )
    assert [cell.value for cell in first.cells] == [80, pytest.approx(0.255)]
    assert [cell.value for cell in second.cells] == [1]
    shares = {cell.statistic: cell.value for cell in third.cells}
    assert sum(value for value in shares.values() if value is not None) == pytest.approx(1)
    assert shares["mean NOT_EXPOSED"] == pytest.approx(0.75)


@pytest.mark.parametrize(("code", "sdmx"), [("<25", "Y_LT25"), ("25-44", "Y25T44"), (">=65", "Y_GE65"), ("_T", "_T")])
def test_age_bands_become_sdmx_codes(code: str, sdmx: str) -> None:
    assert _sdmx_code(code) == sdmx
