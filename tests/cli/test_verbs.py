"""The command as people and scripts use it: results on standard output, or one clear sentence and an exit status."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import VERBS, main


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    if words[0] in (
        "init",
        "serve",
        "build",
        "withdraw",
    ):  # these set Django up for their own node: a process of their own
        done = subprocess.run([sys.executable, "-m", "bongsu.cli", *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    status, out, err = ask(capsys, *words)
    assert status == 0, err
    return json.loads(out)


def test_show_prints_the_attributes_of_values(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--where", "REF_AREA=USA", "--where", "PUBLISHER=LBNL", "VINTAGE=2025", "SCENARIO=REFERENCE", "year=2030"]
    shown = answer(capsys, "show", "datacentre_electricity", *where, "--json", "--node", str(starter))
    assert shown["release"] == 1
    (row,) = shown["observations"]
    expected = {"value": 649, "low": 521, "high": 843, "unit": "TWh", "kind": "modelled", "boundary": "facility"}
    assert {key: row[key] for key in expected} == expected
    assert row["vintage"] == "2025"
    assert "LBNL" in row["source"]


def test_show_csv_is_the_release(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bongsu.store.node import Node

    status, out, _ = ask(capsys, "show", "GRID_INTENSITY", "--csv", "--node", str(starter))
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    node = Node(starter)
    release = node.releases.current("GRID_INTENSITY")
    sealed = node.observations(release).to_pylist()
    assert [(r["REF_AREA"], float(r["OBS_VALUE"])) for r in rows] == [(r["REF_AREA"], r["OBS_VALUE"]) for r in sealed]


def test_show_lists_shared_attributes_once(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--where", "REF_AREA=USA", "SCENARIO=REFERENCE", "--node", str(starter)]
    status, out, _ = ask(capsys, "show", "DATACENTRE_ELECTRICITY", *where)
    table, _, below = out.partition("\n\n")[2].partition("\n\n")
    assert status == 0
    assert {"Unit: TWh", "Boundary: Facility"} <= set(below.splitlines())
    assert "TWh" not in table
    assert {"Range as published", "Modelled", "Reported"} <= {
        cell for row in table.splitlines() for cell in row.split("  ")
    }


def test_one_damaged_release_leaves_the_others_listed(node_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    structure = node_folder / "releases" / "GRID_INTENSITY" / "0001" / "structure.json"
    structure.write_text(structure.read_text(encoding="utf-8").replace("TWh", "GWh").replace("kWh", "MWh"))
    status, out, err = ask(capsys, "show", "--json", "--node", str(node_folder))
    assert status == 74
    assert "structure.json" in err
    listed = {row["dataflow"] for row in json.loads(out)}
    assert "DATACENTRE_ELECTRICITY" in listed
    assert "GRID_INTENSITY" not in listed


def test_show_without_a_name_lists_the_dataflows(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = {row["dataflow"] for row in answer(capsys, "show", "--json", "--node", str(starter))}
    assert {"DATACENTRE_ELECTRICITY", "GRID_INTENSITY", "DATACENTRE_EMISSIONS"} <= listed
    status, out, _ = ask(capsys, "show", "GRID_INTENSITY", "--where", "AREA=KOR", "--node", str(starter))
    assert status == 0
    assert "South Korea" in out


def test_init_take_build_show_withdraw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(tmp_path / "node")
    assert answer(capsys, "init", root, "--json", "--name", "Institut", "--agency", "INST")["agency"] == "INST"
    assert all(row["new"] for row in answer(capsys, "take", "--programme", "energy", "--json", "--node", root))
    built = answer(capsys, "build", "--programme", "energy", "--json", "--node", root)
    assert all(row["new"] and all(check["holds"] for check in row["checks"]) for row in built)
    assert any("CAF" in note["detail"] for row in built for note in row["notes"])
    sums = list((Path(root) / "files").glob("*/*/SHA256SUMS"))
    assert len(sums) == len(built)  # bulk files were written at the build
    again = answer(capsys, "build", "--programme", "energy", "--json", "--node", root)
    assert not any(row["new"] for row in again)
    assert [row["content"] for row in again] == [row["content"] for row in built]
    answer(capsys, "withdraw", "GRID_INTENSITY", "1", "--reason", "test", "--json", "--node", root)
    assert ask(capsys, "show", "GRID_INTENSITY", "--node", root)[0] == 66
    status, _, err = ask(capsys, "show", "GRID_INTENSITY", "--release", "1", "--csv", "--node", root)
    assert (status, "was withdrawn" in err) == (0, True)
    assert answer(capsys, "journal", "verify", "--json", "--node", root)["verified"]
    # sealed anew, under the next number, only with a person's reason
    status, _, err = ask(capsys, "build", "--programme", "energy", "--node", root)
    assert (status, "withdrawn on" in err) == (70, True)
    reason = ("--flow", "GRID_INTENSITY", "--despite", "right after all")
    built = answer(capsys, "build", *reason, "--json", "--node", root)
    assert {row["dataflow"]: row["release"] for row in built}["GRID_INTENSITY"] == 2


@pytest.mark.django_db
def test_doctor_finds_problems(
    node_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, _ = ask(capsys, "doctor", "--json", "--node", str(node_folder))
    assert (status, json.loads(out)["wrong"]) == (0, [])
    damaged = node_folder / "releases" / "GRID_INTENSITY" / "0001" / "observations.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    shutil.rmtree(node_folder / "releases" / "DATACENTRE_EMISSIONS")
    monkeypatch.setenv("BONGSU_PROT", "80")
    status, out, _ = ask(capsys, "doctor", "--json", "--node", str(node_folder))
    wrong = "\n".join(json.loads(out)["wrong"])
    assert status == 1
    assert "observations.parquet" in wrong
    assert "DATACENTRE_EMISSIONS 1 was sealed, but its files are missing" in wrong
    assert "There is no setting “BONGSU_PROT”. Did you mean BONGSU_PORT" in wrong


@pytest.mark.django_db
def test_doctor_knows_every_variable_and_shows_no_secret(
    node_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("BONGSU_TOKEN", "hunter2"), ("BONGSU_ALLOW_HTTP", "1"), ("BONGSU_LANGUAGE", "ko")):
        monkeypatch.setenv(name, value)
    status, out, _ = ask(capsys, "doctor", "--node", str(node_folder))
    assert status == 0
    assert "BONGSU_LANGUAGE=ko  (명령줄의 언어" in out
    assert "BONGSU_ALLOW_HTTP=1" in out
    assert "BONGSU_TOKEN=…" in out
    assert "hunter2" not in out
    monkeypatch.setenv("BONGSU_TOKN", "x")
    status, out, _ = ask(capsys, "doctor", "--node", str(node_folder))
    assert status == 1
    assert "BONGSU_TOKEN" in out.split("“BONGSU_TOKN”", 1)[1]


BAD: list[tuple[list[str], int, str]] = [
    (["sho"], 64, "Did you mean show"),
    (["nonsense"], 64, "“bongsu -h” lists the verbs"),
    (["show", "NOTHING_LIKE_IT"], 64, "“bongsu show” lists the dataflows"),
    (["show", "GRID_INTENSITY", "--release", "x"], 64, "“bongsu show -h” lists its options"),
    (["withdraw"], 64, "“bongsu withdraw” needs DATAFLOW"),
    (["show", "GRID_INTENSTY"], 64, "Did you mean GRID_INTENSITY"),
    (["show", "GRID_INTENSITY", "--where", "REF_ARAE=KOR"], 64, "Did you mean REF_AREA"),
    (["show", "GRID_INTENSITY", "--where", "REF_AREA=KRO"], 64, "KOR"),
    (["show", "GRID_INTENSITY", "--where", "KOR"], 65, "DIMENSION=CODE"),
    (["show", "GRID_INTENSITY", "--release", "9"], 66, "newest is 1"),
    (["show", "GRID_INTENSITY", "--as-of", "2020-01-01"], 66, "No release of GRID_INTENSITY was current on 2020-01-01"),
    (["show", "GRID_INTENSITY", "--as-of", "soon"], 65, "“soon” is not a valid date"),
    (["show", "GRID_INTENSITY", "--csv", "--json"], 65, "not both"),
    (["build", "--programme", "energie"], 64, "Did you mean energy"),
    (["withdraw", "GRID_INTENSITY", "1", "--reason", " "], 65, "reason is empty"),
]


@pytest.mark.parametrize(
    ("words", "status", "sentence"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_gets_one_clear_sentence(
    starter: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, sentence: str
) -> None:
    got, out, err = ask(capsys, *words, "--node", str(starter))
    assert (got, out) == (status, "")
    assert sentence in err
    assert "Traceback" not in err
    got, out, err = ask(capsys, *words, "--json", "--node", str(starter))
    assert got == status
    if "--csv" not in words:
        assert set(json.loads(err)["error"]) == {"code", "message", "fix"}


def test_a_folder_that_is_not_a_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("take", "build", "show", "doctor", "serve", "journal"):
        status, _, err = ask(capsys, verb, "--node", str(tmp_path))
        assert status == 66, verb
        assert "is not a node" in err
    (tmp_path / "mine").write_text("x")
    status, _, err = ask(capsys, "init", str(tmp_path))
    assert status == 65
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("language", "sentence"), [("ko", "데이터플로 “NOTHING”이(가) 없습니다"), ("fr", "Introuvable (flux de données)")]
)
def test_errors_are_in_the_readers_language(
    starter: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
) -> None:
    monkeypatch.setenv("BONGSU_LANGUAGE", language)
    assert sentence in ask(capsys, "show", "NOTHING", "--node", str(starter))[2]


def test_a_wrong_setting_stops_the_start(
    starter: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONGSU_THREADS", "many")
    status, _, err = ask(capsys, "serve", "--node", str(starter))
    assert status == 78
    assert "BONGSU_THREADS" in err
    assert "many" not in err  # a value may be a secret


def test_without_a_verb_the_verbs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    shown = capsys.readouterr().out
    assert all(f"\n  {verb.name} " in shown for verb in VERBS)


def test_without_the_node_a_verb_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, _, err = ask(capsys, "show")
    assert status == 78
    assert 'pip install "bongsu[node]"' in err


@pytest.mark.parametrize(
    ("language", "said", "helped"),
    [
        ("ko", "“x”은(는) 정수가 아닙니다. (--release)", {"사용법: bongsu show", "옵션:", "이 도움말을 출력하고 끝냄"}),
        ("fr", "« x » n’est pas un nombre entier. (--release)", {"usage : bongsu show", "quitter"}),
    ],
)
def test_parser_errors_are_in_the_readers_language(
    language: str, said: str, helped: set[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONGSU_LANGUAGE", language)
    status, _, err = ask(capsys, "show", "--release", "x")
    assert status == 64
    assert said in err
    with pytest.raises(SystemExit):
        main(["show", "-h"])
    shown = capsys.readouterr().out
    assert all(word in shown for word in helped), shown
