"""Selects a chart for a reader's choice: lines over time, else bars; and narrows the choice for a map.

A chart is drawn only if its axis, colour and panels distinguish every observation; otherwise the reader is asked to narrow
the choice. Nothing is summed, averaged or overplotted. Flagged values are never drawn. Left out: styling
(specifications.py, maps.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bongsu.core.observation_status import is_flagged
from bongsu.core.structure import TIME, VALUE, Chart, Structure
from bongsu.core.text import Text
from bongsu.publish.charts import specifications
from bongsu.publish.charts.explorer_query import Choice, Row
from bongsu.publish.formats import figures, periods

_SERIES, _BARS, _PANELS = 8, 40, 12  # drawn at most


@dataclass(frozen=True)
class ChartSelection:
    """A chart and the observations that it draws; or no chart, and the dimensions in which the reader must choose one code.

    `left_out` is the number of series or bars over the limit, which are not drawn.
    """

    chart: Chart | None
    rows: tuple[Row, ...] = ()
    left_out: int = 0
    open_dimensions: tuple[str, ...] = ()


class _Channels(NamedTuple):
    """The dimensions assigned to axis, colour and panels, and the unassigned ones.

    Keys are unique in a release, so if every varying dimension is assigned, observations do not overlap.
    """

    axis: str
    color: str
    panels: str
    unplaced: tuple[str, ...]


def select_chart(structure: Structure, choice: Choice, rows: Sequence[Row]) -> ChartSelection:
    """Selects a chart for the observations of a choice."""
    shown = tuple(row for row in rows if not is_flagged(row))
    if not shown:
        return ChartSelection(None)
    if choice.is_default and structure.dataflow.charts:
        own = structure.dataflow.charts[0]
        top = tuple(specifications.largest_rows(shown, own.top))
        return ChartSelection(own, top, len(shown) - len(top))
    free = count_varying(structure, shown)
    channels = _assign_channels(structure, choice, shown, free)
    if channels.unplaced or not _one_unit_a_panel(shown, channels.panels):
        return ChartSelection(None, open_dimensions=channels.unplaced or tuple(free))
    over_time = channels.axis == TIME
    mark, x, y = ("line", TIME, VALUE) if over_time else ("bar", VALUE, channels.axis)
    chart = Chart("explore", chart_title(structure, shown), mark, x, y, channels.color, channels.panels)
    kept = shown if over_time or free.get(channels.axis, 0) <= _BARS else _largest(shown, channels.axis, _BARS)
    kept = _largest(kept, channels.color, _SERIES) if free.get(channels.color, 0) > _SERIES else kept
    marked = (channels.color,) if over_time else (channels.axis, channels.color)
    marks, drawn = ({tuple(row.get(key) for key in marked) for row in some} for some in (shown, kept))
    return ChartSelection(chart, kept, len(marks - drawn))


def _assign_channels(structure: Structure, choice: Choice, shown: Sequence[Row], free: Mapping[str, int]) -> _Channels:
    """Assigns time, else the dimension with most codes, to the axis; units and vintages to panels; then colour; then panels."""
    apart = "INDICATOR" if len({row["UNIT_MEASURE"] for row in shown}) > 1 else ""  # two units share no axis
    axes = [key for key in free if key != apart] or [key for key in structure.dataflow.keys if key != apart]
    along = TIME if TIME in free else max(axes, key=lambda key: free.get(key, 0))
    left = [key for key in free if key != along]

    def take(*wished: str, most: int) -> str:
        """Takes the first of the preferred dimensions that is unassigned and has at most `most` codes."""
        found = next((key for key in wished if key in left and free[key] <= most), "")
        if found:
            left.remove(found)
        return found

    panels = take(*((apart,) if apart else (choice.panels, "VINTAGE")), most=_PANELS)
    color = take(choice.color, *sorted(left, key=lambda key: -free[key])[:1], most=10_000)
    panels = panels or take(*sorted(left, key=lambda key: free[key])[:1], most=_PANELS)
    return _Channels(along, color, panels, tuple(left))


def count_varying(structure: Structure, shown: Sequence[Row]) -> dict[str, int]:
    """Returns the dimensions in which the observations differ, with the number of codes."""
    counts = {key: len({row[key] for row in shown}) for key in structure.dataflow.keys}
    return {key: count for key, count in counts.items() if count > 1}


def _one_unit_a_panel(shown: Sequence[Row], panels: str) -> bool:
    units = {(row.get(panels), row["UNIT_MEASURE"]) for row in shown}
    return len(units) == len({panel for panel, _ in units})


def _largest(shown: tuple[Row, ...], key: str, most: int) -> tuple[Row, ...]:
    """Returns the observations of the `most` codes of `key` with the largest newest values."""
    newest: dict[str, float] = {}
    for row in sorted(shown, key=lambda row: row.get(TIME, "")):
        if row[VALUE] is not None:
            newest[row[key]] = row[VALUE]
    kept = set(sorted(newest, key=lambda code: -newest[code])[:most])
    return tuple(row for row in shown if row[key] in kept)


def shared_values(structure: Structure, shown: Sequence[Row], language: str) -> list[tuple[str, str]]:
    """Lists (dimension, code name) that all observations share, in the reader's language."""
    free = count_varying(structure, shown)
    first = shown[0] if shown else {}
    return [
        (dimension.name.to(language), periods.format_period(name, language) if dimension.id == TIME else name)
        for dimension in structure.dataflow.dimensions
        if first and dimension.id not in free
        for name in [structure.name_of(dimension.id, first[dimension.id], language)]
    ]


def chart_title(structure: Structure, shown: Sequence[Row]) -> Text:
    """Returns a title: the dataflow's name and the codes that all observations share, except those that mean “all”."""
    free = count_varying(structure, shown)
    shared = [key for key in structure.dataflow.keys if key not in free and shown[0][key] not in ("_T", "_Z")]

    def to(language: str) -> str:
        name = structure.dataflow.name.to(language)
        names = ", ".join(structure.name_of(key, shown[0][key], language) for key in shared)
        return figures.label_value(name, names, language) if names else name

    return Text.compose(to)


def select_newest(structure: Structure, shown: Sequence[Row]) -> tuple[Row, ...]:
    """Selects the newest observation of each area; several per area if more than time varies.

    An area whose newest observation is flagged has none: an older one would be drawn as if it were of today.
    """
    newest: dict[tuple[Any, ...], Row] = {}
    keys = [key for key in structure.dataflow.keys if key != TIME]
    for row in sorted(shown, key=lambda row: row.get(TIME, "")):
        newest[tuple(row[key] for key in keys)] = row
    return tuple(row for row in newest.values() if not is_flagged(row))


def narrow_to_map(structure: Structure, choice: Choice, shown: Sequence[Row]) -> Choice:
    """Returns the choice with one code in every dimension except area and time, so that a map can be drawn."""
    free = count_varying(structure, shown)
    chosen = dict(choice.selection.codes)
    for key in free:
        if key not in ("REF_AREA", TIME):
            chosen[key] = (shown[0][key],)
    return replace(choice, selection=replace(choice.selection, codes=tuple(chosen.items())), is_default=False)
