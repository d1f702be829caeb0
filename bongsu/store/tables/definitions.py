"""Reads the tables of bongsu/definitions into values: concepts, code lists, names of units.

Country names are CLDR's, through Babel, in all three languages; only regions stand in a table of ours.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from bongsu.core.codes import Code, CodeList
from bongsu.core.structure import Concept
from bongsu.core.text import LANGUAGES, Text

DEFINITIONS = files("bongsu.definitions")
# Alpha-3 codes that ISO 3166-3 has withdrawn but CLDR still maps to today's country.
_WITHDRAWN = {"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"}


def read_rows(table: Traversable) -> Iterator[dict[str, str]]:
    """The rows of a CSV table that ships with Bongsu, cells as text."""
    yield from csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"), newline=""))


def _parse_text(row: Mapping[str, str], prefix: str = "") -> Text:
    return Text.of(
        {language: row[prefix + language] for language in LANGUAGES}, where=row.get("id") or row.get("code", "")
    )


@lru_cache(maxsize=1)
def concepts() -> Mapping[str, Concept]:
    """Every concept by id (definitions/concepts.csv)."""
    return MappingProxyType(
        {
            row["id"]: Concept(row["id"], _parse_text(row), _parse_text(row, "definition_"), row["code_list"])
            for row in read_rows(DEFINITIONS / "concepts.csv")
        }
    )


@lru_cache(maxsize=1)
def code_lists() -> Mapping[str, CodeList]:
    """Every code list by id (definitions/code_lists.csv, definitions/codes/)."""
    lists = {}
    for row in read_rows(DEFINITIONS / "code_lists.csv"):
        codes = [
            Code(code["code"], _parse_text(code), code["parent"] or None)
            for code in read_rows(DEFINITIONS / "codes" / f"{row['id']}.csv")
        ]
        if row["id"] == "CL_AREA":
            codes += iso_countries()
        lists[row["id"]] = CodeList(row["id"], row["version"], _parse_text(row), tuple(codes), row["source"])
    return MappingProxyType(lists)


def iso_countries() -> list[Code]:
    """Every country and territory of ISO 3166-1 by alpha-3 code, named by Unicode CLDR."""
    from babel import Locale
    from babel.core import get_global

    names = {language: Locale(language).territories for language in LANGUAGES}
    found = []
    for alpha3, targets in sorted(get_global("territory_aliases").items()):
        if (
            not (len(alpha3) == 3 and alpha3.isalpha())
            or len(targets) != 1
            or alpha3 in _WITHDRAWN
            or _user_assigned(alpha3)
        ):
            continue
        alpha2 = targets[0]
        if all(alpha2 in territories for territories in names.values()):
            found.append(Code(alpha3, Text(**{language: names[language][alpha2] for language in LANGUAGES})))
    return found


def _user_assigned(alpha3: str) -> bool:
    """ISO 3166-1 leaves AAA-AAZ, QMA-QZZ, XAA-XZZ and ZZA-ZZZ to users; of these only Kosovo (CLDR: XKK) is a country."""
    first_two = alpha3[:2]
    return alpha3 != "XKK" and (first_two in ("AA", "ZZ") or "QM" <= first_two <= "QZ" or first_two[0] == "X")


@lru_cache(maxsize=1)
def unit_names() -> Mapping[str, Text]:
    """What units are called, by symbol (definitions/units.csv)."""
    return MappingProxyType({row["symbol"]: _parse_text(row) for row in read_rows(DEFINITIONS / "units.csv")})


@lru_cache(maxsize=1)
def area_outlines() -> Mapping[str, list[list[list[list[float]]]]]:
    """The outlines of areas by code, in degrees (longitude, latitude), as GeoJSON's coordinates of a MultiPolygon.

    Natural Earth at 1:110 million, to a tenth of a degree; outer rings run clockwise, as d3 reads them. They show what is
    governed by whom and say nothing about the status of any territory; what has no code of ours has no entry.
    """
    return MappingProxyType(
        {
            row["code"]: _parse_multipolygon(row["outline"])
            for row in read_rows(DEFINITIONS / "world_110m.csv")
            if row["code"]
        }
    )


def _parse_multipolygon(text: str) -> list[list[list[list[float]]]]:
    """Well-known text, MULTIPOLYGON (((x y,x y,...),(...)),...), as nested lists."""
    inner = text.removeprefix("MULTIPOLYGON (((").removesuffix(")))")
    return [
        [[[float(number) for number in point.split(" ")] for point in ring.split(",")] for ring in polygon.split("),(")]
        for polygon in inner.split(")),((")
    ]
