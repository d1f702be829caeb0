"""Tests of holdings: every type of file gives the same holding, it is encrypted if there is a key, and no row is shown."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from bongsu.cli import main
from bongsu.core.errors import BadInput, Busy, Misconfigured, UnknownName
from bongsu.store.disk.files import lock_file
from bongsu.store.microdata import holdings
from bongsu.store.microdata.holding_key import parse_key
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.microdata.survey_files import FILE_SUFFIXES
from bongsu.store.node import Node

MAPPINGS = Path(__file__).parents[1] / "desk" / "mappings"
FILES = {
    "spain-lfs": "microdata_eulfs_es_toy.csv",
    "peru-enaho": "microdata_peru_enaho_toy.csv",
    "uruguay-ech": "microdata_uruguay_ech_toy.csv",
    "argentina-eph": "microdata_argentina_eph_2016q3_toy.csv",
    "austria-ses": "microdata_austria_ses_synthetic.csv",
}
ROWS = {  # in the excerpt and in the whole file
    "spain-lfs": (1000, 2000),
    "peru-enaho": (1000, 22233),
    "uruguay-ech": (2000, 2000),
    "argentina-eph": (1000, 2000),
    "austria-ses": (850, 15691),
}
MAPPING = """
name = "small"
[concepts.OCCUPATION]
column = "JOB"
width = 4
[concepts.AGE]
column = "AGE"
kind = "integer"
high = 120
[design]
weight = "W"
"""
JOBS = ["0110", "2512", "5223"]
TABLE: dict[str, list[Any]] = {
    "JOB": [JOBS[i % 3] for i in range(30)],
    "AGE": [20 + i for i in range(30)],
    "W": [1.5 + i for i in range(30)],
    "SECRET": [f"person-{i}" for i in range(30)],
}


def held(node: Node, name: str) -> pa.Table:
    """Returns the stored rows. Only tests read them without the desk."""
    holdings = Holdings(node)
    return holdings.dataset(holdings.get(name)).to_table()


@pytest.mark.parametrize("name", FILES)
def test_a_new_survey_needs_a_mapping_and_no_code(empty: Node, data: Path, whole: bool, name: str) -> None:
    mapping = (MAPPINGS / f"{name}.toml").read_text(encoding="utf-8")
    holding, report = Holdings(empty).add(data / "work" / FILES[name], mapping)
    assert holding.rows == ROWS[name][whole]
    for column in report:
        assert column.matched + column.missing + column.unmatched == holding.rows
        assert column.unmatched < 0.02 * holding.rows, column.concept
        assert column.matched, column.concept
    occupations = held(empty, name)["OCCUPATION"].drop_null().unique().to_pylist()
    assert len({len(code) for code in occupations}) == 1  # leading zeros are restored
    assert "OCCUPATION" in holding.concepts


def test_the_report_counts_values_that_did_not_match(empty: Node, data: Path, whole: bool) -> None:
    mapping = (MAPPINGS / "argentina-eph.toml").read_text(encoding="utf-8")
    _, report = Holdings(empty).add(data / "work" / FILES["argentina-eph"], mapping)
    age = next(column for column in report if column.concept == "AGE")
    numbers = (1972, 28) if whole else (984, 16)
    assert (age.matched, age.unmatched, age.examples) == (*numbers, ("-1",))  # children under one year


def written(path: Path) -> Path:
    """Writes TABLE in the format of the file suffix. Statistical formats store codes as numbers."""
    import pandas as pd

    frame = pd.DataFrame({**TABLE, "JOB": [int(job) for job in TABLE["JOB"]]})
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([list(frame), *frame.astype(str).to_numpy().tolist()])
    elif path.suffix == ".parquet":
        parquet.write_table(pa.table(TABLE), path)
    elif path.suffix == ".dta":
        pyreadstat.write_dta(frame, str(path))
    elif path.suffix == ".xpt":
        pyreadstat.write_xport(frame, str(path))
    elif path.suffix == ".por":
        pyreadstat.write_por(frame, str(path))
    else:
        pyreadstat.write_sav(frame, str(path), compress=path.suffix == ".zsav")
    return path


@pytest.mark.parametrize(
    "suffix", [suffix for suffix in FILE_SUFFIXES if suffix != ".sas7bdat"]
)  # no free software writes .sas7bdat
def test_every_kind_of_file_gives_the_same_holding(empty: Node, tmp_path: Path, suffix: str) -> None:
    holding, report = Holdings(empty).add(written(tmp_path / f"file{suffix}"), MAPPING)
    table = held(empty, "small")
    assert holding.rows == 30
    assert table["OCCUPATION"].to_pylist() == TABLE["JOB"]
    assert table["AGE"].to_pylist() == TABLE["AGE"]
    assert table["WEIGHT"].to_pylist() == pytest.approx(TABLE["W"])
    assert set(table.column_names) == {"OCCUPATION", "AGE", "WEIGHT", "RECORD_KEY"}
    assert not [column for column in report if column.unmatched]


def test_a_holding_is_encrypted_at_rest_if_there_is_a_key(empty: Node, tmp_path: Path) -> None:
    locked = Holdings(empty, bytes(range(32)))
    holding, _ = locked.add(written(tmp_path / "file.csv"), MAPPING)
    path = locked.path(holding)
    assert holding.encrypted
    assert path.read_bytes()[:4] == b"PARE"  # Parquet with an encrypted footer
    assert b"0110" not in path.read_bytes()
    assert locked.dataset(holding).to_table().num_rows == 30
    for other in (Holdings(empty), Holdings(empty, bytes(32))):
        with pytest.raises(Misconfigured):
            other.dataset(holding)
    folder = path.parent
    assert not [f for f in folder.iterdir() if b"person-" in f.read_bytes()]
    assert folder.parent.stat().st_mode & 0o077 == 0


def test_a_key_is_64_digits_or_a_file_that_contains_them(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32 + "\n")
    assert parse_key("") is None
    assert parse_key("ab" * 32) == parse_key(str(tmp_path / "key")) == bytes.fromhex("ab" * 32)
    for wrong in ("ab", "zz" * 32, str(tmp_path / "none")):
        with pytest.raises(ValueError, match="64 hexadecimal digits") as error:
            parse_key(wrong)
        assert wrong not in str(error.value)


BAD = {
    "a missing weight": ({"W": ["1", ""]}, "", "1 records have a missing or negative number, the first in line 3"),
    "a negative weight": (
        {"W": ["-1", "2"]},
        "",
        "1 records have a missing or negative number, the first in line 2",
    ),
    "a weight that is none": ({"W": ["1", "nan"]}, "", "missing or negative"),
    "a stratum that is missing": (
        {"H": ["a", ""]},
        'column = "JOB"\n[design]\nstratum = "H"',
        "1 records have no value, the first in line 3",
    ),
    "a part of a contributor": (
        {"F": ["1.5", "2"]},
        'column = "JOB"\n[design]\nfrequency = "F"',
        "missing or negative number, the first in line 2",
    ),
    "no such column": ({}, 'column = "NOPE"', "There is no column “NOPE”"),
    "no such list": ({}, 'column = "JOB"\ncode_list = "CL_NOPE"', "There is no code list “CL_NOPE”"),
}


@pytest.mark.parametrize("case", BAD)
def test_invalid_input_stores_nothing(empty: Node, tmp_path: Path, case: str) -> None:
    columns, line, message = BAD[case]
    rows = {"JOB": ["4242", "4343"], "AGE": ["33", "44"], "W": ["1", "2"], **columns}
    path = tmp_path / "file.csv"
    path.write_text("\n".join([",".join(rows), *(",".join(each) for each in zip(*rows.values(), strict=True))]))
    mapping = MAPPING.replace('column = "JOB"', line, 1) if line else MAPPING
    if "[design]" in line:
        mapping = MAPPING.split("[design]")[0] + line[line.index("[design]") :]
    with pytest.raises((BadInput, UnknownName), match=message) as wrong:
        Holdings(empty).add(path, mapping)
    assert not [secret for secret in ("4242", "4343") if secret in str(wrong.value)]
    assert not Holdings(empty).all()
    assert not [p for p in (empty.root / "holdings").glob("*") if p.name != ".lock"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("name = 3", "“name” must be a text"),
        ('name = "small"', "The field “concepts” is missing"),
        (MAPPING + "[policy]\nminimum = 1\n", "“minimum” must be at least 3, not 1"),
        (MAPPING + "[policy]\nmaximum = 1\n", "There is no field “maximum”"),
        (MAPPING.replace("AGE]", "_AGE]"), "is not a valid concept name"),
        (MAPPING + 'repeated = "YEAR"\n', "There is no concept of this holding “YEAR”"),
        ("name = [", "The mapping cannot be read"),
        (f"name = 1{'0' * 5000}", "The mapping cannot be read"),
    ],
)
def test_an_invalid_mapping_is_refused(empty: Node, tmp_path: Path, mapping: str, message: str) -> None:
    from bongsu.desk.policy import Policy

    with pytest.raises(BadInput, match=message):
        Holdings(empty).add(written(tmp_path / "file.csv"), mapping, check=Policy.from_data)


def test_an_invalid_file_is_refused(empty: Node, tmp_path: Path) -> None:
    for name, content, message in (
        ("a.csv", "JOB,AGE,W\n", "has no records"),
        ("b.dta", "no Stata", "cannot be read as .dta"),
        ("c.txt", "", "The file type of “c.txt” is not supported"),
        ("d.csv", "JOB,AGE,W\n1,2\n", "cannot be read as .csv"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(BadInput, match=message):
            Holdings(empty).add(tmp_path / name, MAPPING)
    with pytest.raises(BadInput, match="There is no file"):
        Holdings(empty).add(tmp_path / "none.csv", MAPPING)


def test_the_hold_commands(empty: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, question, node = tmp_path / "m.toml", tmp_path / "q.toml", str(empty.root)
    mapping.write_text(MAPPING)
    question.write_text(
        'holding = "small"\nbreakdown = ["OCCUPATION"]\n[[statistics]]\nkind = "count"\n[[statistics]]\nkind = "total"\n'
    )

    def run(*words: str) -> tuple[int, Any]:
        status = main([*words, "--json", "--node", node])
        out, err = capsys.readouterr()
        assert "person-" not in out + err
        return status, json.loads(out or err.splitlines()[-1])

    status, added = run("hold", "add", str(written(tmp_path / "file.csv")), "--mapping", str(mapping))
    assert status == 0
    assert [c["concept"] for c in added["columns"]] == ["OCCUPATION", "AGE"]
    assert run("hold", "list") == (0, [{"name": "small", "rows": 30, "concepts": ["OCCUPATION", "AGE"]}])
    status, answer = run("desk", "ask", str(question))
    assert status == 0
    assert set(answer) == {"holding", "question", "dimensions", "cells", "models", "journal", "plan"}
    assert all(
        set(cell) == {"OCCUPATION", "statistic", "value", "standard_error", "status", "reason"}
        for cell in answer["cells"]
    )
    total = next(c for c in answer["cells"] if (c["OCCUPATION"], c["statistic"]) == ("_T", "total"))
    assert total["value"] == sum(TABLE["W"])
    assert total["standard_error"] > 0
    question.write_text('holding = "small"\n[[statistics]]\nkind = "count"\n[where]\nAGE = { from = 20, to = 22 }\n')
    status, refused = run("desk", "ask", str(question))
    assert (status, refused["error"]["code"]) == (77, "refused")
    question.write_text('holding = "small"\nbreakdown = ["COLOUR"]\n[[statistics]]\nkind = "count"\n')
    status, unknown = run("desk", "ask", str(question))
    assert (status, unknown["error"]["code"]) == (64, "unknown-name")
    assert "COLOUR" in unknown["error"]["message"]
    assert run("journal", "verify")[1]["verified"]
    assert run("hold", "drop", "small")[0] == 0
    assert run("hold", "list") == (0, [])
    assert run("hold", "drop", "small")[1]["error"]["code"] == "unknown-name"


def test_an_encrypted_holding_gives_the_same_answers(
    empty: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for name, key in (("plain", ""), ("locked", "ab" * 32)):
        monkeypatch.setenv("BONGSU_HOLDINGS_KEY", key)
        mapping, question = tmp_path / f"{name}.toml", tmp_path / f"{name}-q.toml"
        mapping.write_text(MAPPING.replace('"small"', f'"{name}"').replace('"W"', '"W"\n'))
        rows = {
            **TABLE,
            "AGE": [age + (name == "locked") for age in TABLE["AGE"]],
        }  # different people with the same jobs
        parquet.write_table(pa.table(rows), tmp_path / f"{name}.parquet")
        question.write_text(f'holding = "{name}"\nbreakdown = ["OCCUPATION"]\n[[statistics]]\nkind = "total"\n')
        node = ["--node", str(empty.root)]
        words = ["--mapping", str(mapping), "--despite", "other ages"]
        assert main(["hold", "add", str(tmp_path / f"{name}.parquet"), *words, *node]) == 0
        capsys.readouterr()
        assert main(["desk", "ask", str(question), "--json", *node]) == 0
        answers.append([(c["OCCUPATION"], c["value"]) for c in json.loads(capsys.readouterr().out)["cells"]])
    assert answers[0] == answers[1]
    monkeypatch.setenv("BONGSU_HOLDINGS_KEY", "cd" * 32)
    assert main(["desk", "ask", str(question), *node]) == 78
    assert "the key is wrong" in capsys.readouterr().err
    monkeypatch.setenv("BONGSU_HOLDINGS_KEY", "no key")
    assert main(["desk", "ask", str(question), *node]) == 78
    assert "no key" not in capsys.readouterr().err


def test_a_folder_left_by_a_kill_is_not_a_holding(empty: Node, tmp_path: Path) -> None:
    holdings = Holdings(empty)
    holding, _ = holdings.add(written(tmp_path / "file.csv"), MAPPING)
    folder = holdings.path(holding).parent
    folder.rename(folder.with_name(".new-half"))  # as after a kill before the folder was renamed
    assert not holdings.all()
    with pytest.raises(UnknownName):
        holdings.get(".new-half")
    again, _ = holdings.add(written(tmp_path / "file.csv"), MAPPING)
    assert [each.name for each in holdings.all()] == ["small"]
    assert not list(holdings.path(again).parents[1].glob(".new-*"))


def test_dropping_holds_the_lock(empty: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Holdings(empty).add(written(tmp_path / "file.csv"), MAPPING)
    seen: list[str] = []

    def expect_busy(path: Path, *_: object) -> None:
        with pytest.raises(Busy), lock_file(empty.root / "holdings" / ".lock", wait=False):
            pass
        seen.append(path.name)
        shutil.rmtree(path)

    monkeypatch.setattr(holdings, "shutil", SimpleNamespace(rmtree=expect_busy))
    Holdings(empty).drop("small")
    assert seen == ["small"]
    assert not Holdings(empty).all()
