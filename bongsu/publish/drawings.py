"""A release's own charts as blocks of a page: picture, what the figures are, downloads, and the same figures as a table.

A release never changes, so a block is written once for each language and kept.
"""

from __future__ import annotations

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bongsu.core.release import Release
from bongsu.publish import charts, tables
from bongsu.publish.standing import standing
from bongsu.store.node import Node


@lru_cache(maxsize=512)
def block(node: Node, release: Release, id_: str, language: str) -> SafeString:
    """The chart `id_` of a release as HTML. Raises UnknownName."""
    structure = node.releases.structure(release)
    chart = charts.find(structure, id_)
    shown = charts.rows(node, release, chart)
    title = chart.title.to(language)
    context = {
        "release": release,
        "flow": structure.dataflow,
        "chart": chart.id,
        "title": title,
        "address": f"/charts/{release.dataflow}/{release.number}/{chart.id}.{language}",
        "query": "",
        "told": standing(structure, shown, language),
        "table": tables.chart(structure, chart, shown, language, title),
        "csv": f"/charts/{release.dataflow}/{release.number}/{chart.id}.{language}.csv",
    }
    return render_to_string("publish/_chart.html", context)
