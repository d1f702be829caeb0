"""Decodes and parses text files that a person wrote. Whatever is wrong with one becomes an error that names the file."""

from __future__ import annotations

import tomllib
from typing import Any

from bongsu.core.errors import N_, BadInput


def decode_text(data: bytes, where: str) -> str:
    """Returns the text of a file in UTF-8, without its byte order mark. Raises BadInput with `where`."""
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput(
            N_("The file is not valid UTF-8: {reason}."),
            where=where,
            fix=N_("Save the file in the encoding UTF-8."),
            reason=error,
        ) from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Returns the tables of a TOML text. Raises BadInput with `where`."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and a number of too many digits
        raise BadInput(N_("The file is not valid TOML: {reason}."), where=where, reason=error) from None
