"""The command `bongsu work`: lists of exposure scores, codes for files of titles, correspondences."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from bongsu.cli import main
from bongsu.work.occupations.coder_evaluation import ConfidenceCut, LanguageAccuracy


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["work", *words])
    out, err = capsys.readouterr()
    return status, out, err


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    status, out, err = ask(capsys, *words, "--json")
    assert status == 0, err
    return json.loads(out)


def test_exposure_command_lists_occupations(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    listed = answer(capsys, "exposure", "--index", "ilo-2025")
    assert len(listed) == 427
    assert set(listed[0]) >= {"occupation", "title", "mean", "sd", "class"}
    counts = Counter(one["class"] for one in listed)
    assert counts == {"NOT_EXPOSED": 231, "MINIMAL": 84, "G1": 17, "G2": 44, "G3": 38, "G4": 13}
    with (data / "work" / "ilo2025_occupation.csv").open(encoding="utf-8-sig") as file:
        published = {row["isco08"]: (float(row["mean_2025"]), float(row["sd_2025"])) for row in csv.DictReader(file)}
    assert {one["occupation"]: (one["mean"], one["sd"]) for one in listed} == published
    with (data / "work" / "ilo2025_occupation.csv").open(encoding="utf-8-sig") as file:
        named = {row["isco08"]: row["class_2025"].casefold() for row in csv.DictReader(file)}
    assert {one["occupation"]: one["class_name"].casefold() for one in listed} == named


@pytest.mark.parametrize(
    ("index", "units", "own"),
    [
        ("ilo-2023", 427, 427),
        ("eloundou", 428, 923),
        ("felten-aioe", 422, 774),
        ("microsoft", 428, 785),
        ("anthropic", 419, 756),
    ],
)
def test_lists_every_index_in_both_classifications(
    capsys: pytest.CaptureFixture[str], index: str, units: int, own: int
) -> None:
    converted = answer(capsys, "exposure", "--index", index)
    assert len(converted) == units
    assert all(len(one["occupation"]) == 4 and 0 < one["coverage"] <= 1 for one in converted)
    published = answer(capsys, "exposure", "--index", index, "--own")
    assert len(published) == own
    assert not [one["occupation"] for one in published if one["title"] == one["occupation"]]


def test_error_names_unknown_index(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = ask(capsys, "exposure", "--index", "ilo-2052")
    assert (status, "ilo-2025" in err) == (64, True)


TITLES = "id,job\n0110,Software developer\n0210,Infirmière en psychiatrie\n0310,간호사\n0510,qwertzuiop\n"


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.csv"
    path.write_text(TITLES, encoding="utf-8")
    return path


def test_codes_file_and_leaves_unknown_titles_empty(titles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ask(capsys, "code", str(titles), "--column", "job")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["id"] for row in rows] == ["0110", "0210", "0310", "0510"]  # what came stays as it came
    assert [row["isco08"] for row in rows] == ["2512", "2221", "2221", ""]
    assert rows[3]["isco08_confidence"] == rows[3]["isco08_1"] == ""
    assert float(rows[1]["isco08_1_confidence"]) >= float(rows[1]["isco08_2_confidence"])
    assert "4 titles: 3 coded, 1 left uncoded" in err


def test_codes_as_json_with_candidates(titles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coded = answer(capsys, "code", str(titles), "--column", "job", "--top", "2", "--least", "0.99")
    assert [one["code"] for one in coded] == [None] * 4  # nothing is as sure as that
    assert coded[0]["candidates"][0]["code"] == "2512"
    assert len(coded[1]["candidates"]) == 2
    assert all(0 <= candidate["confidence"] <= 1 for one in coded for candidate in one["candidates"])


def test_csv_and_parquet_keep_leading_zeros(titles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The code 0110 (officers) is unchanged in CSV, Parquet and the terminal."""
    titles.write_text("job\nArmy officer\nofficier des forces armées\n", encoding="utf-8")
    for name in ("out.csv", "out.parquet"):
        assert ask(capsys, "code", str(titles), "--column", "job", "--out", str(tmp_path / name))[0] == 0
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        written = [row["isco08_1"] for row in csv.DictReader(file)]
    assert written[0] == "0110"
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["isco08_1"].to_pylist() == written
    again = answer(capsys, "code", str(tmp_path / "out.parquet"), "--column", "isco08_1")
    assert again[0]["title"] == "0110"


@pytest.mark.parametrize(
    ("text", "words", "status", "said"),
    [
        ("job\nx\n", ("--column", "jobs"), 64, "Did you mean job?"),
        ("job,place\nx\n", ("--column", "job"), 65, "line 2"),
        ("job\nx\n", ("--column", "job", "--least", "1.5"), 65, "from 0 to 1"),
        ("job\nx\n", ("--column", "job", "--top", "0"), 65, "Between 1 and 10"),
        ("job,isco08\nx,1\n", ("--column", "job"), 65, "already"),
        ("", ("--column", "job"), 65, "header"),
        ("job\nx\n", ("--column", "job", "--out", "codes.xlsx"), 64, ".parquet"),
    ],
)
def test_refuses_invalid_file_by_line(
    titles: Path, capsys: pytest.CaptureFixture[str], text: str, words: tuple[str, ...], status: int, said: str
) -> None:
    titles.write_text(text, encoding="utf-8")
    found, out, err = ask(capsys, "code", str(titles), *words)
    assert (found, said in err, out) == (status, True, "")


def test_files_that_cannot_be_read_or_written_are_named(
    titles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere" / "codes.csv"
    status, _, err = ask(capsys, "code", str(titles), "--column", "job", "--out", str(nowhere))
    assert (status, f"There is no file “{nowhere}”" in err) == (66, True)
    broken = tmp_path / "titles.parquet"
    broken.write_bytes(b"PAR1 and nothing else")
    status, _, err = ask(capsys, "code", str(broken), "--column", "job")
    assert (status, "not valid Parquet" in err, str(broken) in err) == (65, True, True)


def test_accuracy_in_per_cent(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of `bongsu work accuracy`, of figures made here: working them out takes a minute."""
    made = LanguageAccuracy("ko", 40, {4: 0.25, 3: 0.5, 2: 0.625, 1: 0.75}, (ConfidenceCut(0.3, 0.125, 0.875),))
    monkeypatch.setattr("bongsu.work.occupations.coder_evaluation.evaluate_coder", lambda meaning: [made])
    status, out, err = ask(capsys, "accuracy")
    numbers = [line.split() for line in out.splitlines() if line.startswith("ko")]
    assert (status, numbers) == (0, [["ko", "40", "25", "50", "62.5", "75"], ["ko", "0.3", "12.5", "87.5"]])
    assert "1/1" in err
    (row,) = answer(capsys, "accuracy")
    assert row["accuracy"]["4"] == 0.25


def test_empty_line_is_an_empty_title(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "titles.csv"
    file.write_text("title\nnurse\n\ntaxi driver\n", encoding="utf-8")
    status, out, err = ask(capsys, "code", str(file), "--column", "title", "--top", "1")
    assert status == 0, err
    assert [row[1] != "" for row in csv.reader(io.StringIO(out))][1:] == [True, False, True]


def test_refuses_file_that_is_not_utf8_by_line(titles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    titles.write_bytes("job\nnurse\ninfirmière\n".encode("latin-1"))
    status, _, err = ask(capsys, "code", str(titles), "--column", "job")
    assert (status, "line 3" in err) == (65, True)


def test_prints_correspondence_with_weights_and_loss(capsys: pytest.CaptureFixture[str]) -> None:
    """BLS sends SOC 2010 11-1011 to 1112, 1113 and 1120: a third each, nothing lost."""
    found = answer(capsys, "correspondence", "SOC2010", "--code", "11-1011")
    assert {link["target"]: round(link["weight"], 9) for link in found["links"]} == dict.fromkeys(
        ("1112", "1113", "1120"), 0.333333333
    )
    assert found["loss"] == {"11-1011": 0}
    assert ask(capsys, "correspondence", "SOC2010", "--code", "99-9999")[0] == 65
    assert ask(capsys, "correspondence", "KSCO8")[0] == 64


def test_converts_amounts_and_prints_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """90 of 11-1011 go to 1112, 1113 and 1120 by thirds; 8 of 17-2041 to 2145; 2 of an unknown code are lost."""
    path = tmp_path / "amounts.csv"
    path.write_text("code,persons\n11-1011,60\n11-1011,30\n17-2041,8\n99-9999,2\n", encoding="utf-8")
    words = ("convert", str(path), "--from", "SOC-2010", "--column", "code", "--amount", "persons")
    told = answer(capsys, *words)
    amounts = {one["isco08"]: one["amount"] for one in told["amounts"]}
    assert amounts == pytest.approx({"1112": 30, "1113": 30, "1120": 30, "2145": 8})
    assert (told["lost"], told["unknown"]) == (2, ["99-9999"])
    assert ask(capsys, *words, "--out", str(tmp_path / "out.csv"))[0] == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[:2] == ["isco08,persons", "1112,30"]
    path.write_text("code,persons\n11-1011,-1\n", encoding="utf-8")
    status, _, err = ask(capsys, *words)
    assert (status, "line 2" in err) == (65, True)
