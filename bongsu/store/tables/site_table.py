"""The table [site] of node.toml: what makes the site the institution's. Every field may be left out.

A change is in force at once in every process: the table is read again when the file has changed. If a person has written
something wrong into it while the node runs, the last valid table stays in force, and the log says what is wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from bongsu.core.contrast import TEXT_CONTRAST, contrast, lighten
from bongsu.core.document_shape import convert_document, limit
from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.store.disk.node_file import node_file_path, read_table
from bongsu.store.tables.licences import check_licence
from bongsu.store.tables.site_logo import place_logo

_log = logging.getLogger("bongsu.store")
Texts = Mapping[str, str]
_Line = Annotated[
    str,
    limit(
        N_("“{name}” must be one line of at most 120 characters."),
        pattern=r"^(?=[^\n]*\S)[^\x00-\x1f\x7f\u2028\u2029]{1,120}\Z",
    ),
]
_Paragraphs = Annotated[
    str,
    limit(
        N_("“{name}” must be a text of at most 20,000 characters."),
        pattern=r"^(?=\s*\S)[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{1,20000}\Z",
    ),
]
_Address = Annotated[
    str,
    limit(
        N_("“{value}” is not an address on the web."),
        N_("Write it in full: https://stat.example/page."),
        pattern=r"^https?://[^\s<>\"'\\]{1,500}\Z",
    ),
]
_Colour = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid colour."),
        N_("Write # and six hexadecimal digits, such as #0b5394."),
        pattern=r"^#[0-9a-fA-F]{6}\Z",
    ),
]
# The backgrounds of pages, on devices in light and in dark mode, and the two colours of text on a header (style.css).
LIGHT, DARK = ("#ffffff", "#f3f6f8"), ("#12181f", "#1a222b")
HEADER_TEXTS = ("#f2f5f8", "#1b2733")
MAX_LINKS = 12


class Colours(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The colours of the site: background of the header; links and marks on a light and on a dark background."""

    header: _Colour = ""
    accent: _Colour = ""
    accent_dark: _Colour = ""

    @property
    def header_text(self) -> str:
        """The colour of text on the header: light or dark, whichever has more contrast; "" without a colour of the header."""
        return max(HEADER_TEXTS, key=lambda text: contrast(text, self.header)) if self.header else ""

    @property
    def on_dark(self) -> str:
        """The accent for dark backgrounds: as given, else the other one, made lighter until it is read well."""
        if self.accent_dark or not self.accent:
            return self.accent_dark
        shades = (lighten(self.accent, step / 50) for step in range(51))
        return next(shade for shade in shades if _lowest(shade, DARK) >= TEXT_CONTRAST)


class FooterLink(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A link in the footer: its title by language, and its address."""

    title: dict[str, _Line]
    address: _Address


class Site(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The table [site]: texts are by language; `logo` is a file in the node's folder, `licence` that of its own figures."""

    name: dict[str, _Line] = {}
    home: str = ""
    logo: str = ""
    licence: str = ""
    colours: Colours = Colours()
    about: dict[str, _Paragraphs] = {}
    contact: dict[str, _Paragraphs] = {}
    legal: dict[str, _Paragraphs] = {}
    links: list[FooterLink] = []


TEXT_FIELDS = ("name", "about", "contact", "legal")


def in_language(texts: Texts, language: str) -> str:
    """Returns a text in a language; else in English, else in the first language it has; "" if it has none."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def parse_site(root: Path, table: Mapping[str, Any], where: str = "node.toml") -> Site:
    """Returns the table as a Site. Raises BadInput, Missing or UnknownName with the field."""
    site = convert_document(table, Site, where, "site")
    for field in TEXT_FIELDS:
        _check_languages(getattr(site, field), f"{where}, site.{field}")
    if len(site.links) > MAX_LINKS:
        raise BadInput(N_("At most {most} links are shown."), where=f"{where}, site.links", most=MAX_LINKS)
    for number, link in enumerate(site.links):
        place = f"{where}, site.links[{number}]"
        _check_languages(link.title, f"{place}.title")
        if not link.title or not _has_host(link.address):
            raise BadInput(
                N_("A link needs a title and an address."),
                where=place,
                fix=N_("Write it in full: https://stat.example/page."),
            )
    if site.home:
        check_area(site.home, f"{where}, site.home")
    if site.licence:
        check_licence(site.licence, f"{where}, site.licence")
    if site.logo:
        place_logo(root, site.logo)  # a lost file stops no page
    _check_colours(site.colours, f"{where}, site.colours")
    return site


def check_area(code: str, where: str) -> None:
    """Raises UnknownName, with the nearest names, unless `code` is in the code list of areas."""
    from bongsu.store.tables.definitions import code_lists

    areas = code_lists()["CL_AREA"]
    if code in areas:
        return
    by_name = {name: area.id for area in areas for name in (*area.name.translations().values(), area.id)}
    error = unknown_name(N_("country"), code[:80], by_name, where=where)
    near = [name for name in str(error.values["near"]).split(", ") if name in by_name]
    codes = dict.fromkeys(by_name[name] for name in near)
    error.values["near"] = ", ".join(f"{one} ({areas.name_of(one, 'en')})" for one in codes)
    error.fix = error.fix or N_("Write the code of a country, such as KEN, or of a region.")
    raise error


def _check_languages(texts: Iterable[str], where: str) -> None:
    for language in texts:
        if language not in LANGUAGES:
            raise unknown_name(N_("language"), language[:40], LANGUAGES, where=where)


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def measure_colours(colours: Colours) -> dict[str, float]:
    """Returns the lowest contrast that each colour reaches with the colours beside it, by its name. The colours given only."""
    measured = {}
    if colours.header:
        measured["header"] = contrast(colours.header, colours.header_text)
    if colours.accent:
        measured["accent"] = _lowest(colours.accent, LIGHT)
    if colours.accent_dark:
        measured["accent_dark"] = _lowest(colours.accent_dark, DARK)
    return measured


_LOW_CONTRAST = {
    "header": (
        N_("The colour {colour} has a contrast of {reached} to 1 with light and dark text; {needed} to 1 is needed."),
        N_("Choose a darker colour, or a much lighter one."),
    ),
    "accent": (
        N_("The colour {colour} has a contrast of {reached} to 1 with a light background; {needed} to 1 is needed."),
        N_("Choose a darker colour."),
    ),
    "accent_dark": (
        N_("The colour {colour} has a contrast of {reached} to 1 with a dark background; {needed} to 1 is needed."),
        N_("Choose a lighter colour."),
    ),
}


def _check_colours(colours: Colours, where: str) -> None:
    for name, reached in measure_colours(colours).items():
        if reached < TEXT_CONTRAST:
            message, fix = _LOW_CONTRAST[name]
            raise BadInput(
                message,
                where=f"{where}.{name}",
                fix=fix,
                colour=getattr(colours, name),
                reached=f"{int(reached * 100) / 100:g}",  # rounded down: 4.499 is not shown as 4.5
                needed=f"{TEXT_CONTRAST:g}",
            )


def _lowest(colour: str, others: Iterable[str]) -> float:
    return min(contrast(colour, other) for other in others)


class SiteFile:
    """The table [site] as it is in force: read anew when node.toml has changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._state: tuple[tuple[int, int, int], Site] | None = None

    def read(self) -> Site:
        """Returns the site. Raises BongsuError if the table was wrong from the beginning."""
        stat = node_file_path(self._root).stat()
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        state = self._state
        if state is not None and state[0] == mark:
            return state[1]
        try:
            site = parse_site(self._root, read_table(self._root, "site"))
        except BongsuError as error:
            if state is None:
                raise
            _log.error("node.toml: %s", error)
            site = state[1]
        self._state = (mark, site)
        return site
