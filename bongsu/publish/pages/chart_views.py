"""Charts as files (SVG, PNG, CSV or specification): a release's own charts, charts of the explorer, and maps.

A release never changes, so responses may be cached for a year.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Release
from bongsu.publish.charts import chart_render, chart_theme, explorer_query, maps, specifications
from bongsu.publish.charts.chart_selection import chart_title as drawable_title
from bongsu.publish.charts.chart_selection import select_chart, select_newest
from bongsu.publish.pages import page_context
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

_FOREVER = "public, max-age=31536000, immutable"
EXPLORE, MAP = "explore", "map"
_FORMS = (*chart_render.MEDIA_TYPES, "csv")


def chart(request: HttpRequest, dataflow: str, number: int, chart: str, language: str, form: str) -> HttpResponse:
    """One chart of a release in a language, by its id; or `explore` or `map` for the choice in the query.

    `size=narrow` in the query gives a picture for phones, `home` the country that is the institution's own.
    Raises UnknownName, BadInput, and Missing for a choice that cannot be drawn.
    """
    node = page_context.get_node(request)
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language, LANGUAGES)
    if form not in _FORMS:
        raise unknown_name(N_("format"), form, _FORMS)
    size = request.GET.get("size", "wide")
    if size not in chart_theme.PICTURE_SIZES:
        raise unknown_name(N_("size"), size[:40], chart_theme.PICTURE_SIZES)
    home = request.GET.get("home", "")
    if home and home not in code_lists()["CL_AREA"]:
        raise unknown_name(N_("country"), home[:40], (), where="home")
    release = node.releases.get(dataflow, number)
    if chart in (EXPLORE, MAP):
        structure = node.releases.structure(release)
        choice = explorer_query.read_choice(structure, dict(request.GET.lists()), language, home)
        body = _render_choice(node, release, choice, chart, language, form, size)
    elif form == "csv":
        own = specifications.find_chart(node.releases.structure(release), chart)
        body = _csv(node, release, specifications.chart_rows(node, release, own, home))
    else:
        body = chart_render.render_release_chart(node, release, chart, language, form, size, home)
    media_type = chart_render.MEDIA_TYPES.get(form, "text/csv; charset=utf-8")
    response = HttpResponse(body, content_type=media_type)
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Content-Disposition"] = f'inline; filename="{dataflow}-{number}-{chart}.{language}.{form}"'
    return response


@lru_cache(maxsize=128)
def _render_choice(
    node: Node, release: Release, choice: explorer_query.Choice, what: str, language: str, form: str, size: str
) -> bytes:
    structure = node.releases.structure(release)
    if what == MAP:
        newest = explorer_query.select_newest_rows(node, release, choice.map_selection)
        areas = select_newest(structure, newest[: explorer_query.MAX_ROWS])
        if not maps.is_mappable(areas):
            raise Missing(
                N_("A map needs exactly one value per area, one unit and at least three areas."),
                fix=N_("Choose one code in every other dimension."),
            )
        if form == "csv":
            return _csv(node, release, areas)
        title = drawable_title(structure, areas).to(language)
        return chart_render.render_specification(maps.map_specification(structure, title, areas, language, size), form)
    rows = explorer_query.select_rows(node, release, choice.selection)[: explorer_query.MAX_ROWS]
    found = select_chart(structure, choice, rows)
    if found.chart is None:
        raise Missing(
            N_("This choice cannot be drawn as one chart."), fix=N_("Choose one code in some of its dimensions.")
        )
    if form == "csv":
        return _csv(node, release, found.rows)
    return chart_render.render_specification(
        specifications.chart_specification(structure, found.chart, found.rows, language, size), form
    )


def _csv(node: Node, release: Release, rows: Sequence[dict[str, Any]]) -> bytes:
    """Returns the observations of a chart with all their attributes, as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, node.releases.structure(release).dataflow.columns, lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
