"""BLS, Occupational Employment and Wage Statistics, national: one archive a year; persons and mean wage by detailed occupation.

The year is in the name of the file in the archive (national_M2024_dl.xlsx). Early editions call the column of groups OCC_GROUP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bongsu.core.errors import N_, BadInput
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable, read_rows, unpack

_FILE = re.compile(r"(?:.*/)?national_M([0-9]{4})_dl\.(?:xlsx|csv)")
_COLUMNS = ("OCC_CODE", "TOT_EMP", "A_MEAN")
_MARKS = re.compile(r"[,*#]")  # thousands; not available; above the largest wage that is published


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns area, year, occupation (SOC), persons and annual mean wage in dollars, of all archives."""
    rows = tuple(row for data in documents for row in _read_archive(source, data))
    return SourceTable(("area", "year", "occupation", "persons", "wage"), rows, {})


def _read_archive(source: LivingSource, data: bytes) -> Iterator[tuple[str, ...]]:
    found = [(name, file) for name, file in unpack(source, data) if _FILE.fullmatch(name)]
    if len(found) != 1:
        raise BadInput(N_("The archive has {count} files of the year, not one."), where=source.name, count=len(found))
    name, file = found[0]
    match = _FILE.fullmatch(name)
    assert match
    for row in read_rows(source, file):
        if _find_group(source, row) == "detailed":
            occupation, persons, wage = (_MARKS.sub("", row[column]).strip() for column in _COLUMNS)
            yield "USA", match[1], occupation, persons, wage


def _find_group(source: LivingSource, row: Mapping[str, str]) -> str:
    group = row.get("O_GROUP", row.get("OCC_GROUP"))
    if group is None or any(column not in row for column in _COLUMNS):
        raise BadInput(
            N_("The file has no column {columns}."), where=source.name, columns="O_GROUP, " + ", ".join(_COLUMNS)
        )
    return group
