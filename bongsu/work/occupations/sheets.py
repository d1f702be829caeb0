"""Reads CSV, XLSX and Parquet files of titles and codes, and writes CSV and Parquet.

Every cell is text, so that codes keep their leading zeros. The columns of the input keep their content and order; columns of
codes are appended. Not here: the coding (coder.py).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.store.tables.spreadsheets import SPREADSHEET_SUFFIX, read_spreadsheet
from bongsu.work.occupations.coder import Coding

SHEET_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class TextSheet:
    """A table: the names of its columns, and its rows as text ("" for an empty cell)."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    where: str = ""

    def column(self, name: str) -> list[str]:
        """Returns the cells of one column. Raises UnknownName with the nearest names."""
        if name not in self.columns:
            raise unknown_name(N_("column"), name, self.columns, where=self.where)
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


def read_sheet(path: Path, separator: str = ",") -> TextSheet:
    """Reads a CSV (UTF-8, with a header), XLSX (its first sheet) or Parquet file. Raises OSError, or BadInput with the line."""
    try:
        if path.suffix == ".parquet":
            return _read_parquet(path)
        if path.suffix == SPREADSHEET_SUFFIX:
            first, *others = read_spreadsheet(path.read_bytes(), where=str(path)) or [[]]
            return _build_sheet(first, others, str(path))
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise BadInput(N_("The file is not written in UTF-8."), where=f"{path}, line {line}") from None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        header = next(lines, [])
        for row in lines:
            row = row or [""] * (len(header) == 1)  # in a file with one column an empty line is an empty cell
            if len(row) != len(header):
                raise BadInput(
                    N_("The row has {count} cells, the header has {wanted}."),
                    where=f"{path}, line {lines.line_num}",
                    count=len(row),
                    wanted=len(header),
                )
            rows.append(row)
    except csv.Error as wrong:
        where = f"{path}, line {lines.line_num}"
        raise BadInput(N_("The file is not valid CSV: {reason}."), where=where, reason=wrong) from None
    return _build_sheet(header, rows, str(path))


def _read_parquet(path: Path) -> TextSheet:
    try:
        table = pyarrow.parquet.read_table(io.BytesIO(path.read_bytes()))
    except pyarrow.ArrowException as wrong:
        raise BadInput(
            N_("The file is not valid Parquet: {reason}."), where=str(path), reason=str(wrong)[:200]
        ) from None
    cells = [
        ["" if cell is None else str(cell) for cell in table.column(name).to_pylist()] for name in table.schema.names
    ]
    return _build_sheet(table.schema.names, [list(row) for row in zip(*cells, strict=True)], str(path))


def _build_sheet(header: Sequence[str], rows: list[list[str]], where: str) -> TextSheet:
    if not header or len(set(header)) != len(header):
        raise BadInput(N_("The file needs a header with distinct column names."), where=where)
    return TextSheet(tuple(header), rows, where)


def sum_amounts(sheet: TextSheet, code: str, amount: str) -> dict[str, float]:
    """Sums amounts by code over rows. Raises UnknownName for a column, BadInput with the line for an invalid amount."""
    found: dict[str, float] = {}
    for line, (its, text) in enumerate(zip(sheet.column(code), sheet.column(amount), strict=True), 2):
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not (math.isfinite(value) and value >= 0):
            raise BadInput(N_("The amount must be 0 or a positive number."), where=f"{sheet.where}, line {line}")
        found[its] = found.get(its, 0.0) + value
    return found


def add_codes(sheet: TextSheet, codings: Sequence[Coding], top: int) -> tuple[list[str], Iterable[list[str]]]:
    """Returns the header and rows of the sheet with appended columns: code ("" if uncoded), confidence, `top` candidates.

    Raises BadInput if the sheet already has such a column: nothing is overwritten.
    """
    added = ["isco08", "isco08_confidence"]
    for place in range(1, top + 1):
        added += [f"isco08_{place}", f"isco08_{place}_confidence"]
    if twice := sorted(set(added) & set(sheet.columns)):
        raise BadInput(N_("The file already has a column “{name}”."), where=sheet.where, name=twice[0])

    def rows() -> Iterable[list[str]]:
        for row, coding in zip(sheet.rows, codings, strict=True):
            cells = [coding.code, f"{coding.confidence:.4f}" if coding.code else ""]
            for place in range(top):
                known = place < len(coding.candidates)
                cells += [coding.candidates[place][0], f"{coding.candidates[place][1]:.4f}"] if known else ["", ""]
            yield row + cells

    return [*sheet.columns, *added], rows()


def write_sheet(header: Sequence[str], rows: Iterable[Sequence[str]], path: Path) -> None:
    """Writes a CSV or Parquet file; every column is text. Raises UnknownName for another suffix, OSError."""
    if path.suffix not in SHEET_SUFFIXES:
        raise unknown_name(N_("form of file"), path.suffix, SHEET_SUFFIXES, where=str(path))
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text, lineterminator="\n").writerows([header, *rows])
        return
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(header)
    table = pyarrow.table([pyarrow.array(column, pyarrow.string()) for column in columns], list(header))
    with path.open("wb") as binary:
        pyarrow.parquet.write_table(table, binary)
