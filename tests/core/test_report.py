"""A report of a run: what it keeps of an error."""

from __future__ import annotations

from bongsu.core.errors import N_, BadInput
from bongsu.core.report import Report


def test_an_unexpected_error_is_kept_with_its_type_in_300_letters() -> None:
    report = Report.of_error(ValueError("no  \n reason " * 100))
    assert report.values == {"reason": ("ValueError: " + "no reason " * 100)[:300]}


def test_an_error_of_bongsu_keeps_its_parts_and_is_read_again() -> None:
    error = BadInput(N_("“{name}” is not a valid name."), where="line 3", fix=N_("Write it."), name="x y")
    report = Report.of_error(error)
    assert (report.message, report.values, report.where, report.fix) == (
        error.message,
        {"name": "x y"},
        "line 3",
        "Write it.",
    )
    assert Report.from_json(report.to_json()) == report
