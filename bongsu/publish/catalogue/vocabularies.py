"""Maps the node's codes to external vocabularies: EU authority tables, SPDX, IANA. Builds URIs; fetches nothing.

Sources: publications.europa.eu/resource/authority (country, language, data-theme, file-type), spdx.org/licenses,
iana.org/assignments/media-types.
"""

from __future__ import annotations

from functools import lru_cache

from bongsu.store.tables.definitions import iso_countries
from bongsu.store.tables.licences import licence_ids

AUTHORITY = "http://publications.europa.eu/resource/authority/"
SPDX_LICENCES = "https://spdx.org/licenses/"
IANA_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"

# Subject -> the EU's data theme. The subject of a release is its programme; those of an entry are its sectors.
_THEMES = {
    "agriculture": "AGRI",
    "civic": "GOVE",
    "climate": "ENVI",
    "commons": "TECH",
    "culture": "EDUC",
    "economy": "ECON",
    "education": "EDUC",
    "energy": "ENER",
    "finance": "ECON",
    "government": "GOVE",
    "health": "HEAL",
    "humanitarian": "SOCI",
    "infrastructure": "TECH",
    "justice": "JUST",
    "language": "TECH",
    "science": "TECH",
    "transport": "TRAN",
    "work": "SOCI",
}
# The node's formats that are in the EU's table of file types.
_FILE_TYPES = {"csv": "CSV", "parquet": "PARQUET", "sdmx.csv": "CSV", "sdmx.xml": "XML", "sdmx.json": "JSON"}
# CLDR has several three-letter codes for some languages. The authority table lacks these: the bibliographic codes of
# ISO 639-2, and two that CLDR merges into another language. Of the rest, CLDR lists the code of the macrolanguage last.
_PASSED_OVER = frozenset(
    "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel twi prp".split()  # noqa: SIM905
)
_IDS = {id_.casefold(): id_ for id_ in licence_ids().values()}


def theme_uri(subject: str) -> str:
    """Returns the URI of the EU's data theme for a subject, or ""."""
    return f"{AUTHORITY}data-theme/{_THEMES[subject]}" if subject in _THEMES else ""


def file_type_uri(end: str) -> str:
    """Returns the URI of the EU's file type for a format, or ""."""
    return f"{AUTHORITY}file-type/{_FILE_TYPES[end]}" if end in _FILE_TYPES else ""


def licence_uri(text: str) -> str:
    """Returns the SPDX URI of a licence that is a single SPDX id, or ""."""
    return f"{SPDX_LICENCES}{_IDS[text.casefold()]}" if text.casefold() in _IDS else ""


def media_type_uri(name: str) -> str:
    """Returns IANA's URI of a media type."""
    return IANA_MEDIA_TYPES + name


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(code.id for code in iso_countries())


def country_uri(code: str) -> str:
    """Returns the EU's URI of a country by its alpha-3 code, or "" for a region."""
    return f"{AUTHORITY}country/{code}" if code in _countries() else ""


def language_uri(tag: str) -> str:
    """Returns the EU's URI of a language by its BCP 47 tag, or "" if the language has no three-letter code."""
    first = tag.partition("-")[0].lower()
    code = first if len(first) == 3 else _alpha3().get(first, "")
    return f"{AUTHORITY}language/{code.upper()}" if code else ""


@lru_cache(maxsize=1)
def _alpha3() -> dict[str, str]:
    """Returns ISO 639-1 -> ISO 639-3, from CLDR's aliases."""
    from babel.core import get_global

    aliases = get_global("language_aliases").items()
    return {two: three for three, two in aliases if len(three) == 3 and len(two) == 2 and three not in _PASSED_OVER}
