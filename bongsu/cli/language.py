"""The language of the terminal: from BONGSU_LANGUAGE, LC_ALL, LC_MESSAGES or LANG, else English. Each package has its own
gettext catalogues, and a language that was added has a folder of its own."""

from __future__ import annotations

import gettext
import os
import re
from functools import lru_cache
from pathlib import Path

from bongsu.core.error_text import ErrorText, describe_error
from bongsu.core.errors import BongsuError
from bongsu.core.languages import LANGUAGES, TABLE_LANGUAGES

_PACKAGES = Path(__file__).parents[1]
_TEXTS = "django"  # the gettext domain


def get_language() -> str:
    """Returns the language of the terminal: the code of an installed language."""
    for name in ("BONGSU_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            code = re.split("[_.@-]", value)[0]
            return code if code in LANGUAGES else "en"
    return "en"


@lru_cache(maxsize=4)
def _catalogue(code: str) -> gettext.NullTranslations:
    whole = gettext.NullTranslations()
    if code != "en":
        for folder in _locale_folders(code):
            if gettext.find(_TEXTS, str(folder), [code]):
                whole.add_fallback(gettext.translation(_TEXTS, str(folder), [code]))
    return whole


def _locale_folders(code: str) -> list[Path]:
    if code in TABLE_LANGUAGES:
        return sorted(_PACKAGES.glob("*/locale"))
    from bongsu.store.languages.folders import locale_folders

    return locale_folders()


def load_languages(node_folder: Path) -> None:
    """Adds the languages that are folders. Their reader is imported only if there are any: the meter starts with every job.

    A wrong folder is left out; `bongsu doctor` names it.
    """
    if any(parent.is_dir() for parent in (node_folder / "languages", _PACKAGES / "definitions" / "languages")):
        from bongsu.store.languages.folders import install_languages

        install_languages(node_folder)


def translate(message: str) -> str:
    """Returns `message` in the language of the terminal, unchanged if there is no translation."""
    return _catalogue(get_language()).gettext(message) if message else ""


def translate_error(error: BongsuError) -> ErrorText:
    """Returns the text of an error in the language of the terminal."""
    return describe_error(error, translate)
