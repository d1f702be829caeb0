"""The tables of a page that compares two releases: changed observations with both values, and added or removed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE, Structure
from bongsu.publish.formats import figures
from bongsu.publish.formats.html_tables import Cell, observation_table, render_table
from bongsu.store.releases.difference import Change
from bongsu.store.tables.definitions import concepts

_DIGITS = 12


def changed_table(structure: Structure, changes: Sequence[Change], language: str) -> SafeString:
    """Renders changes: the dimensions, the value before and after with their unit, by how much, and what else differs."""
    if not changes:
        return SafeString()
    flow = structure.dataflow
    names = {one.id: one.name.to(language) for one in (concepts()[VALUE], *flow.dimensions, *flow.attributes)}
    header = [Cell(names[key]) for key in flow.keys]
    header += [Cell(gettext(text), number=True) for text in (_BEFORE, _AFTER, _DIFFERENCE, _SHARE)]
    header += [Cell(names["UNIT_MEASURE"]), Cell(gettext("Also changed"))]
    body = [
        [
            *(Cell(figures.format_cell(structure, key, change.after, language)) for key in flow.keys),
            *(Cell(text, number=True) for text in _describe_values(change, language)),
            Cell(figures.unit_name(change.after["UNIT_MEASURE"], language)),
            Cell("; ".join(_list_columns(structure, change, names, language))),
        ]
        for change in changes
    ]
    return render_table(header, body, gettext("Changed, the largest changes first"))


_BEFORE, _AFTER, _DIFFERENCE, _SHARE = N_("Before"), N_("After"), N_("Difference"), N_("in per cent")


def _describe_values(change: Change, language: str) -> tuple[str, str, str, str]:
    difference, share = change.difference, change.relative
    return (
        figures.format_number(change.before[VALUE], language, _DIGITS),
        figures.format_number(change.after[VALUE], language, _DIGITS),
        "" if difference is None else figures.format_number(difference, language),
        "" if share is None else figures.format_number(100 * share, language),
    )


def _list_columns(structure: Structure, change: Change, names: dict[str, str], language: str) -> list[str]:
    """Returns what each column other than the value, which has columns of its own, was and is."""
    found = []
    for name in change.columns:
        if name != VALUE:
            one, other = (_format(structure, name, row, language) for row in (change.before, change.after))
            found.append(figures.label_value(names[name], f"{one} → {other}", language))
    return found


def _format(structure: Structure, name: str, row: dict[str, Any], language: str) -> str:
    if name in NUMERIC_COLUMNS:
        return figures.format_number(row[name], language, _DIGITS)
    return figures.format_cell(structure, name, row, language) or "–"


def rows_table(structure: Structure, rows: Sequence[dict[str, Any]], language: str) -> SafeString:
    """Renders added or removed observations; nothing if there are none."""
    return (
        observation_table(structure, list(rows), language, structure.dataflow.name.to(language))
        if rows
        else SafeString()
    )
