"""The text of a PDF is read in a process of its own."""

from __future__ import annotations

from bongsu.incubator.applications.pdf_text import read_pdf_text
from tests.incubator.cast import make_written_pdf


def test_text_is_read_and_what_is_no_pdf_has_none() -> None:
    assert read_pdf_text(make_written_pdf("Write to sora@a.kr")).strip() == "Write to sora@a.kr"
    assert read_pdf_text(b"%PDF-1.7 of nothing") == ""
