"""O*NET: titles of occupations and their alternate titles, by SOC 2018 code, from the archive of spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.core.errors import N_, BadInput
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable, read_rows, unpack

_TITLES = {
    "Occupation Data": "Title",
    "Alternate Titles": "Alternate Title",
}  # column by sheet, which is named as its file
_CODE = "O*NET-SOC Code"


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns code and title, each pair once."""
    files = {name.rpartition("/")[2]: data for document in documents for name, data in unpack(source, document)}
    found: set[tuple[str, str]] = set()
    for sheet, column in _TITLES.items():
        name = f"{sheet}.xlsx"
        if name not in files:
            raise BadInput(N_("The archive has no file {file}."), where=source.name, file=name)
        for row in read_rows(source, files[name], sheet):
            if _CODE not in row or column not in row:
                raise BadInput(N_("The file has no column {columns}."), where=name, columns=f"{_CODE}, {column}")
            found.add((row[_CODE][:7], row[column].strip()))
    return SourceTable(("code", "title"), tuple(sorted(found)), {})
