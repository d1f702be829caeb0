"""The gettext catalogues of an added language: made with every text and name to translate, checked, and compiled.

The texts are those of the Korean catalogues, which a test keeps complete. The names and sentences are read from the tables, the
TOML files and the code that ship with Bongsu, and from the node's own dataflows; each is known by its English.
"""

from __future__ import annotations

import ast
import codecs
import csv
import io
import re
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from bongsu import __version__
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.store.disk.files import write_file
from bongsu.store.languages.folders import (
    LANGUAGE_FILE,
    LOCALES,
    NAMES,
    SHIPPED,
    TEXTS,
    is_locale,
    load_catalogue,
    read_language,
)

_PERCENT = re.compile(r"%(?:\(\w+\)[-#0 +]*[0-9]*(?:\.[0-9]+)?[a-zA-Z]|%)?", re.ASCII)


@dataclass(frozen=True)
class CatalogueReport:
    """How far a catalogue is translated: its domain, how many messages there are, which of them have no translation, and
    which lose a placeholder."""

    domain: str
    total: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]


def make_language(node_folder: Path, code: str, packages: Sequence[Path] = ()) -> Path:
    """Makes the folder languages/`code` with every text and name to translate, or adds what is new to one that is there.

    `packages` are the folders of programmes from other packages, whose names are listed too. Returns the folder.

    Raises BadInput and Misconfigured.
    """
    locale = _find_locale(code)
    folder = node_folder / "languages" / code
    if not (folder / LANGUAGE_FILE).is_file():
        write_file(folder / LANGUAGE_FILE, describe_new_language(locale).encode())
    read_language(folder)
    for domain in (TEXTS, NAMES):
        catalogue = _read_catalogue(folder, domain)
        catalogue.update(
            _make_template(node_folder, packages, code, domain), no_fuzzy_matching=True, update_header_comment=False
        )
        written = io.BytesIO()
        write_po(written, catalogue, width=120, include_lineno=False)
        write_file(_catalogue_file(folder, domain), written.getvalue())
    return folder


def describe_new_language(locale: Locale) -> str:
    """Returns the text of language.toml for a language of Unicode CLDR: its own name, and its locale with the territory that
    CLDR gives as the likely one."""
    code = locale.language
    name = locale.get_display_name(code) or locale.get_language_name("en") or code
    *_, territory = str(get_global("likely_subtags").get(code, code)).split("_")  # "sw_Latn_TZ" for sw
    tag = f"{code}-{territory}"
    if not (territory.isupper() and is_locale(tag)):  # such as 001, the world, for a constructed language
        tag = code
    return (
        f'name = "{name[:1].upper()}{name[1:]}"\n'
        f'locale = "{tag}"  # of dates and charts\n'
        'colon = ": "  # between a label and its value\n'
    )


def check_language(node_folder: Path, code: str, packages: Sequence[Path] = ()) -> tuple[CatalogueReport, ...]:
    """Compares the catalogues of languages/`code` with what there is to translate. Raises BadInput, Missing, Misconfigured."""
    folder = _find_folder(node_folder, code)
    reports = []
    for domain in (TEXTS, NAMES):
        catalogue, template = _read_catalogue(folder, domain), _make_template(node_folder, packages, code, domain)
        found = [(message, catalogue.get(message.id, message.context)) for message in template if message.id]
        missing = [one for one, own in found if own is None or own.fuzzy or not all(_forms(own.string))]
        wrong = [message for message in catalogue if message.id and not keeps_places(message, domain)]
        reports.append(CatalogueReport(domain, len(found), _ids(missing), _ids(wrong)))
    return tuple(reports)


def compile_language(node_folder: Path, code: str, packages: Sequence[Path] = ()) -> tuple[CatalogueReport, ...]:
    """Checks the catalogues of languages/`code` and writes the files that the node reads (.mo).

    Raises BadInput for a translation that loses a placeholder, and for a catalogue that cannot be loaded.
    """
    folder = _find_folder(node_folder, code)
    reports = check_language(node_folder, code, packages)
    for report in reports:
        if report.wrong:
            raise BadInput(
                N_("A translation must keep the placeholders of its English: “{text}”."),
                where=_place(folder, report.domain),
                fix=N_("Write each placeholder as in the English, and no other brace."),
                text=report.wrong[0],
            )
    compiled = {}
    for report in reports:
        written = io.BytesIO()
        write_mo(written, _read_catalogue(folder, report.domain))
        compiled[_catalogue_file(folder, report.domain).with_suffix(".mo")] = written.getvalue()
        try:
            load_catalogue(written.getvalue())
        except ValueError as error:
            raise BadInput(
                N_("The catalogue cannot be used: {reason}."),
                where=_place(folder, report.domain),
                fix=N_("Correct the header of the file: Plural-Forms and Content-Type with charset=utf-8."),
                reason=error,
            ) from None
    for file, content in compiled.items():
        write_file(file, content)
    return reports


def list_names(folder: Path) -> Iterator[tuple[str, str]]:
    """Lists (English name or sentence, file) of the CSV, TOML and Python files below a folder."""
    readers: dict[str, Callable[[str], Iterator[str]]] = {
        ".csv": _csv_names,
        ".toml": _toml_names,
        ".py": _python_names,
    }
    for path in sorted(folder.rglob("*.*")):
        if path.suffix in readers and SHIPPED not in path.parents and path.is_file():
            text, place = path.read_text(encoding="utf-8", errors="replace"), str(path.relative_to(folder.parent))
            try:
                yield from ((name, place) for name in readers[path.suffix](text))
            except csv.Error as error:
                raise BadInput(N_("The file is not valid CSV: {reason}."), where=place, reason=error) from None


def _csv_names(text: str) -> Iterator[str]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = reader.fieldnames or ()
    except csv.Error:
        return  # a data file, which has no names
    prefixes = [one.removesuffix("en") for one in columns if one == "en" or one.endswith("_en")]
    prefixes = [one for one in prefixes if all(one + language in columns for language in TABLE_LANGUAGES)]
    for row in reader if prefixes else ():
        yield from (name for prefix in prefixes if (name := row[f"{prefix}en"]))


def _toml_names(text: str) -> Iterator[str]:
    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            if isinstance(value.get("en"), str) and all(language in value for language in TABLE_LANGUAGES):
                yield value["en"]
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    try:
        yield from walk(tomllib.loads(text))
    except (ValueError, RecursionError):
        return  # a template with places to fill in, or a file that “bongsu doctor” reports


def _python_names(text: str) -> Iterator[str]:
    try:
        module = ast.parse(text if "Text(" in text else "")
    except (ValueError, SyntaxError, RecursionError):
        return  # a module that cannot be imported, which “bongsu doctor” reports
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Text":
            for keyword in call.keywords:
                if (
                    keyword.arg == "en"
                    and isinstance(keyword.value, ast.Constant)
                    and isinstance(keyword.value.value, str)
                ):
                    yield keyword.value.value


def _make_template(node_folder: Path, packages: Sequence[Path], code: str, domain: str) -> Catalog:
    template = _empty_catalogue(code)
    if domain == NAMES:
        for folder in (LOCALES, node_folder / "flows", *packages):
            for name, place in list_names(folder):
                template.add(name, locations=[(place, 0)])
        return template
    for file in sorted(LOCALES.glob(f"*/locale/ko/LC_MESSAGES/{TEXTS}.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="ko"):
                if message.id:
                    place = str(file.relative_to(LOCALES.parent).parents[3])
                    template.add(message.id, locations=[(place, 0)], flags=message.flags, context=message.context)
    return template


def _read_catalogue(folder: Path, domain: str) -> Catalog:
    file = _catalogue_file(folder, domain)
    if not file.is_file():
        return _empty_catalogue(folder.name)
    source = io.BytesIO(file.read_bytes().removeprefix(codecs.BOM_UTF8))
    try:
        return read_po(source, locale=folder.name, ignore_obsolete=True, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:  # LookupError: an unknown charset
        raise BadInput(
            N_("The file is not valid: {reason}."),
            where=_place(folder, domain),
            fix=N_("Save it as UTF-8, with charset=utf-8 in its header."),
            reason=error,
        ) from None


def _empty_catalogue(code: str) -> Catalog:
    return Catalog(locale=code, project="Bongsu", version=__version__, charset="utf-8", fuzzy=False, header_comment="")


def _catalogue_file(folder: Path, domain: str) -> Path:
    return folder / "LC_MESSAGES" / f"{domain}.po"


def _place(folder: Path, domain: str) -> str:
    return f"languages/{folder.name}/LC_MESSAGES/{domain}.po"


def _find_folder(node_folder: Path, code: str) -> Path:
    _find_locale(code)
    folder = node_folder / "languages" / code
    if not (folder / LANGUAGE_FILE).is_file():
        raise Missing(
            N_("The node has no folder languages/{code} with a language.toml."),
            fix=N_("Make one with “bongsu language new {code}”."),
            code=code,
        )
    read_language(folder)
    return folder


def _find_locale(code: str) -> Locale:
    """Raises BadInput for a language of the tables, and for one that Unicode CLDR does not have."""
    if code in TABLE_LANGUAGES:
        raise BadInput(N_("The language {code} ships with Bongsu."), code=code)
    try:
        locale = Locale.parse(code)
        if locale.language == code:
            return locale
        raise UnknownLocaleError(code)
    except (UnknownLocaleError, ValueError):
        raise BadInput(
            N_("Unicode CLDR has no language “{code}”."), fix=N_("Use ISO 639: es, pt, sw."), code=code
        ) from None


def _forms(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (text,)


def keeps_places(message: Message, domain: str = TEXTS) -> bool:
    """Returns whether every form of a translation has the placeholders of the English, or of its plural.

    Texts are formatted by str.format or, in templates, by "%"; so a stray brace or "%" would raise when the text is shown.
    """
    english = _forms(message.id)
    fields = {_list_fields(one) for one in english}
    percents = {_list_percents(one) for one in english} if domain == TEXTS else None
    return all(
        (None in fields or _list_fields(one) in fields) and (percents is None or _list_percents(one) in percents)
        for one in _forms(message.string)
        if one
    )


def _list_fields(text: str) -> frozenset[tuple[str, str | None, str | None]] | None:
    """Returns name, conversion and format of each {field}; None if a brace has no partner, so that the text has no fields."""
    try:
        found = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return frozenset((name, conversion, spec) for _, name, spec, conversion in found if name is not None)


def _list_percents(text: str) -> frozenset[str]:
    """Returns each %(field)s, "%%" and lone "%"."""
    return frozenset(_PERCENT.findall(text))


def _ids(messages: list[Message]) -> tuple[str, ...]:
    return tuple(_forms(message.id)[0] for message in messages)
