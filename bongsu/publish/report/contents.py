"""The content of a report: headline figures, and for each dataflow a description, charts, a table, its method and sources.

All content comes from current releases, so the same releases give the same report; its date is
that of the newest release. Left out: layout (html.py, pdf.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, override

from bongsu.core.errors import N_, unknown_name
from bongsu.core.observation_status import is_flagged
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE, Chart, Structure
from bongsu.core.text import Text
from bongsu.publish.charts import explorer_query, specifications
from bongsu.publish.charts.chart_caption import ChartCaption, caption_of_rows
from bongsu.publish.charts.chart_selection import select_chart
from bongsu.publish.charts.maps import AREA
from bongsu.publish.formats import figures, html_tables, periods
from bongsu.publish.pages import country_pages, page_context
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists, concepts, iso_countries
from bongsu.store.tables.manual import method_records
from bongsu.store.tables.method_tables import MethodRecord
from bongsu.store.tables.programmes import read_programmes

_MAX_ROWS = 24  # rows of a dataflow's table; the files contain all
_LONGEST = 24  # characters in a cell; a longer text becomes a note below the table
_MAX_COMPARED = 10  # number of areas with which a country is compared
Row = dict[str, Any]


@dataclass(frozen=True)
class ReportChart:
    """A chart: its title, its Vega-Lite specification, its caption, and its alternative text."""

    title: str
    specification: dict[str, Any]
    caption: str
    alternative_text: str


@dataclass(frozen=True)
class ReportTable:
    """A table of observations: header, which columns are numbers, lines, values shared by all lines, number of lines left out.

    Long texts, such as sources and comments, are in `notes`; their cells contain the number of the note: “[1]”.
    """

    header: tuple[str, ...]
    numbers: tuple[bool, ...]
    lines: tuple[tuple[str, ...], ...]
    shared: str
    left_out: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSection:
    """The part of a report about one dataflow."""

    flow: str
    name: str
    description: str
    release: Release
    sealed: str
    figure: page_context.Figure | None
    charts: tuple[ReportChart, ...]
    table: ReportTable
    method: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ReportPart:
    """The part of a report about one programme: its title, its question, and a section for each dataflow."""

    title: str
    question: str
    sections: tuple[ReportSection, ...]


@dataclass(frozen=True)
class Report:
    """A report on an area in a language; `newest` is the time (UTC) of its newest release, `day` its date as text."""

    code: str
    name: str
    language: str
    node: str
    title: str
    day: str
    newest: str
    parts: tuple[ReportPart, ...]
    methods: tuple[MethodRecord, ...]

    @property
    def sections(self) -> tuple[ReportSection, ...]:
        """Every section, in order."""
        return tuple(section for part in self.parts for section in part.sections)

    @property
    def figures(self) -> tuple[page_context.Figure, ...]:
        """The headline figures of its sections."""
        return tuple(section.figure for section in self.sections if section.figure)


def list_area_releases(node: Node, code: str) -> list[Release]:
    """Lists the current releases that have data for an area. Raises UnknownName if there is none."""
    currents = [release for release in page_context.list_current_releases(node).values() if not release.withdrawal]
    found = [release for release in currents if code in country_pages.list_areas(node, release)]
    if not found:
        known = {area for release in currents for area in country_pages.list_areas(node, release)}
        raise unknown_name(N_("country"), code[:80], known, where=AREA)
    return found


def build_report(node: Node, code: str, language: str, sections: Sequence[ReportSection]) -> Report:
    """Builds a report of sections made by `build_section`."""
    by_programme: dict[str, list[ReportSection]] = {}
    for one in sections:
        flow = node.releases.structure(one.release).dataflow
        by_programme.setdefault(flow.programme, []).append(one)
    known = read_programmes()
    ordered = [*(name for name in known if name in by_programme), *(n for n in by_programme if n not in known)]
    parts = tuple(
        ReportPart(
            known[name].title.to(language) if name in known else name,
            known[name].question.to(language) if name in known else "",
            tuple(by_programme[name]),
        )
        for name in ordered
    )
    used = {one.method for one in sections}
    name = code_lists()["CL_AREA"].name_of(code, language)
    with override(language):
        title = gettext("Artificial intelligence in figures: {country}").format(country=name)
    newest = max(section.release.sealed_at for section in sections)
    records = tuple(record for key, record in method_records().items() if key in used)
    day = periods.format_day(newest, language)
    return Report(code, name, language, node.name_in(language), title, day, newest, parts, records)


def build_section(node: Node, release: Release, code: str, language: str) -> ReportSection:
    """Builds the section of a release about an area."""
    structure = node.releases.structure(release)
    flow = structure.dataflow
    choice = explorer_query.Choice(country_pages.select_area(flow, code))
    rows = explorer_query.select_rows(node, release, choice.selection)
    with override(language):
        drawings = [
            *_time_charts(structure, choice, rows, language),
            *_comparison_charts(node, release, structure, code, language),
        ]
        figure = country_pages.find_headline(structure, release, rows, language)
        sources = tuple(_source(entry) for entry in node.releases.manifest(release).inputs)
    return ReportSection(
        flow.id,
        flow.name.to(language),
        flow.description.to(language),
        release,
        periods.format_day(release.sealed_at, language),
        figure,
        tuple(drawings),
        _build_table(structure, rows, language),
        page_context.method_name(flow),
        sources,
    )


def _source(entry: Any) -> str:
    if entry.release is not None:
        return gettext("{release}, a release of this node").format(release=f"{entry.name} {entry.release}")
    origin = entry.origin
    parts = [origin.publisher, origin.title, entry.vintage, origin.licence, origin.address, f"SHA-256 {entry.sha256}"]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _build_table(structure: Structure, rows: Sequence[Row], language: str) -> ReportTable:
    newest = sorted(rows, key=lambda row: row.get(TIME, ""), reverse=True)[:_MAX_ROWS]
    header, lines, shared = html_tables.lay_out_table(
        structure, html_tables.sort_newest_first(structure, newest), language
    )
    header, lines = _with_bounds(header, lines, language)
    keys = {dimension.name.to(language) for dimension in structure.dataflow.dimensions}
    free = [n for n, cell in enumerate(header) if cell.text not in keys and not cell.number]
    texts, notes = _number_notes([[cell.text for cell in line] for line in lines], free)
    return ReportTable(
        tuple(cell.text for cell in header),
        tuple(cell.number for cell in header),
        texts,
        shared,
        len(rows) - len(newest),
        notes,
    )


def _with_bounds(
    header: list[html_tables.Cell], lines: list[list[html_tables.Cell]], language: str
) -> tuple[list[html_tables.Cell], list[list[html_tables.Cell]]]:
    """Puts bounds into the cell of their value, “176 [170–190]”, because a page is too narrow for further columns."""
    names = [cell.text for cell in header]
    value, low, high = (concepts()[one].name.to(language) for one in NUMERIC_COLUMNS)
    if value not in names or low not in names or high not in names:
        return header, lines
    at, bounds = names.index(value), (names.index(low), names.index(high))
    for line in lines:
        between = "–".join(line[n].text for n in bounds)
        if between != "–":
            line[at] = line[at]._replace(text=f"{line[at].text} [{between}]")
    kept = [n for n in range(len(header)) if n not in bounds]
    return [header[n] for n in kept], [[line[n] for n in kept] for line in lines]


def _number_notes(lines: list[list[str]], free: Sequence[int]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Replaces long texts in the `free` columns by the number of a note; returns the lines and the notes."""
    long = {n for line in lines for n in free if len(line[n]) > _LONGEST}
    numbers: dict[str, int] = {}

    def cell(n: int, text: str) -> str:
        return f"[{numbers.setdefault(text, len(numbers) + 1)}]" if n in long and text else text

    written = tuple(tuple(cell(n, text) for n, text in enumerate(line)) for line in lines)
    return written, tuple(numbers)


def _time_charts(
    structure: Structure, choice: explorer_query.Choice, rows: tuple[Row, ...], language: str
) -> list[ReportChart]:
    """Returns the country's time series as charts, if they can be drawn."""
    found = select_chart(structure, choice, rows)
    if found.chart is None or len(found.rows) < 3:
        return []
    return [_build_chart(structure, found.chart, found.rows, language)]


def _comparison_charts(
    node: Node, release: Release, structure: Structure, code: str, language: str
) -> list[ReportChart]:
    """Compares the country with the areas that have the largest newest values of the dataflow's first chart."""
    flow = structure.dataflow
    about = next(iter(flow.headlines), None) or next(iter(flow.charts), None)
    own = {country.id for country in iso_countries()}
    if about is None or AREA not in flow.keys or code not in own:
        return []
    where = tuple((key, codes) for key, codes in about.where if key in flow.keys and key not in (AREA, TIME))
    mine = explorer_query.select_rows(node, release, Selection((*where, (AREA, (code,)))))
    last = max((row.get(TIME, "") for row in mine if _is_usable(row)), default="")
    rows = explorer_query.select_rows(node, release, Selection(where, last, last))  # of this period alone: few
    found = [row for row in rows if row[AREA] in own and _is_usable(row)]
    if len(found) < 5 or len({row[AREA] for row in found}) < len(found) or len({r["UNIT_MEASURE"] for r in found}) > 1:
        return []
    ranked = sorted(found, key=lambda row: (-row[VALUE], row[AREA]))
    place = next((n for n, row in enumerate(ranked, start=1) if row[AREA] == code), 0)
    if not place:
        return []
    kept = ranked[:_MAX_COMPARED] if place <= _MAX_COMPARED else [*ranked[: _MAX_COMPARED - 1], ranked[place - 1]]
    title = Text.compose(lambda one: _comparison_title(structure, found[0], code, place, len(ranked), one))
    return [_build_chart(structure, Chart("among", title, "bar", VALUE, AREA, top=len(kept)), kept, language)]


def _is_usable(row: Row) -> bool:
    return row[VALUE] is not None and not is_flagged(row)


def _comparison_title(structure: Structure, row: Row, code: str, place: int, of: int, language: str) -> str:
    country = structure.name_of(AREA, code, language)
    indicator = structure.name_of("INDICATOR", row["INDICATOR"], language) if "INDICATOR" in row else ""
    subject = indicator or structure.dataflow.name.to(language)
    with override(language):
        text = gettext("{subject}: {country} ranks {place} of {count} countries, largest first")
        return text.format(subject=subject, country=country, place=place, count=of)


def _build_chart(structure: Structure, chart: Chart, rows: Sequence[Row], language: str) -> ReportChart:
    what = caption_of_rows(structure, rows, language)
    title = chart.title.to(language)
    return ReportChart(
        title,
        specifications.chart_specification(structure, chart, rows, language),
        _caption_text(what),
        _alternative_text(chart, rows, structure, language),
    )


def _caption_text(what: ChartCaption) -> str:
    return " · ".join(dict.fromkeys(part for part in (what.without_sources, what.vintage, what.sources) if part))


def _alternative_text(chart: Chart, rows: Sequence[Row], structure: Structure, language: str) -> str:
    """Describes a chart for screen readers by its lowest and highest value; the table below it has every figure."""
    valued = [row for row in rows if row[VALUE] is not None]
    if not valued:
        return chart.title.to(language)
    low, high = (pick(valued, key=lambda row: row[VALUE]) for pick in (min, max))

    def named(row: Row) -> str:
        key = chart.y if chart.x == VALUE else chart.x
        where = figures.format_cell(structure, key, row, language)
        return f"{figures.format_number(row[VALUE], language)} ({where})"

    text = gettext("{title}. {count} values, from {low} to {high}.")
    return text.format(title=chart.title.to(language), count=len(valued), low=named(low), high=named(high))
