"""Reads CSV written by a person: every line has as many cells as the heading, and quotation marks are closed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bongsu.core.errors import N_, BadInput


def read_csv_lines(text: str, where: str, delimiter: str = ",", fix: str = "") -> Iterator[tuple[int, list[str]]]:
    """Yields the heading and then every line that is not empty: its number in the file, and its cells without spaces around.
    In a file of one column an empty line is an empty cell.

    The number of a row that spans several lines is that of its last line. `fix` is shown with an error.

    Raises BadInput with the line.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    begin, width = 1, 0
    try:
        for row in reader:
            width = width or len(row)
            row = row or [""] * (width == 1)
            if row and len(row) != width:
                raise BadInput(
                    N_("The line has {count} cells; the heading has {wanted}."),
                    where=f"{where}, line {reader.line_num}",
                    fix=fix,
                    count=len(row),
                    wanted=width,
                )
            if row:
                yield reader.line_num, [cell.strip() for cell in row]
            begin = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            N_("The file is not valid CSV: {reason}."), where=f"{where}, line {begin}", fix=fix, reason=error
        ) from None
