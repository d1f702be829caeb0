"""How open the catalogue is, as a board: groups of counted entries, and what each sector still lacks.

It reads the observations of COMMONS_OPENNESS and computes shares for bars, nothing more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bongsu.commons.breakdown_codes import breakdown_name
from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.entries.entry_reader import SECTORS
from bongsu.core.text import Text

MAX_BARS = 20  # values of a group, the largest first; the files hold all
_PARTS = {"ENTRIES_OPEN": "open", "ENTRIES_CLOSED": "closed", "ENTRIES_UNKNOWN": "unknown"}
GROUP_TITLES = {
    "KIND": Text(en="By kind", ko="종류별", fr="Par type"),
    "YEAR": Text(en="By year of publication", ko="공개 연도별", fr="Par année de publication"),
    "AREA": Text(en="By country", ko="국가별", fr="Par pays"),
    "LANGUAGE": Text(en="By language covered", ko="다루는 언어별", fr="Par langue couverte"),
    "SECTOR": Text(en="By sector", ko="분야별", fr="Par secteur"),
}
_FACETS = {"KIND": "kind", "YEAR": "year", "AREA": "country", "LANGUAGE": "language", "SECTOR": "sector"}


class Bar(NamedTuple):
    """A value of a group: its counts, and their widths in percent of the largest value of the group."""

    value: str
    name: str
    total: int
    open: int
    closed: int
    unknown: int
    widths: tuple[float, float, float]

    @property
    def share(self) -> float:
        """Percent with an open licence, of all."""
        return 100 * self.open / self.total


class BarGroup(NamedTuple):
    """One way to count: its title, the facet of the search that it is, its bars, and how many were left out."""

    breakdown: str
    title: str
    facet: str
    bars: tuple[Bar, ...]
    left_out: int


class SectorGap(NamedTuple):
    """A sector: for each kind (entries with an open licence, all entries)."""

    sector: str
    name: str
    cells: tuple[tuple[str, int, int], ...]


OpennessCounts = Mapping[tuple[str, str], Mapping[str, int]]


def read_counts(observations: Iterable[Mapping[str, Any]]) -> OpennessCounts:
    """(breakdown, value) -> {all, open, closed, unknown}."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"all": 0, "open": 0, "closed": 0, "unknown": 0})
    for row in observations:
        part = "all" if row["INDICATOR"] == "ENTRIES" else _PARTS[row["INDICATOR"]]
        found[row["BREAKDOWN"], row["BREAKDOWN_VALUE"]][part] = int(row["OBS_VALUE"])
    return found


def total_bar(counted: OpennessCounts, language: str) -> Bar:
    """All entries."""
    return _build_bar("_T", counted["TOTAL", "_T"], counted["TOTAL", "_T"]["all"], language)


def build_groups(counted: OpennessCounts, language: str) -> list[BarGroup]:
    """Every group; years in their order, all else by size. What is not known comes last."""
    return [_build_group(breakdown, counted, language) for breakdown in GROUP_TITLES]


def _build_group(breakdown: str, counted: OpennessCounts, language: str) -> BarGroup:
    values = {value: parts for (of, value), parts in counted.items() if of == breakdown}
    by_size = sorted(values, key=lambda value: (value == "_U", -values[value]["all"], value))
    kept = by_size[:MAX_BARS] + [value for value in by_size[MAX_BARS:] if value == "_U"]
    if breakdown == "YEAR":
        kept = sorted(kept, key=lambda value: (value == "_U", value))
    largest = max((values[value]["all"] for value in kept if value != "_U"), default=1)
    bars = tuple(_build_bar(value, values[value], largest, language) for value in kept)
    return BarGroup(breakdown, GROUP_TITLES[breakdown].to(language), _FACETS[breakdown], bars, len(values) - len(kept))


def _build_bar(value: str, parts: Mapping[str, int], largest: int, language: str) -> Bar:
    counted = (parts["open"], parts["closed"], parts["unknown"])
    drawn = value != "_U"  # what is not known is no group of its own kind; its bar would dwarf or be dwarfed
    widths = tuple(round(100 * count / largest, 2) if drawn else 0.0 for count in counted)
    facet_value = "unknown" if value == "_U" else value
    return Bar(
        facet_value, breakdown_name(value).to(language), parts["all"], *counted, (widths[0], widths[1], widths[2])
    )


def list_gaps(counted: OpennessCounts, language: str) -> list[SectorGap]:
    """Every sector by kind, whether or not anything is there."""
    return [
        SectorGap(
            sector,
            name.to(language),
            tuple(
                (str(kind), parts["open"], parts["all"])
                for kind in EntryKind
                for parts in [counted.get(("SECTOR_KIND", f"{sector}-{kind}"), {"open": 0, "all": 0})]
            ),
        )
        for sector, name in SECTORS.items()
    ]
