"""The table that a reader makes of a publisher's file: columns and rows of text, with a key. And the reader of plain tables."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text_files import decode_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.tables.parquet_tables import read_parquet_columns, read_parquet_rows
from bongsu.store.tables.programmes import programme_packages
from bongsu.store.tables.spreadsheets import read_spreadsheet

LARGEST = 512 * 1024 * 1024  # bytes of an unpacked file
_LONE_RETURN = re.compile(
    r"\r(?!\n)"
)  # within a cell without quotation marks, as in Epoch's hardware; no end of a line
_DIGITS = 10  # significant digits of a number, as in the tables that are shipped


@dataclass(frozen=True)
class SourceTable:
    """Columns, and rows of cells in their order; `units` has the units that stood in the file, by heading."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    units: Mapping[str, frozenset[str]]

    def to_csv(self) -> bytes:
        """Returns the table as CSV with sorted rows, so that the same rows give the same bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(sorted(self.rows))
        return text.getvalue().encode()

    @classmethod
    def from_csv(cls, data: bytes) -> SourceTable:
        """Returns the table that `to_csv` wrote."""
        heading, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
        return cls(tuple(heading), tuple(map(tuple, rows)), {})


# A reader gets the source and the files that its addresses gave, in their order.
Reader = Callable[[LivingSource, Sequence[bytes]], SourceTable]


def find_reader(source: LivingSource) -> Reader:
    """Returns the reader of a source: `table`, or the function `make_table` of a module in `readers` of its programme."""
    if source.file.reader == "table":
        return read_table
    package = programme_packages().get(source.programme, "bongsu.store.sources")
    name = source.file.reader
    try:
        found: Reader = import_module(f"{package}.readers.{name}").make_table
    except ModuleNotFoundError:
        raise unknown_name(N_("reader"), name, ["table"], where=source.name) from None
    return found


def read_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Reads CSV (also SDMX-CSV), a spreadsheet or Parquet by the table `read` of the source. Several files are joined."""
    rows = (row for data in documents for row in read_rows(source, data))
    return map_rows(source, rows)


def read_rows(source: LivingSource, data: bytes, sheet: str = "") -> Iterator[Mapping[str, str]]:
    """Yields the rows of CSV, a spreadsheet or Parquet by their headings, as text. Raises BadInput with the line."""
    if data[:2] == b"PK":
        heading, *cells = read_spreadsheet(data, sheet, source.name)
        yield from (dict(zip(heading, row, strict=True)) for row in cells)
        return
    if data[:4] == b"PAR1":
        heading = read_parquet_columns(data, source.name)
        for values in read_parquet_rows(data, source.name):
            yield {name: "" if value is None else str(value) for name, value in zip(heading, values, strict=True)}
        return
    text = _LONE_RETURN.sub(" ", decode_text(data, source.name))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=source.file.read.delimiter)
    heading = [name.strip() for name in next(lines, [])]
    if len(set(heading)) != len(heading):
        raise BadInput(N_("A column appears more than once."), where=f"{source.name}, line 1")
    for row in lines:
        if row and len(row) != len(heading):
            raise BadInput(
                N_("The line has {count} cells; the heading has {wanted}."),
                where=f"{source.name}, line {lines.line_num}",
                count=len(row),
                wanted=len(heading),
            )
        if row:
            yield dict(zip(heading, row, strict=True))


def map_rows(source: LivingSource, rows: Iterator[Mapping[str, str]]) -> SourceTable:
    """Returns the rows with our columns, codes and units of number. Raises BadInput if a heading is missing."""
    read, check = source.file.read, source.file.check
    names = (*read.columns.values(), *read.constants)
    numbers = {*check.values, *read.factor}
    units: dict[str, set[str]] = {heading: set() for heading in check.units}
    found = []
    headings: list[str] = []
    for number, row in enumerate(rows, 2):
        if headings != list(row):  # those of every file
            require_headings(source, row)
            headings = list(row)
        if any(row[heading].strip() not in cells for heading, cells in read.keep.items()):
            continue
        cells = {column: row[heading].strip() for heading, column in read.columns.items()} | read.constants
        if any(not cells[column].startswith(start) for column, start in read.prefix.items()):
            continue
        for column, start in read.prefix.items():
            cells[column] = cells[column].removeprefix(start)
        for column, codes in read.codes.items():
            cells[column] = codes.get(cells[column], cells[column])
        if any(not cells[column] for column in read.drop_empty):
            continue
        for heading in units:
            units[heading].add(row[heading].strip())
        for column in numbers & cells.keys():
            text = "" if cells[column] in read.missing else cells[column]
            cells[column] = format_number(text, read.factor.get(column, 1.0), f"{source.name}, row {number}")
        found.append(tuple(cells[name] for name in names))
    if read.repeated == "first":
        places = [names.index(name) for name in check.keys]
        found = list({tuple(row[place] for place in places): row for row in reversed(found)}.values())
    return SourceTable(names, tuple(found), {name: frozenset(seen) for name, seen in units.items()})


def require_headings(source: LivingSource, row: Mapping[str, str]) -> None:
    """Raises BadInput if a row lacks a heading that the table of the source names."""
    read = source.file.read
    wanted = [*read.columns, *read.keep, *source.file.check.units]
    if gone := [heading for heading in wanted if heading not in row]:
        raise BadInput(
            N_("The file has no column {columns}."),
            where=source.name,
            fix=N_("The publisher may have changed the format: compare the file with the table of the source."),
            columns=", ".join(f"“{heading}”" for heading in gone),
        )


def format_number(text: str, factor: float, where: str) -> str:
    """Returns a number with ten significant digits, times `factor`; "" for an empty cell. Raises BadInput."""
    if not text:
        return ""
    try:
        value = float(text) * factor
    except ValueError:
        raise BadInput(N_("“{value}” is not a number."), where=where, value=text[:40]) from None
    return f"{value:.{_DIGITS}g}"


def unpack(source: LivingSource, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields the files of a ZIP archive with their names. Raises BadInput if it is none, or too large unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise BadInput(
                    N_("The archive has more than {limit} bytes unpacked."), where=source.name, limit=LARGEST
                )
            for one in archive.infolist():
                if not one.is_dir():
                    yield one.filename, archive.read(one)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as wrong:  # encrypted, or an unknown compression
        raise BadInput(N_("The file is not a valid ZIP archive: {reason}."), where=source.name, reason=wrong) from None
