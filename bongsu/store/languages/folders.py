"""Adds the languages that are folders of translations: those shipped in bongsu/definitions/languages, and the node's own.

A folder `languages/es` has `language.toml` and, in LC_MESSAGES, the compiled gettext catalogues `django` (texts of pages,
commands and errors) and `names` (names and sentences of the tables). What lacks is shown in English.
Only the standard library is used, since the meter has its language too.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from bongsu.core.errors import N_, Misconfigured, unknown_name
from bongsu.core.languages import Language, install_language

LANGUAGE_FILE = "language.toml"
LOCALES = Path(__file__).parents[2]
SHIPPED = LOCALES / "definitions" / "languages"
TEXTS, NAMES = "django", "names"  # gettext domains
_FIELDS = ("name", "locale", "colon")  # checked by hand: the light install has no msgspec
_CODE = re.compile(r"[a-z]{2,3}")
_parents: list[Path] = []


def install_languages(node_folder: Path) -> list[Misconfigured]:
    """Adds the shipped languages and those in the node's folder `languages`.

    A language with a wrong folder is left out, so that it stops neither the pages nor a command. Returns what is wrong, for
    `bongsu doctor`.
    """
    problems: list[Misconfigured] = []
    wrong: set[str] = set()
    for parent in (node_folder.absolute() / "languages", SHIPPED):
        for file in sorted(parent.glob(f"*/{LANGUAGE_FILE}")):
            if file.parent.name in wrong:
                continue
            try:
                language = read_language(file.parent)
                _check_catalogues(file.parent)
            except Misconfigured as error:
                wrong.add(file.parent.name)
                problems.append(error)
                continue
            if parent not in _parents:
                _parents.append(parent)
            install_language(language)
    return problems


def locale_folders() -> list[Path]:
    """The folders of gettext catalogues of texts, the nearest to the institution first: added languages, then each package."""
    return [*_parents, *sorted(LOCALES.glob("*/locale"))]


def read_language(folder: Path) -> Language:
    """Reads language.toml. Raises Misconfigured if it is wrong, or if the folder's name is not a language code."""
    import tomllib

    where = f"{folder.parent.name}/{folder.name}/{LANGUAGE_FILE}"
    if not _CODE.fullmatch(folder.name):
        raise Misconfigured(
            N_("“{code}” is not the code of a language."),
            where=where,
            fix=N_("Use ISO 639: es, pt, sw."),
            code=folder.name,
        )
    try:
        # "-sig": editors on Windows begin a file with a byte order mark
        table = {"colon": ": ", **tomllib.loads((folder / LANGUAGE_FILE).read_text(encoding="utf-8-sig"))}
    except ValueError as error:
        raise Misconfigured(N_("The file is not valid TOML: {reason}."), where=where, reason=error) from None
    for field in sorted({*_FIELDS, *table}):
        if field not in _FIELDS:
            unknown = unknown_name(N_("field"), field, _FIELDS)
            raise Misconfigured(unknown.message, where=where, fix=unknown.fix, **unknown.values)
        if not isinstance(table.get(field), str) or not table[field]:
            raise Misconfigured(N_("“{name}” must be a text."), where=f"{where}, {field}", name=field)
    if not is_locale(table["locale"]):
        raise Misconfigured(
            N_("“{locale}” is not a locale of Unicode CLDR."),
            where=f"{where}, locale",
            fix=N_("Write a language and a country, as in es-ES."),
            locale=table["locale"],
        )
    return Language(folder.name, table["name"], table["locale"], table["colon"], _NameFinder(folder.name).find)


def load_catalogue(content: bytes) -> None:
    """Loads a compiled catalogue (.mo) and tries its rule for plural forms. Raises ValueError with what is wrong."""
    try:
        catalogue = gettext.GNUTranslations(io.BytesIO(content))
        for number in range(1000):
            catalogue.ngettext("", "", number)
    except Exception as error:  # noqa: BLE001  gettext raises many kinds for a damaged file
        raise ValueError(str(error) or type(error).__name__) from None


def _check_catalogues(folder: Path) -> None:
    for domain in (TEXTS, NAMES):
        file = folder / "LC_MESSAGES" / f"{domain}.mo"
        try:
            if file.is_file():
                load_catalogue(file.read_bytes())
        except (OSError, ValueError) as error:
            raise Misconfigured(
                N_("The catalogue cannot be used: {reason}."),
                where=f"{folder.parent.name}/{folder.name}/LC_MESSAGES/{file.name}",
                fix=N_("Write it anew: bongsu language compile {code}"),
                reason=error,
                code=folder.name,
            ) from None


def is_locale(tag: str) -> bool:
    """Returns whether Unicode CLDR has the locale, written with "-" or "_". The light install, without babel, accepts any."""
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError:
        return True
    try:
        Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return False
    return True


class _NameFinder:
    """Finds names in the catalogues `names` of the folders, then in Unicode CLDR. The catalogues are loaded on first use."""

    def __init__(self, code: str) -> None:
        self._code = code

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        whole = gettext.NullTranslations()
        for parent in _parents:
            if gettext.find(NAMES, str(parent), [self._code]):
                whole.add_fallback(gettext.translation(NAMES, str(parent), [self._code]))
        whole.add_fallback(_CldrNames(self._code))
        return whole

    def find(self, english: str) -> str:
        """The translation of an English name, "" if there is none."""
        return self._catalogue.gettext(english) if english else ""


class _CldrNames(gettext.NullTranslations):
    """The names of countries and languages, and "" for all else."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    @cached_property
    def _names(self) -> Mapping[str, str]:
        try:
            from babel import Locale, UnknownLocaleError
        except ImportError:  # the light install
            return {}
        try:
            english, own = Locale("en"), Locale(self._code)
        except UnknownLocaleError:
            return {}
        pairs = ((english.languages, own.languages), (english.territories, own.territories))
        return {str(name): str(to[code]) for of, to in pairs for code, name in of.items() if code in to}

    def gettext(self, message: str) -> str:
        """The name in the language, "" if CLDR does not have it."""
        return self._names.get(message, "")
