"""The code list of COMMONS_OPENNESS, made of the values that are counted: kinds, years, countries, languages, sectors.

It is made with each release instead of kept as a table, because a harvest may contain any language tag; a language without a
name in CLDR is shown as its tag. Names of countries and languages are from CLDR, through Babel.
"""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale

from bongsu.commons.entries.entry_reader import SECTORS
from bongsu.core.codes import Code, CodeList
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists

_FIXED_NAMES = {
    "_T": Text(en="Total", ko="전체", fr="Total"),
    "_U": Text(en="not known", ko="미확인", fr="inconnu"),
}


def build_breakdown_list(used: Iterable[str]) -> CodeList:
    """Returns CL_BREAKDOWN_VALUE with the codes in `used`."""
    return CodeList(
        "CL_BREAKDOWN_VALUE",
        "1.0",
        Text(en="Value of the breakdown", ko="구분의 값", fr="Valeur de la ventilation"),
        tuple(Code(value, breakdown_name(value), None) for value in sorted(set(used))),
        "Unicode CLDR (Babel); docs/methods/commons.md",
    )


def breakdown_name(value: str) -> Text:
    """Returns the name of a counted value; “health-dataset” is a sector and a kind."""
    areas, kinds = code_lists()["CL_AREA"], code_lists()["CL_ENTRY_KIND"]
    if value in _FIXED_NAMES:
        return _FIXED_NAMES[value]
    if value in SECTORS:
        return SECTORS[value]
    for codes in (kinds, areas):
        if value in codes:
            return codes.get(value).name
    sector, _, kind = value.partition("-")
    if sector in SECTORS and kind in kinds:
        return _join_texts(SECTORS[sector], kinds.get(kind).name)
    return language_text(value)


def language_text(tag: str) -> Text:
    """Returns the name of a language (BCP 47) in the three languages, or the tag itself if CLDR has no name for it."""
    base, _, rest = tag.partition("-")
    names = {one: str(Locale(one).languages.get(base, base)) for one in TABLE_LANGUAGES}
    return Text.of({one: f"{name} ({rest})" if rest else name for one, name in names.items()})


def _join_texts(one: Text, other: Text) -> Text:
    return Text.of({language: f"{one.to(language)}, {other.to(language)}" for language in TABLE_LANGUAGES})
