"""What a file that somebody sent is, by its content and never by its name, and whether it may be kept.

Left out: what is inside (an image is decoded by who uses it) and how it is served (people/uploads.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from bongsu.core.errors import N_, BadInput

MEGABYTE = 1_000_000
MAX_UPLOAD = 20 * MEGABYTE  # bytes
PNG, JPEG, WEBP, SVG, PDF = "image/png", "image/jpeg", "image/webp", "image/svg+xml", "application/pdf"
# The first bytes of a type. SVG has none: it is XML whose root element is <svg>.
_SIGNATURES = (
    (PNG, re.compile(rb"\x89PNG\r\n\x1a\n")),
    (JPEG, re.compile(rb"\xff\xd8\xff")),
    (WEBP, re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    (PDF, re.compile(rb"%PDF-")),
    (
        SVG,
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?"
            rb"(?:<!--(?:(?!-->).)*+-->\s*|<!DOCTYPE\s+svg[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)*+<(?:svg:)?svg[\s>]",
            re.DOTALL,
        ),
    ),
)
_NAMES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WebP", SVG: "SVG", PDF: "PDF"}


def recognise_type(data: bytes) -> str:
    """Returns the media type of a file by its content; "" if it is none of the types above."""
    return next((type_ for type_, signature in _SIGNATURES if signature.match(data)), "")


def check_size(size: int, most: int = MAX_UPLOAD, where: str = "") -> None:
    """Raises BadInput for a file of more than `most` bytes, or an empty one."""
    if size > most:
        raise BadInput(
            N_("The file has {size} MB; at most {most} MB are accepted."),
            where=where,
            fix=N_("Choose a smaller file."),
            size=f"{size / MEGABYTE:.1f}",
            most=f"{most / MEGABYTE:g}",
        )
    if not size:
        raise BadInput(N_("The file is empty."), where=where, fix=N_("Choose another file."))


def check_upload(data: bytes, allowed: Collection[str], *, most: int = MAX_UPLOAD, where: str = "") -> str:
    """Returns the media type of a file. Raises BadInput unless it is one of `allowed`, with at most `most` bytes."""
    check_size(len(data), most, where)
    found = recognise_type(data)
    if found not in allowed:
        raise BadInput(
            N_("The content of the file is not {types}."),
            where=where,
            fix=N_("The name of a file does not say what it is: save it anew in one of these formats."),
            types=", ".join(_NAMES[type_] for type_ in allowed),
        )
    return found
