"""`bongsu correct` and `bongsu diff`: a value is corrected, built, compared, and the correction ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bongsu.core.errors import UnknownName
from bongsu.store.node import Node
from bongsu.web.correcting import read_file
from tests.cli.test_verbs import answer, ask

pytestmark = pytest.mark.django_db
FLOW = "DATACENTRE_ELECTRICITY"
LBNL = "PUBLISHER=LBNL; VINTAGE=2024; AREA=USA; SCENARIO=REFERENCE; YEAR=2018"
WHY = ("--reason", "Misread.", "--reason", "ko=잘못 읽었다.", "--source", "LBNL 2024, table 1")


def test_a_value_is_corrected_in_the_next_release(node_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--json", "--node", str(node_folder))
    made = answer(capsys, "correct", FLOW, "--where", LBNL, "--value", "77", *WHY, *at)
    assert (made["id"], made["values"][0]["was"], made["values"][0]["now"]) == ("1", 76.0, 77.0)
    assert made["author"] == "Test node"
    listed = answer(capsys, "build", "--list", "--flow", FLOW, *at)
    assert [one["name"] for one in listed[0]["changed_inputs"]] == ["correction/1"]
    [built] = answer(capsys, "build", "--flow", FLOW, *at)
    assert (built["release"], built["new"]) == (2, True)
    found = answer(capsys, "diff", FLOW, "1", "2", *at)
    assert (found["changed"], found["added"], found["removed"]) == (1, 0, 0)
    assert found["changes"][0]["relative"] == pytest.approx(1 / 76)
    assert set(found["changes"][0]["columns"]) == {"OBS_VALUE", "OBS_STATUS", "SOURCE", "COMMENT_OBS"}
    status, out, _ = ask(capsys, "diff", FLOW, "1", "2", "--node", str(node_folder))
    assert (status, "observations changed: 1" in out, "+1.32" in out) == (0, True, True)
    # what the source gives is what another correction replaces, not the corrected value
    status, _, err = ask(capsys, "correct", FLOW, "--where", LBNL, "--value", "78", *WHY, "--node", str(node_folder))
    assert (status, "has this value already" in err) == (65, True)
    answer(capsys, "correct", FLOW, "--end", "1", "--reason", "Right after all.", *at)
    again = answer(capsys, "correct", FLOW, "--where", LBNL, "--value", "78", *WHY, *at)
    assert (again["id"], again["values"][0]["was"]) == ("2", 76.0)
    states = {one["id"]: one["ended"] for one in answer(capsys, "correct", FLOW, "--list", *at)}
    assert states == {"energy-lbnl-2014": False, "1": True, "2": False}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["AREA=KOR; YEAR=2018"], "dimensions are missing: PUBLISHER, VINTAGE, SCENARIO"),
        ([LBNL.replace("2018", "1918")], "has no such observation"),
        ([LBNL.replace("YEAR=2018", "YEAR=2018,2023")], "give one code of YEAR"),
        ([LBNL.replace("AREA", "ARIA")], "REF_AREA"),
    ],
)
def test_what_is_not_one_value_is_refused(
    starter: Path, capsys: pytest.CaptureFixture[str], lines: list[str], sentence: str
) -> None:
    status, _, err = ask(capsys, "correct", FLOW, "--where", *lines, "--value", "7", *WHY, "--node", str(starter))
    assert status in (UnknownName.exit_status, 65, 66)
    assert sentence in err
    assert not (starter / "corrections").exists()


def test_a_file_is_refused_whole_with_its_line(
    node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "right.csv"
    header = "PUBLISHER,VINTAGE,REF_AREA,SCENARIO,TIME_PERIOD,OBS_VALUE,LOWER_BOUND,UPPER_BOUND"
    good = ["LBNL,2024,USA,REFERENCE,2018,77,70,80", "LBNL,2024,USA,REFERENCE,2023,177,,"]
    for bad, sentence in (
        ("LBNL,2024,USA,REFERENCE,2018,78,,", "corrected twice"),
        ("LBNL,2024,USA,REFERENCE,2014,x,,", "“x” is not a number"),
        ("LBNL,2024,USA,REFERENCE,2014,7,8,9", "contain the value"),
        ("LBNL,2024,USA,REFERENCE,2014,nan,,", "finite"),
        ("LBNL,2024,USA,REFERENCE,2014,60,,", "the same already"),
        ("LBNL,2024,USA,REFERENCE,2014", "as many cells"),
    ):
        path.write_text("\n".join([header, *good, bad]))
        status, _, err = ask(capsys, "correct", FLOW, "--from", str(path), *WHY, "--node", str(node_folder))
        assert (status, sentence in err, "right.csv, 4" in err) == (65, True, True), (bad, err)
    assert not (node_folder / "corrections" / FLOW).exists()
    path.write_text("\n".join([header, *good]))
    made = answer(capsys, "correct", FLOW, "--from", str(path), *WHY, "--json", "--node", str(node_folder))
    assert [(one["was"], one["now"], one["low"]) for one in made["values"]] == [
        (76.0, 77.0, 70.0),
        (176.0, 177.0, None),
    ]
    stored = json.loads((node_folder / "corrections" / FLOW / "1.json").read_text())
    assert stored["reason"] == {"en": "Misread.", "ko": "잘못 읽었다."}
    assert [line.event for line in Node(node_folder).journal.lines()][-1] == "corrected"


def test_a_file_without_a_value_column_is_refused() -> None:
    with pytest.raises(Exception, match="has no column OBS_VALUE"):
        read_file("REF_AREA,VALUE\nKOR,1\n", "x.csv")
