"""Makes the HTML tables that a notebook shows. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def make_table_html(title: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns an HTML table with a heading row. None becomes an empty cell."""
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heading)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if cell is None else escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def make_definition_html(title: str, facts: Iterable[tuple[str, str]]) -> str:
    """Returns a heading and a definition list of (name, text) pairs, as HTML."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return f"<p><b>{escape(title)}</b></p><dl>{items}</dl>"
