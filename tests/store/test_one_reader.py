"""One set of rules for every file that enters: hold add, work convert, work impact, work code and own dataflows agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet

from bongsu.cli import main
from bongsu.core.cell_text import match_code, normalise_code, number_pattern, pad_codes, parse_number
from bongsu.core.errors import BadInput
from bongsu.core.mapping import Survey
from bongsu.core.periods import read_period
from bongsu.store.microdata.survey_files import count_duplicates, read_survey
from bongsu.store.tables.table_files import TableOptions, read_table_file


def test_periods_have_one_spelling() -> None:
    month = ("2022M07", "2022-M07", "202207", "2022/07", "2022.07", " 2022-07 ", "2022m07")
    assert {read_period(text) for text in month} == {"2022-07"}
    day = (
        "20220701",
        "2022-07-01",
        "2022/07/01",
        "2022-07-01 00:00:00",
        "2022-07-01T00:00:00.000000Z",
        "2022-07-01 00:00",
    )
    assert {read_period(text) for text in day} == {"2022-07-01"}
    assert [read_period(text) for text in ("2022Q3", "2022 q3", "2022.0", "2022W07")] == ["2022-Q3"] * 2 + [
        "2022",
        "2022-W07",
    ]
    assert read_period("2022-07-01 00:00:00", moments=True) == "2022-07-01T00:00:00"
    for wrong in ("2021-13", "202113", "20210230", "2022-7", "", "July 2022", "20220"):
        with pytest.raises(BadInput):
            read_period(wrong)


def test_codes_keep_what_a_list_has_and_lose_what_programs_add() -> None:
    assert match_code("1.0", {"1.0", "2.0"}) == "1.0"  # a version number
    assert match_code("2131.0 ", {"2131"}) == "2131"
    assert normalise_code(normalize("NFD", "서울")) == "서울"
    assert normalise_code("\ufeff11-1011\u00a0") == "11-1011"
    # Only the codes that a program shortened are padded: 213 is a minor group, and 0213 is no code.
    isco = {"0110", "011", "213", "2131", "21", "2"}
    assert pad_codes(["110", "213", "21", "2131"], 4, isco) == {"110": "0110", "213": "213", "21": "21", "2131": "2131"}


def test_numbers_by_the_signs_of_the_file() -> None:
    """1.234 is one thousand two hundred and thirty-four only where the file says so."""
    assert parse_number("1.234", ",", ".") == 1234
    assert parse_number("1.234") == 1.234
    assert [parse_number(text, ",", ".") for text in ("1.234.567,8", "-0,5", "1 234,5", "1.5", "12.34")] == [
        1234567.8, -0.5, 1234.5, None, None,
    ]  # fmt: skip
    assert [parse_number(text) for text in ("1,5", "1 2", "", "nan", "1e999", "0x1")] == [None] * 6
    with pytest.raises(BadInput, match="both"):
        number_pattern(",", ",")


@given(st.floats(-1e12, 1e12), st.sampled_from([(".", ""), (".", ","), (",", "."), (",", "'")]))
def test_a_written_number_is_read_back(value: float, signs: tuple[str, str]) -> None:
    decimal, thousands = signs
    text = f"{value:{',' if thousands else ''}.3f}".translate({ord(","): thousands, ord("."): decimal})
    assert parse_number(text, *signs) == float(f"{value:.3f}")


HEAD = 'name = "small"\n'
CODE = '[concepts.OCCUPATION]\ncolumn = "JOB"\n'
PAY = '[concepts.PAY]\ncolumn = "PAY"\nkind = "measure"\n'


def read(
    tmp_path: Path, columns: dict[str, list[Any]], mapping: str, suffix: str = ".csv"
) -> tuple[dict[str, Any], Any]:
    path = tmp_path / f"a{suffix}"
    table = pa.table(columns)
    csv.write_csv(table, path) if suffix == ".csv" else parquet.write_table(table, path)
    found, report = read_survey(path, Survey.parse(HEAD + mapping))
    return found.to_pydict(), {column.concept: column for column in report}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_missing_texts_are_normalised_as_values_are(tmp_path: Path, suffix: str) -> None:
    """A whole column of no answers, 0.0, became the occupation “0”."""
    mapping = CODE + 'missing = ["0.0"]\n' + PAY + 'missing = ["-1.0"]\n'
    found, report = read(tmp_path, {"JOB": [0.0] * 9 + [2131.0], "PAY": ["-1"] * 9 + ["7"]}, mapping, suffix)
    assert found["OCCUPATION"] == [None] * 9 + ["2131"]
    assert found["PAY"] == [None] * 9 + [7.0]
    assert (report["OCCUPATION"].missing, report["PAY"].missing) == (9, 9)


def test_a_column_that_mostly_fails_to_parse_stops_the_import(tmp_path: Path) -> None:
    """109 of 120 incomes were stored as blanks, 120 of 120 sexes did not match, and the command said success."""
    pay = [f"1.{i:03},50" for i in range(109)] + ["900"] * 11
    for mapping, columns in (
        (PAY, {"PAY": pay}),
        ('[concepts.SEX]\ncolumn = "SEX"\ncodes = { 1 = "M" }\n', {"SEX": ["male"] * 120}),
    ):
        with pytest.raises(BadInput, match="do not match the mapping") as refused:
            read(tmp_path, columns, mapping)
        assert refused.value.values["all"] == 120
    found, _ = read(tmp_path, {"PAY": pay}, '[file]\ndecimal = ","\nthousands = "."\n' + PAY)
    assert found["PAY"][:2] == [1000.5, 1001.5]
    assert found["PAY"][-1] == 900
    _, report = read(tmp_path, {"PAY": pay}, "[file]\nmost_unmatched = 1.0\n" + PAY)
    assert (report["PAY"].unmatched, report["PAY"].matched) == (109, 11)
    # Exactly half is not more than half.
    _, report = read(tmp_path, {"PAY": ["x", "1"]}, PAY)
    assert report["PAY"].unmatched == 1
    # A point is not taken for a decimal sign in a file with commas.
    _, report = read(tmp_path, {"PAY": ["1.5", "1,5", "2,5"]}, '[file]\ndecimal = ","\n' + PAY)
    assert (report["PAY"].unmatched, report["PAY"].matched) == (1, 2)


def test_codes_of_isco88_are_noticed(tmp_path: Path) -> None:
    """2131 is in both lists. 2139, 4115 and 8290 are in ISCO-88 only; 2512 and 4120 in ISCO-08 only."""
    listed = CODE + 'system = "ISCO-08"\n'
    with pytest.raises(BadInput, match="ISCO-88"):
        read(tmp_path, {"JOB": ["2131", "2139", "4115", "8290"]}, listed)
    _, report = read(tmp_path, {"JOB": ["2131", "2139", "2512", "4120"]}, listed)
    assert report["OCCUPATION"].isco88 == 1
    found, report = read(tmp_path, {"JOB": ["2131", "2139", "4115"]}, CODE + 'system = "ISCO-88"\n')
    assert report["OCCUPATION"].isco88 == 0
    assert found["OCCUPATION"][1] == "2139"


def test_three_digit_codes_are_not_padded_into_others(tmp_path: Path) -> None:
    found, report = read(tmp_path, {"JOB": ["110", "213", "2512"]}, CODE + 'system = "ISCO-08"\nwidth = 4\n')
    assert found["OCCUPATION"] == ["0110", "213", "2512"]
    assert report["OCCUPATION"].short == 1


def test_accents_periods_and_booleans_of_microdata(tmp_path: Path) -> None:
    mapping = (
        '[concepts.REGION]\ncolumn = "Région"\ncodes = { "Île-de-France" = "FR10", "서울" = "11" }\n'
        '[concepts.TIME_PERIOD]\ncolumn = "T"\n[concepts.UNION]\ncolumn = "U"\n'
    )
    columns = {
        normalize("NFD", " Région"): [normalize("NFD", "Île-de-France "), normalize("NFD", "서울")] * 2,
        "T": ["2022M07", "202207", "2022-07", "2021-13"],
        "U": ["True", "TRUE", "false", "False"],
    }
    found, report = read(tmp_path, columns, mapping)
    assert found["REGION"] == ["FR10", "11"] * 2
    assert found["TIME_PERIOD"] == ["2022-07"] * 3 + [None]
    assert report["TIME_PERIOD"].unmatched == 1
    assert found["UNION"] == ["true", "true", "false", "false"]


def test_line_breaks_double_headings_and_nested_columns_of_microdata(tmp_path: Path) -> None:
    path, survey = tmp_path / "a.csv", Survey.parse(HEAD + CODE)
    path.write_text('JOB,NOTE\n2131,"two\nlines"\n2131,"two\nlines"\n2512,x\n')
    assert read_survey(path, survey)[0]["OCCUPATION"].to_pylist() == ["2131", "2131", "2512"]
    path.write_text("JOB,AGE,JOB \n1,2,3\n")
    with pytest.raises(BadInput, match="more than once"):
        read_survey(path, survey)
    path.write_text("JOB,ID\n2131,1\n2131,2\n2131,1\n2131,1\n")
    assert count_duplicates(path, survey) == 2
    nested = tmp_path / "a.parquet"
    for kind in ([["2131"]], [b"2131"], [{"a": 1}]):
        parquet.write_table(pa.table({"JOB": kind, "OTHER": ["x"]}), nested)
        with pytest.raises(BadInput, match="neither text nor numbers"):
            read_survey(nested, survey)
        with pytest.raises(BadInput, match="neither text nor numbers"):
            read_table_file(nested.read_bytes(), "a.parquet", "a.parquet", TableOptions())
    parquet.write_table(pa.table({"JOB": ["1", "1", "2"], "OTHER": ["x", "x", "x"]}), nested)
    assert count_duplicates(nested, survey) == 1


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["work", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_convert_understands_six_kinds_of_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All six were lost with exit status 0. ISCO-88 1110, 2131, 4115, 0110 each go to their targets whole."""
    path = tmp_path / "a.csv"
    path.write_text("code,persons\n2131.0,1\n2131 ,2\n 2131,4\n2131\u00a0,8\n110,16\n\ufeff2131,32\n")
    words = ("convert", str(path), "--from", "ISCO88", "--column", "code", "--amount", "persons", "--json")
    status, out, err = ask(capsys, *words)
    assert status == 0, err
    found = json.loads(out)
    assert (found["lost"], found["unknown"]) == (0, [])
    assert round(sum(row["amount"] for row in found["amounts"]), 9) == 63
    path.write_text("code,persons\n2131,49\nabcd,51\n")
    status, out, err = ask(capsys, *words)
    assert (status, out, "51 % of the amount" in err) == (65, "", True)
    assert ask(capsys, *words, "--most-lost", "0.51")[0] == 0
    path.write_text("code;persons\n2131;1.234,5\n")
    words = (*words, "--separator", ";", "--decimal", ",", "--thousands", ".")
    assert round(sum(row["amount"] for row in json.loads(ask(capsys, *words)[1])["amounts"]), 9) == 1234.5


def test_impact_counts_an_occupation_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One occupation with and without a space counted as two, and made p 7e-46 out of 8e-29."""
    path = tmp_path / "a.csv"
    head = "occupation,period,persons\n"
    words = ("impact", str(path), "--date", "2022M07", "--index", "ilo-2025")
    path.write_text(head + "2131,2022M06,5\n2131 ,202206,6\n")
    status, _, err = ask(capsys, *words)
    assert (status, "occurs twice" in err, "line 3" in err) == (65, True, True)
    path.write_text(head + "2131,2021-13,5\n")
    assert "all in the same format" in ask(capsys, *words)[2]
    path.write_text(head + "".join(f"{code},2022-{month},5\n" for code in ("2139", "4115") for month in ("06", "07")))
    assert "ISCO-88" in ask(capsys, *words)[2]
    path.write_text(head + "".join(f"x{code},2022-{month},5\n" for code in range(60) for month in ("06", "07")))
    assert ask(capsys, *words)[0] != 0
