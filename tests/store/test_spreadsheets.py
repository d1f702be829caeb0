"""A spreadsheet is read as text: codes keep their zeros, numbers their digits, dates their form."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.store.tables.spreadsheets import read_spreadsheet
from bongsu.work.occupations.sheets import read_sheet as read_titles
from tools.write_excerpts import write_sheet

# In order: a number with all its digits, a whole number, a large one, true, an error, and a formula with its last value.
CELLS = (
    '<row r="3"><c r="A3"><v>1.334246</v></c><c r="B3"><v>2024</v></c><c r="C3"><v>0.1</v></c></row>'
    '<row r="4"><c r="A4"><v>1e15</v></c><c r="B4" t="b"><v>1</v></c><c r="C4"><f>1+1</f><v>2</v></c></row>'
)


@pytest.fixture
def workbook(tmp_path: Path) -> bytes:
    path = tmp_path / "a.xlsx"
    write_sheet(path, "Titles", [("CODE", "TITLE", "서울"), ("0110", "a <b>", "")])
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).decode().replace("</sheetData>", f"{CELLS}</sheetData>"))
    return made.getvalue()


def test_cells_are_texts_with_the_digits_of_their_value(workbook: bytes) -> None:
    rows = [["CODE", "TITLE", "서울"], ["0110", "a <b>", ""], ["1.334246", "2024", "0.1"]]
    assert read_spreadsheet(workbook) == [*rows, ["1000000000000000", "true", "2"]]
    assert read_spreadsheet(workbook, "Titles") == read_spreadsheet(workbook)


def test_what_is_no_spreadsheet_and_a_sheet_that_is_not_there_are_refused(workbook: bytes) -> None:
    with pytest.raises(BadInput, match="not a valid spreadsheet"):
        read_spreadsheet(b"CODE,TITLE\n", where="a.xlsx")
    with pytest.raises(BadInput, match="not a valid spreadsheet"):
        read_spreadsheet(workbook[:300], where="a.xlsx")
    with pytest.raises(UnknownName, match="Did you mean Titles"):
        read_spreadsheet(workbook, "Title")


def test_titles_are_read_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "titles.xlsx"
    write_sheet(path, "Titles", [("CODE", "TITLE"), ("0110", "officer"), ("2512", "developer")])
    sheet = read_titles(path)
    assert sheet.column("CODE") == ["0110", "2512"]
