"""What a file is, by its content: names and declared types are not asked."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.uploads import JPEG, MAX_UPLOAD, PDF, PNG, SVG, WEBP, check_upload, recognise_type


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (b"\x89PNG\r\n\x1a\n...", PNG),
        (b"\xff\xd8\xff\xe0", JPEG),
        (b"RIFF\x00\x00\x00\nWEBPVP8 ", WEBP),
        (b"%PDF-1.7", PDF),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', SVG),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg >', SVG),
        (b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg>', SVG),
        (b"<!doctype html><html><svg>", ""),
        (b"<html><body><svg></svg>", ""),
        (b"<!-- <svg> --><html>", ""),
        (b"<svgx>", ""),
        (b"GIF89a", ""),
        (b"MZ\x90", ""),
        (b" \x89PNG\r\n\x1a\n", ""),
        (b"", ""),
        (b"<!--" * 20_000, ""),
    ],
)
def test_types_by_content(data: bytes, type_: str) -> None:
    assert recognise_type(data) == type_


def test_what_is_not_allowed_is_refused() -> None:
    assert check_upload(b"%PDF-1.7", (PDF, PNG)) == PDF
    with pytest.raises(BadInput, match="not PNG, JPEG"):
        check_upload(b"<html>", (PNG, JPEG), where="logo.png")
    with pytest.raises(BadInput, match="empty"):
        check_upload(b"", (PNG,))


def test_the_limit_of_size() -> None:
    assert check_upload(b"%PDF-".ljust(MAX_UPLOAD), (PDF,)) == PDF
    with pytest.raises(BadInput, match=r"21\.0 MB; at most 20 MB"):
        check_upload(b"%PDF-".ljust(21_000_000), (PDF,))
