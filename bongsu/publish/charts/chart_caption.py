"""The caption of every chart and table: unit, boundary, kind, interval, vintage and source of the values shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bongsu.core.structure import Structure
from bongsu.publish.formats import figures

_MOST = 4  # names listed in a line; further ones are counted
_SOURCES = 2  # source names are long; the release’s page lists all


class ChartCaption(NamedTuple):
    """A caption in the reader's language; each field is one line of text."""

    unit: str
    boundary: str
    kind: str
    interval: str
    vintage: str
    sources: str

    @property
    def without_sources(self) -> str:
        """The caption without sources: “terawatt hours · Facility · Reported, Modelled · Range as published · 2025”."""
        return " · ".join(part for part in (self.unit, self.boundary, self.kind, self.interval) if part)


def caption_of_rows(structure: Structure, rows: Sequence[dict[str, Any]], language: str) -> ChartCaption:
    """Builds the caption of the observations `rows` from their attributes."""

    def names(column: str, leave_out: tuple[str, ...] = (), most: int = _MOST) -> str:
        used = dict.fromkeys(row[column] for row in rows if row[column] and row[column] not in leave_out)
        return _join_names((structure.name_of(column, code, language) for code in used), most)

    units = dict.fromkeys(row["UNIT_MEASURE"] for row in rows)
    return ChartCaption(
        _join_names(figures.unit_name(symbol, language) for symbol in units if symbol != "1"),
        names("BOUNDARY", ("none",)),
        names("KIND"),
        names("INTERVAL_TYPE", ("NONE",)),
        names("VINTAGE"),
        names("SOURCE", most=_SOURCES),
    )


def _join_names(names: Iterable[str], most: int = _MOST) -> str:
    found = list(dict.fromkeys(names))
    more = f", … (+{len(found) - most})" if len(found) > most else ""
    return ", ".join(found[:most]) + more
