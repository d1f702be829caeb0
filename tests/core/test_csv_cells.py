"""Cells that a spreadsheet would calculate are texts; numbers stay numbers."""

from __future__ import annotations

import pytest

from bongsu.core.csv_cells import quote_formula


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_a_text(cell: str) -> None:
    assert quote_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-12.5", "+3", "-1e-3", "KOR", "", "a=b", -4, None, 2.5])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert quote_formula(cell) == cell
