"""Reads a sheet of a spreadsheet (.xlsx) as rows of text, with python-calamine. Formats and formulas are left out."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name

SPREADSHEET_SUFFIX = ".xlsx"


def read_spreadsheet(data: bytes, sheet: str = "", where: str = "") -> list[list[str]]:
    """Returns all rows of the sheet named `sheet`, or of the first sheet, from row 1 on; rows have the same length.

    A number has as many digits as its value needs: 2024, 1.334246. A date is YYYY-MM-DD. An empty cell is "".
    Raises BadInput if the bytes are not a spreadsheet, UnknownName if it has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if sheet and sheet not in workbook.sheet_names:
            raise unknown_name(N_("sheet"), sheet, workbook.sheet_names, where=where)
        rows: Sequence[Sequence[Any]] = workbook.get_sheet_by_name(sheet or workbook.sheet_names[0]).to_python(
            skip_empty_area=False
        )
    except (CalamineError, PasswordError, XmlError, ZipError) as wrong:
        raise BadInput(N_("The file is not a valid spreadsheet: {reason}."), where=where, reason=wrong) from None
    return [[format_cell(cell) for cell in row] for row in rows]


def format_cell(cell: object) -> str:
    """Returns a value as a person writes it: 25 for 25.0, true for a boolean, the day for midnight, "" for nothing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
