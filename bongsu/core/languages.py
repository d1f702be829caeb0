"""The languages that texts are shown in: the three that the tables carry, and those that a folder of translations adds.

`LANGUAGES` is the one list of languages; every page, format and command follows it. Left out: reading the folders, which
store/languages/folders.py does at start. docs/languages.md is the manual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _no_name(_english: str) -> str:
    return ""


@dataclass(frozen=True)
class Language:
    """A language: its code (ISO 639), its own name, the locale of its dates and charts (BCP 47), and its typography.

    `colon` stands between a label and its value. `find_name` returns the translation of an English name or sentence of the
    tables, "" if there is none.
    """

    code: str
    name: str
    locale: str
    colon: str = ": "
    find_name: Callable[[str], str] = field(default=_no_name, compare=False, repr=False)


# The languages that every table and every release carries. English is the source of the others.
TABLE_LANGUAGES = ("en", "ko", "fr")
_installed = {
    "en": Language("en", "English", "en-GB"),
    "ko": Language("ko", "한국어", "ko-KR"),
    "fr": Language("fr", "Français", "fr-FR", colon="\N{NO-BREAK SPACE}: "),
}
# Every language by its code, those of the tables first. It grows when a language is installed.
LANGUAGES: Mapping[str, Language] = MappingProxyType(_installed)


def describe_language(code: str) -> Language:
    """The language with this code; English if it is not installed."""
    return LANGUAGES.get(code, LANGUAGES["en"])


def install_language(language: Language) -> None:
    """Adds a language to LANGUAGES, or replaces one that was added before. Those of the tables stay as they are."""
    if language.code not in TABLE_LANGUAGES:
        _installed[language.code] = language
