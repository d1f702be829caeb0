"""Reads the tables of bongsu/definitions: concepts, code lists, names of units, outlines of areas.

Country names come from Unicode CLDR (through Babel) in all three languages; a table of Bongsu has only the regions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import NamedTuple

from bongsu.core.codes import Code, CodeList
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.core.structure import Concept
from bongsu.core.text import Text

DEFINITIONS = files("bongsu.definitions")
# Alpha-3 codes that ISO 3166-3 has withdrawn but CLDR still maps to today's country.
_WITHDRAWN = {"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"}


def read_rows(table: Traversable) -> Iterator[dict[str, str]]:
    """Yields the rows of a CSV table that ships with Bongsu, with cells as text."""
    yield from csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"), newline=""))


def _parse_text(row: Mapping[str, str], prefix: str = "") -> Text:
    return Text.from_row(row, prefix, where=row.get("id") or row.get("code", ""))


@lru_cache(maxsize=1)
def concepts() -> Mapping[str, Concept]:
    """Returns every concept, by id (definitions/concepts.csv)."""
    return MappingProxyType(
        {
            row["id"]: Concept(row["id"], _parse_text(row), _parse_text(row, "definition_"), row["code_list"])
            for row in read_rows(DEFINITIONS / "concepts.csv")
        }
    )


@lru_cache(maxsize=1)
def code_lists() -> Mapping[str, CodeList]:
    """Returns every code list, by id (definitions/code_lists.csv, definitions/codes/)."""
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


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Returns the codes of ISO 3166-1; every other area is a region."""
    return frozenset(code.id for code in iso_countries())


def iso_countries() -> list[Code]:
    """Returns every country and territory of ISO 3166-1, by alpha-3 code, with names from Unicode CLDR."""
    from babel import Locale
    from babel.core import get_global

    names = {language: Locale(language).territories for language in TABLE_LANGUAGES}
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
            found.append(Code(alpha3, Text(**{language: names[language][alpha2] for language in TABLE_LANGUAGES})))
    return found


def _user_assigned(alpha3: str) -> bool:
    """Returns whether ISO 3166-1 reserves a code for users: AAA-AAZ, QMA-QZZ, XAA-XZZ, ZZA-ZZZ. XKK, Kosovo in CLDR, is not."""
    first_two = alpha3[:2]
    return alpha3 != "XKK" and (first_two in ("AA", "ZZ") or "QM" <= first_two <= "QZ" or first_two[0] == "X")


@lru_cache(maxsize=1)
def unit_names() -> Mapping[str, Text]:
    """Returns the names of units, by symbol (definitions/units.csv)."""
    return MappingProxyType({row["symbol"]: _parse_text(row) for row in read_rows(DEFINITIONS / "units.csv")})


class RevisionPolicy(NamedTuple):
    """What readers may expect of revisions: those that are scheduled, and those that an error causes."""

    scheduled: Text
    unscheduled: Text


@lru_cache(maxsize=1)
def revision_policies() -> Mapping[str, RevisionPolicy]:
    """Returns the revision policies of dataflows, by the code that a dataflow names (definitions/revision_policies.csv)."""

    def read_text(row: Mapping[str, str], kind: str) -> Text:
        return Text(**{language: row[f"{kind}_{language}"] for language in TABLE_LANGUAGES})

    return MappingProxyType(
        {
            row["policy"]: RevisionPolicy(read_text(row, "scheduled"), read_text(row, "unscheduled"))
            for row in read_rows(DEFINITIONS / "revision_policies.csv")
        }
    )


@lru_cache(maxsize=1)
def area_outlines() -> Mapping[str, list[list[list[list[float]]]]]:
    """Returns the outlines of areas, by code, as coordinates of a GeoJSON MultiPolygon (longitude, latitude, in degrees).

    From Natural Earth at 1:110 million, to a tenth of a degree. Outer rings are clockwise, as d3 expects. The outlines show
    which government controls an area, not the legal status of a territory. Areas without a code in CL_AREA are left out.
    """
    return MappingProxyType(
        {
            row["code"]: _parse_multipolygon(row["outline"])
            for row in read_rows(DEFINITIONS / "world_110m.csv")
            if row["code"]
        }
    )


def _parse_multipolygon(text: str) -> list[list[list[list[float]]]]:
    """Parses well-known text, MULTIPOLYGON (((x y,x y,...),(...)),...), to nested lists."""
    inner = text.removeprefix("MULTIPOLYGON (((").removesuffix(")))")
    return [
        [[[float(number) for number in point.split(" ")] for point in ring.split(",")] for ring in polygon.split("),(")]
        for polygon in inner.split(")),((")
    ]
