"""The language of the terminal: from BONGSU_LANGUAGE, LC_ALL, LC_MESSAGES or LANG, else English. Each package has its own
gettext catalogues."""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path

from bongsu.core.error_text import ErrorText, describe_error
from bongsu.core.errors import BongsuError

LANGUAGES = ("en", "ko", "fr")


def get_language() -> str:
    """Returns the language of the terminal: "ko", "fr" or "en"."""
    for name in ("BONGSU_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return value[:2] if value[:2] in LANGUAGES else "en"
    return "en"


@lru_cache(maxsize=4)
def _catalogue(code: str) -> gettext.NullTranslations:
    whole = gettext.NullTranslations()
    if code != "en":
        for folder in sorted(Path(__file__).parents[1].glob("*/locale")):
            if gettext.find("django", str(folder), [code]):
                whole.add_fallback(gettext.translation("django", str(folder), [code]))
    return whole


def translate(message: str) -> str:
    """Returns `message` in the language of the terminal, unchanged if there is no translation."""
    return _catalogue(get_language()).gettext(message) if message else ""


def translate_error(error: BongsuError) -> ErrorText:
    """Returns the text of an error in the language of the terminal."""
    return describe_error(error, translate)
