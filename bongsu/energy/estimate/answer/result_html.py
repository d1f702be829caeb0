"""Makes the table of an estimate that a notebook shows, in any installed language."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable
from html import escape

from bongsu.core.errors import N_, unknown_name
from bongsu.core.estimate import Estimate
from bongsu.core.html_table import make_table_html
from bongsu.core.languages import LANGUAGES
from bongsu.core.report import Report
from bongsu.energy.estimate.values.value_text import format_significant
from bongsu.store.languages.folders import locale_folders
from bongsu.store.tables.definitions import code_lists

_HEADINGS = ("", N_("value"), N_("low"), N_("high"), N_("unit"), N_("boundary"), N_("kind"))


def make_result_html(
    title: str, figures: Iterable[tuple[str, Estimate]], language: str, notes: Iterable[Report] = ()
) -> str:
    """Returns an HTML table: each figure with its 80 % interval, unit, boundary and kind; then the notes.

    Raises UnknownName.
    """
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language, LANGUAGES)
    translate, lists = _find_texts(language), code_lists()

    def number(value: float | None) -> str | None:
        return None if value is None else format_significant(value, language)

    rows = [
        (
            translate(name),
            *map(number, (one.value, one.low, one.high)),
            one.unit,
            lists["CL_BOUNDARY"].name_of(one.boundary, language),
            lists["CL_KIND"].name_of(one.kind, language),
        )
        for name, one in figures
    ]
    table = make_table_html(title, [name and translate(name) for name in _HEADINGS], rows)
    return table + "".join(f"<p>{escape(note.describe(translate))}</p>" for note in notes)


def _find_texts(language: str) -> Callable[[str], str]:
    found = gettext.NullTranslations()
    for folder in locale_folders():
        found.add_fallback(gettext.translation("django", str(folder), [language], fallback=True))
    return found.gettext
