"""`bongsu commons` as a person uses it: add, check, build, search, assess, decide; one clear sentence where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main

ENTRY = """
id: mudang-speech
kind: dataset
name: {en: Mudang speech corpus, ko: 무당 음성 말뭉치}
evidence:
  page: {address: "https://example.org/mudang", shows: its licence, accessed: 2026-11-20}
claims:
  licence: {value: CC-BY-4.0, evidence: [page]}
  languages: {value: [ko], evidence: [page]}
"""


def ask(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any, str]:
    status = main(["commons", *map(str, words), "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.strip() else None, err


def test_add_check_build_search(node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--node", node_folder)
    mine = tmp_path / "mine"
    mine.mkdir()
    file, broken = mine / "mudang.yaml", mine / "broken.yaml"
    file.write_text(ENTRY)
    broken.write_text(ENTRY.replace("[page]", "[card]").replace("mudang", "other"))
    status, checked, _ = ask(capsys, "check", file, broken, *here)
    assert (status, checked["read"]) == (65, 1)
    assert "claims.licence" in checked["broken"][0]["where"] or "claims.licence" in checked["broken"][0]["why"]
    status, added, _ = ask(capsys, "add", mine, *here)
    assert (status, added["new"], len(added["broken"])) == (65, ["mudang-speech"], 1)
    assert main(["build", "--programme", "commons", "--node", str(node_folder)]) == 0
    capsys.readouterr()
    status, found, _ = ask(capsys, "search", "무당 음성", *here)
    assert (status, [entry["id"] for entry in found["entries"]]) == (0, ["mudang-speech"])
    assert found["entries"][0]["openness"] == "open"
    _, narrow, _ = ask(capsys, "search", "speech", "--where", "kind=dataset", "--where", "language=ko,fr", *here)
    assert "mudang-speech" in [entry["id"] for entry in narrow["entries"]]
    assert narrow["facets"]["kind"] == {"dataset": narrow["total"]}
    _, whole, _ = ask(capsys, "check", *here)
    assert whole["entries"] > 200


def test_assess_by_every_framework(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commons = data / "commons"
    _, found, _ = ask(capsys, "assess", commons / "osai/projects/bloomz.yaml", "--framework", "osai")
    assert (found["score"], found["out_of"]) == (12.0, 14.0)
    case = next((commons / "mof/cases").glob("Class3R*"))
    _, found, _ = ask(capsys, "assess", case, "--framework", "mof", "--mode", "mot-parity")
    assert (found["result"], found["progress"]) == ("class-3", {"3": 100.0, "2": 60.0, "1": 0.0})
    record = commons / "dpg/nominees/gdl-radio.json"
    verdicts = [
        ask(capsys, "assess", record, "--framework", "dpg", "--as-of", day)[1] for day in ("2025-06-25", "2025-06-26")
    ]
    assert [found["cells"][1]["state"] for found in verdicts] == ["yes", "no"]
    assert [found["version"] for found in verdicts] == ["1.1.6", "1.1.7"]
    _, found, _ = ask(capsys, "assess", case, "--framework", "osaid")
    assert found["result"] == "not-open-source-ai"


@pytest.mark.django_db
def test_errors_are_one_sentence(node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--node", node_folder)
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text("a: &a [x]\n" + "\n".join(f"b{n}: [*a, *a, *a]" for n in range(60)))
    for words, status, said in (
        (("assess", tmp_path / "none.yaml", "--framework", "mof"), 66, "There is no file"),
        (("assess", bomb, "--framework", "mof"), 65, "more than 100 aliases"),
        (("add", "http://127.0.0.1:9/", *here), 77, "private or loopback"),
        (("add", "ftp://example.org/", *here), 65, "only http and https"),
        (("add", tmp_path / "x.yaml", "--from", "Not A Name", *here), 65, "is not a valid source name"),
        (("search", "x", "--where", "colour=red", *here), 64, "no facet"),
        (("search", "x", "--where", "kind", *here), 65, "not a valid condition"),
        (("decide", "bloom", "nothing", "--same", *here), 64, "no entry"),
    ):
        found, _, err = ask(capsys, *words)
        assert (found, said in err) == (status, True), (words, found, err)
        assert "Traceback" not in err
    assert not list((node_folder / "snapshots").rglob("*commons-added*"))


def test_the_node_without_a_catalogue_says_how_to_get_one(empty: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = ask(capsys, "search", "x", "--node", empty.root)
    assert (status, "bongsu build" in err) == (66, True)


def test_duplicates_and_a_decision(node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--node", node_folder)
    (tmp_path / "twin.yaml").write_text(
        ENTRY.replace("mudang-speech", "zeroth-twin").replace("Mudang speech corpus", "Zeroth Korean")
    )
    assert ask(capsys, "add", tmp_path / "twin.yaml", *here)[0] == 0
    _, pairs, _ = ask(capsys, "duplicates", *here)
    assert {"one": "zeroth-korean", "other": "zeroth-twin", "likeness": 1.0} in pairs
    assert ask(capsys, "decide", "zeroth-korean", "zeroth-twin", "--same", *here)[0] == 0
    assert main(["build", "--programme", "commons", "--node", str(node_folder)]) == 0
    capsys.readouterr()
    _, found, _ = ask(capsys, "search", "zeroth", *here)
    assert [entry["id"] for entry in found["entries"]] == ["zeroth-korean"]


def test_broken_records_are_reported_in_korean(
    node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONGSU_LANGUAGE", "ko")
    file = tmp_path / "entry.json"
    file.write_text('{"id": "x"}', encoding="utf-8")
    assert main(["commons", "add", str(file), "--node", str(node_folder)]) != 0
    out = capsys.readouterr().out
    assert "오류 1" in out
    assert "No format" not in out
    assert "bongsu build" not in out  # nothing came in, so there is nothing to seal
