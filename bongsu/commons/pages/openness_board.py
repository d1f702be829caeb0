"""The overview of the catalogue's openness: counts of entries by group, and the kinds that each sector lacks.

It reads the observations of COMMONS_OPENNESS and computes the widths of bars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bongsu.commons.breakdown_codes import breakdown_name
from bongsu.commons.entries.entry import EntryKind
from bongsu.commons.entries.entry_reader import SECTORS
from bongsu.core.text import Text

MAX_BARS = 20  # values shown of a group, the largest first; the downloadable files have all
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
    """A value of a group: its counts, and their bar widths in percent of the group's largest count."""

    value: str
    name: str
    total: int
    open: int
    closed: int
    unknown: int
    widths: tuple[float, float, float]

    @property
    def share(self) -> float:
        """The percentage of entries with an open licence."""
        return 100 * self.open / self.total


class BarGroup(NamedTuple):
    """A breakdown: its title, the search facet it corresponds to, its bars, and the number of values left out."""

    breakdown: str
    title: str
    facet: str
    bars: tuple[Bar, ...]
    left_out: int


class SectorGap(NamedTuple):
    """A sector with, for each kind, (name of the kind, entries with an open licence, all entries)."""

    sector: str
    name: str
    cells: tuple[tuple[str, int, int], ...]


OpennessCounts = Mapping[tuple[str, str], Mapping[str, int]]


def read_counts(observations: Iterable[Mapping[str, Any]]) -> OpennessCounts:
    """Returns (breakdown, value) -> counts of all, open, closed and unknown entries."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"all": 0, "open": 0, "closed": 0, "unknown": 0})
    for row in observations:
        part = "all" if row["INDICATOR"] == "ENTRIES" else _PARTS[row["INDICATOR"]]
        found[row["BREAKDOWN"], row["BREAKDOWN_VALUE"]][part] = int(row["OBS_VALUE"])
    return found


def total_bar(counted: OpennessCounts, language: str) -> Bar:
    """Returns the bar of all entries."""
    return _build_bar("_T", counted["TOTAL", "_T"], counted["TOTAL", "_T"]["all"], language)


def build_groups(counted: OpennessCounts, language: str) -> list[BarGroup]:
    """Returns every group: years in chronological order, other values by size, “not known” last."""
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
    drawn = value != "_U"  # no bar for “not known”: it could be much longer than all others
    widths = tuple(round(100 * count / largest, 2) if drawn else 0.0 for count in counted)
    facet_value = "unknown" if value == "_U" else value
    return Bar(
        facet_value, breakdown_name(value).to(language), parts["all"], *counted, (widths[0], widths[1], widths[2])
    )


def list_gaps(counted: OpennessCounts, language: str) -> list[SectorGap]:
    """Returns every sector with its counts by kind, including sectors without entries."""
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
