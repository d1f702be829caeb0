"""Cells of CSV files that people open in a spreadsheet: a text is never taken for a formula."""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def quote_formula(cell: object) -> object:
    """Returns a text that a spreadsheet would calculate with an apostrophe before it; numbers and other cells as they are."""
    if not isinstance(cell, str) or not cell.startswith(_STARTS) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
