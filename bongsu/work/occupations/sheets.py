"""Reads CSV, XLSX and Parquet files of titles and codes, and writes CSV and Parquet.

Every cell is text, so that codes keep their leading zeros. The columns of the input keep their order and their content, without
white space around it; columns of codes are appended. Not here: the coding (coder.py).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow
import pyarrow.parquet

from bongsu.core.cell_text import match_code, pad_codes, parse_number
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.store.tables.table_files import TableOptions, read_table_file
from bongsu.work.occupations.coder import Coding

SHEET_SUFFIXES = (".csv", ".parquet")


class NumberSigns(NamedTuple):
    """The decimal sign and the thousands separator of the numbers of a file."""

    decimal: str = "."
    thousands: str = ""


POINT = NumberSigns()


@dataclass(frozen=True)
class TextSheet:
    """A table: the names of its columns, its rows as text ("" for an empty cell), and the number of each row's line."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    where: str = ""
    lines: tuple[int, ...] = ()

    def column(self, name: str) -> list[str]:
        """Returns the cells of one column. Raises UnknownName with the nearest names."""
        if name not in self.columns:
            raise unknown_name(N_("column"), name, self.columns, where=self.where)
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def place(self, row: int) -> str:
        """Returns the file and the line of a row (0, 1, ...), for an error."""
        return f"{self.where}, line {self.lines[row] if self.lines else row + 2}"

    def codes(self, name: str, known: Collection[str] = ()) -> list[str]:
        """Returns one column as codes: normalised, as `known` has them, and with the zeros that a program lost.

        Raises as `column`.
        """
        column = self.column(name)
        found = {text: match_code(text, known) for text in dict.fromkeys(column)}
        widths = {len(code) for code in known}
        padded = pad_codes(found.values(), max(widths), known) if widths else {}
        return [padded.get(found[text], found[text]) for text in column]

    def numbers(self, name: str, wrong: str, signs: NumberSigns = POINT) -> list[float]:
        """Returns one column as numbers from 0 on. Raises BadInput with the text `wrong` and the line of another cell."""
        values = []
        for row, text in enumerate(self.column(name)):
            value = parse_number(text, *signs)
            if value is None or value < 0:
                raise BadInput(
                    wrong,
                    where=self.place(row),
                    fix=N_("Decimal commas are read with --decimal, and 1,234 with --thousands."),
                )
            values.append(value)
        return values


def read_sheet(path: Path, separator: str = ",") -> TextSheet:
    """Reads a CSV (UTF-8, with a header), XLSX (its first sheet) or Parquet file, as store/tables/table_files.py does.

    Raises OSError, or BadInput with the line.
    """
    headings, lines = read_table_file(path.read_bytes(), path.name, str(path), TableOptions(delimiter=separator))
    if not headings:
        raise BadInput(N_("The file needs a header with distinct column names."), where=str(path))
    numbered = list(lines)
    return TextSheet(tuple(headings), [row for _, row in numbered], str(path), tuple(line for line, _ in numbered))


def sum_amounts(
    sheet: TextSheet, code: str, amount: str, known: Collection[str] = (), signs: NumberSigns = POINT
) -> dict[str, float]:
    """Sums amounts by code over rows; codes are normalised, as `known` has them.

    Raises UnknownName for a column, BadInput with the line for an invalid amount.
    """
    found: dict[str, float] = {}
    values = sheet.numbers(amount, N_("The amount must be 0 or a positive number."), signs)
    for its, value in zip(sheet.codes(code, known), values, strict=True):
        found[its] = found.get(its, 0.0) + value
    return found


def refuse_great_loss(lost: float, whole: float, most: float, unknown: Sequence[str], where: str) -> None:
    """Raises BadInput if codes that nothing knows have more than the share `most` of the amount."""
    if lost > most * whole:
        raise BadInput(
            N_("{percent:.0f} % of the amount belongs to codes that are not in the correspondence: {codes}."),
            where=where,
            fix=N_("Check --from and --column, or allow the loss with --most-lost."),
            percent=100 * lost / whole,
            codes=", ".join(unknown[:10]) + (", …" if len(unknown) > 10 else ""),
        )


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
