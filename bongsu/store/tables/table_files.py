"""Reads a CSV, XLSX or Parquet file as lines of text: one behaviour for every file small enough to be read by rows.

Headings and cells are without white space around them and in NFC (core/cell_text.py); a quoted cell may have line breaks. A
heading that occurs twice, and a Parquet column of lists, structures or bytes, refuse the file. Microdata are read by columns
with the same rules: store/microdata/survey_files.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from bongsu.core.cell_text import normalise_text
from bongsu.core.errors import N_, BadInput
from bongsu.store.tables.csv_lines import read_csv_lines
from bongsu.store.tables.parquet_tables import read_parquet_columns, read_parquet_rows
from bongsu.store.tables.spreadsheets import SPREADSHEET_SUFFIX, format_cell, read_spreadsheet


class TableOptions(NamedTuple):
    """How a CSV file is written; the sheet of a spreadsheet, which is the first if not given."""

    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    csv_fix: str = ""  # shown with an error in a line of CSV
    encoding_fix: str = ""


Line = tuple[int, list[str]]


def read_table_file(data: bytes, name: str, where: str, options: TableOptions) -> tuple[list[str], Iterator[Line]]:
    """Returns the headings and yields every line: its number in the file (its row in Parquet), and a cell for each heading.

    Raises BadInput if the file cannot be read as a table, with the line if it has one.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix == ".parquet":
        headings = _check_headings(read_parquet_columns(data, where), where)
        rows = enumerate(read_parquet_rows(data, where), start=1)
        return headings, ((row, [normalise_text(format_cell(cell)) for cell in cells]) for row, cells in rows)
    if suffix == SPREADSHEET_SUFFIX:
        first, *others = read_spreadsheet(data, options.sheet, where) or [[]]
        named = [at for at, heading in enumerate(first) if heading.strip()]  # notes beside a table have no heading
        headings = _check_headings([first[at] for at in named], where)
        return headings, (
            (line, [normalise_text(row[at]) for at in named]) for line, row in enumerate(others, start=2) if any(row)
        )
    lines = read_csv_lines(_decode(data, where, options), where, options.delimiter, options.csv_fix)
    _, headings = next(lines, (1, []))
    headings = _check_headings(headings, where)
    return headings, ((line, [normalise_text(cell) for cell in row]) for line, row in lines)


def _decode(data: bytes, where: str, options: TableOptions) -> str:
    try:
        return data.decode(options.encoding)
    except (ValueError, LookupError, OverflowError) as error:  # what decoders of Python raise, beside UnicodeError
        line = ""
        if isinstance(error, UnicodeDecodeError) and options.encoding.lower().startswith("utf"):
            line = f", line {1 + data[: error.start].count(10)}"
        raise BadInput(
            N_("The file cannot be read as {encoding}: {reason}."),
            where=f"{where}{line}",
            fix=options.encoding_fix,
            encoding=options.encoding,
            reason=error,
        ) from None


def _check_headings(headings: Sequence[str], where: str) -> list[str]:
    named = [normalise_text(heading) for heading in headings]
    check_distinct(named, f"{where}, line 1")
    return named


def check_distinct(headings: Sequence[str], where: str) -> None:
    """Raises BadInput with the headings that occur more than once."""
    if repeated := sorted({name for name in headings if headings.count(name) > 1}):
        raise BadInput(N_("The column {columns} appears more than once."), where=where, columns=", ".join(repeated))
