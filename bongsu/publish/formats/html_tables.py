"""HTML tables of observations: all columns for the explorer, and the figures of a chart as its accessible alternative.

The HTML is built in code: a template takes ten times as long for thousands of cells. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE, Chart, Structure
from bongsu.publish.formats import figures
from bongsu.store.tables.definitions import concepts

Row = dict[str, Any]
# Attributes shown beside the dimensions, if the observations differ in them.
_BESIDE = (VALUE, "LOWER_BOUND", "UPPER_BOUND", "UNIT_MEASURE", "KIND", "BOUNDARY", "INTERVAL_TYPE", "OBS_STATUS")
_LAST = ("VINTAGE", "SOURCE", "COMMENT_OBS")


class Cell(NamedTuple):
    """The text of a cell, and whether it is a number or the heading of its row."""

    text: str
    number: bool = False
    heading: bool = False


def observation_table(structure: Structure, rows: Sequence[Row], language: str, caption: str) -> SafeString:
    """Renders observations with the columns in which they differ; values that all share go into the caption."""
    header, body, shared = lay_out_table(structure, rows, language)
    return render_table(header, body, caption, shared)


def lay_out_table(structure: Structure, rows: Sequence[Row], language: str) -> tuple[list[Cell], list[list[Cell]], str]:
    """Returns (header, one line per observation, shared values) for the columns in which the observations differ."""
    flow = structure.dataflow
    columns = [*flow.keys, *(column for column in (*_BESIDE, *_LAST) if column not in flow.keys)]
    used = {column: {row[column] for row in rows} for column in columns}
    shown = [column for column in columns if len(used[column]) > 1 or column == VALUE]
    names = _name_columns(structure, language)
    shared = [
        figures.label_value(names[column], figures.format_cell(structure, column, rows[0], language), language)
        for column in columns
        if rows and column not in shown and rows[0][column] not in (None, "")
    ]
    header = [Cell(names[column], column in NUMERIC_COLUMNS) for column in shown]
    body = [
        [Cell(figures.format_cell(structure, c, row, language), c in NUMERIC_COLUMNS) for c in shown] for row in rows
    ]
    return header, body, " · ".join(shared)


def _name_columns(structure: Structure, language: str) -> dict[str, str]:
    """Returns the names of the columns, those that only this dataflow defines included."""
    flow = structure.dataflow
    return {one.id: one.name.to(language) for one in (concepts()[VALUE], *flow.dimensions, *flow.attributes)}


def chart_table(structure: Structure, drawn: Chart, rows: Sequence[Row], language: str, caption: str) -> SafeString:
    """Renders a chart's figures: a row for each position on its axis, a column for each colour, intervals in brackets."""
    along = drawn.y if drawn.x in NUMERIC_COLUMNS else drawn.x
    heads = [key for key in (drawn.facet, along) if key]
    names = _name_columns(structure, language)
    colours: dict[str, str] = {}
    places: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        place = tuple(figures.format_cell(structure, key, row, language) for key in heads)
        code = row[drawn.color] if drawn.color else ""
        colours.setdefault(code, structure.name_of(drawn.color, code, language) if drawn.color else names[VALUE])
        between = figures.format_interval(row, language)
        text = figures.format_number(row[VALUE], language) + (f" [{between}]" if between else "")
        places.setdefault(place, {})[code] = text
    if sum(map(len, places.values())) < len(rows):  # several observations at one position, which dots can show
        return observation_table(structure, rows, language, caption)
    header = [*(Cell(names[key]) for key in heads), *(Cell(name, number=True) for name in colours.values())]
    body = (
        [*(Cell(text, heading=True) for text in place), *(Cell(cells.get(code, ""), number=True) for code in colours)]
        for place, cells in places.items()
    )
    return render_table(header, body, caption)


def render_table(header: Sequence[Cell], body: Iterable[Sequence[Cell]], caption: str, note: str = "") -> SafeString:
    """Renders a table that can be scrolled sideways with the keyboard. `note` is the second line of its caption."""
    head = "".join(f'<th scope="col"{_class(cell)}>{escape(cell.text)}</th>' for cell in header)
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in body)
    note_html = f'<span class="shared">{escape(note)}</span>' if note else ""
    label = escape(gettext("Table: {title}").format(title=caption))
    return mark_safe(  # noqa: S308 (every text above is escaped)
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<caption>{escape(caption)}{note_html}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _class(cell: Cell) -> str:
    return ' class="number"' if cell.number else ""


def _cell(cell: Cell) -> str:
    if cell.heading:
        return f'<th scope="row">{escape(cell.text)}</th>'
    return f"<td{_class(cell)}>{escape(cell.text)}</td>"


def sort_newest_first(structure: Structure, rows: Iterable[Row]) -> list[Row]:
    """Sorts observations by their dimensions, and within these by period, newest first."""
    keys = [key for key in structure.dataflow.keys if key != TIME]
    newest_first = sorted(rows, key=lambda row: row.get(TIME, ""), reverse=True)
    return sorted(newest_first, key=lambda row: tuple(row[key] for key in keys))
