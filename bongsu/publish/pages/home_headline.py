"""The observation of a headline that is about the institution's own country.

If the node has no home country, or the release has no value for it, the headline is about the world; if the release has no
value for the world either, about the country with the median value. It is always an observation as it was released, and
never a flagged one: it stands for all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import AREA, HOME, TIME, VALUE, Headline, place_home
from bongsu.store.node import Node
from bongsu.store.tables.definitions import country_codes

_WORLD = "WORLD"


class HeadlineRow(NamedTuple):
    """An observation. `among` is the number of countries of which it is the median; 0 if it was asked for by its area."""

    row: dict[str, Any]
    among: int = 0


def choose_headline(node: Node, release: Release, headline: Headline, home: str) -> HeadlineRow | None:
    """Returns the newest observation of a headline, for the institution's country `home`; None if there is none."""
    if not any(HOME in codes for _, codes in headline.where):
        return _newest(node.usable_observations(release, Selection(headline.where)).rows)
    for area in (home, _WORLD):
        rows = node.usable_observations(release, Selection(place_home(headline.where, area))).rows if area else ()
        if found := _newest(row for row in rows if row[VALUE] is not None):
            return found
    return _median(node.usable_observations(release, Selection(place_home(headline.where, ""))).rows)


def _newest(rows: Iterable[dict[str, Any]]) -> HeadlineRow | None:
    ordered = sorted(rows, key=lambda row: str(row.get(TIME, "")))  # stable: rows come in the order of their dimensions
    return HeadlineRow(ordered[-1]) if ordered else None


def _median(rows: Iterable[dict[str, Any]]) -> HeadlineRow | None:
    """Returns the newest value of the country in the middle; of two, the lower one."""
    known = [row for row in rows if row[VALUE] is not None]
    newest = {row[AREA]: row for row in sorted(known, key=lambda row: str(row.get(TIME, "")))}
    ranked = sorted((row for area, row in newest.items() if area in country_codes()), key=lambda row: row[VALUE])
    return HeadlineRow(ranked[(len(ranked) - 1) // 2], len(ranked)) if ranked else None
