"""Charts as HTML: picture, caption, downloads, and the same figures as a table.

A release never changes, so the HTML of a release's own chart is cached for each language.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bongsu.core.release import Release
from bongsu.core.structure import Chart
from bongsu.publish.charts import specifications
from bongsu.publish.charts.chart_caption import caption_of_rows
from bongsu.publish.formats import html_tables
from bongsu.store.node import Node


def chart_context(
    node: Node, release: Release, id_: str, title: str, rows: Sequence[specifications.Row], query: str, language: str
) -> dict[str, Any]:
    """Returns the context of templates/publish/_chart.html for `rows`, drawn at charts/.../ID.LANGUAGE.FORM?query."""
    address = f"/charts/{release.dataflow}/{release.number}/{id_}.{language}"
    asked = f"?{query}" if query else ""
    return {
        "release": release,
        "title": title,
        "address": address,
        "query": asked,
        "caption": caption_of_rows(node.releases.structure(release), rows, language),
        "csv": f"{address}.csv{asked}",
    }


def render_chart(node: Node, release: Release, id_: str, language: str) -> SafeString:
    """Renders the chart `id_` of a release as HTML. Raises UnknownName."""
    return _render_chart(node, release, id_, language, node.site.home)


def home_query(chart: Chart, home: str) -> str:
    """Returns the part of a chart's address that names the institution's country; "" if the chart is the same in all."""
    return urlencode({"home": home}) if home and specifications.shows_home(chart) else ""


@lru_cache(maxsize=512)
def _render_chart(node: Node, release: Release, id_: str, language: str, home: str) -> SafeString:
    structure = node.releases.structure(release)
    chart = specifications.find_chart(structure, id_)
    shown = specifications.chart_rows(node, release, chart, home)
    title = chart.title.to(language)
    context = chart_context(node, release, chart.id, title, shown, home_query(chart, home), language)
    table = html_tables.chart_table(structure, chart, shown, language, title)
    return render_to_string("publish/_chart.html", {**context, "table": table})
