"""The pages of one dataflow: its explorer, and each release with its whole provenance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from bongsu.core.errors import BadInput
from bongsu.core.release import Release
from bongsu.core.structure import Structure
from bongsu.publish.charts import chart_html, explorer_query
from bongsu.publish.formats import html_tables
from bongsu.publish.formats.public_address import base_address
from bongsu.publish.pages import code_snippets, difference_table, page_context, peer_pages
from bongsu.publish.pages.correction_texts import list_correction_texts
from bongsu.publish.pages.explorer_page import explorer_context
from bongsu.store.node import Node
from bongsu.store.releases.difference import MOST_SHOWN, compare_releases

_FIRST = 50  # rows on a release's page


def dataflow(request: HttpRequest, dataflow: str) -> HttpResponse:
    """A dataflow and its explorer: choose observations, see them as chart, map and table, and download them."""
    node, language = page_context.get_node(request), page_context.page_language()
    release = page_context.find_current_release(node, dataflow)
    structure = node.releases.structure(release)
    choice = explorer_query.read_choice(structure, dict(request.GET.lists()), language, node.site.home)
    context = {
        **_release_context(node, release, language),
        **explorer_context(node, release, choice, language),
        **_snippets_context(request, release.agency, structure, choice),
        "of_peers": peer_pages.list_peer_releases(node, dataflow, language),
    }
    return render(request, "publish/dataflow.html", context)


def _snippets_context(
    request: HttpRequest, agency: str, structure: Structure, choice: explorer_query.Choice
) -> dict[str, Any]:
    host = base_address(request).rstrip("/")
    where = code_snippets.sdmx_csv_address(host, agency, structure.dataflow, choice.selection)
    return {"uses": code_snippets.list_snippets(where, structure.dataflow), "sdmx": where.removeprefix(host)}


def release(request: HttpRequest, dataflow: str, number: int) -> HttpResponse:
    """One release with its whole provenance: inputs, licences, hashes, method, checks."""
    node, language = page_context.get_node(request), page_context.page_language()
    found = node.releases.get(dataflow, number)
    manifest = node.releases.manifest(found)
    structure = node.releases.structure(found)
    successor = node.releases.find_successor(found) if found.withdrawal else None
    first = node.engine.run(node.table(found).order_by(structure.dataflow.keys).limit(_FIRST)).to_pylist()
    context = {
        **_release_context(node, found, language),
        "manifest": manifest,
        "despite": manifest.despite,
        "successor": successor,
        "compared": _describe_difference(node, found, successor) if successor else "",
        "corrections": list_correction_texts(node, found, language),
        "findings": [{"title": gettext(f.check), "detail": f.describe(gettext)} for f in manifest.findings],
        "notes": [{"title": gettext(note.message), "detail": note.detail} for note in manifest.notes],
        "blocks": [
            (chart.id, chart_html.render_chart(node, found, chart.id, language)) for chart in structure.dataflow.charts
        ],
        "table": html_tables.observation_table(structure, first, language, structure.dataflow.name.to(language)),
        "left_out": max(0, found.rows - _FIRST),
    }
    return render(request, "publish/release.html", context)


def difference(request: HttpRequest, dataflow: str, before: int, after: int) -> HttpResponse:
    """What differs between two releases: observations added, removed and changed, the largest changes first."""
    node, language = page_context.get_node(request), page_context.page_language()
    one, other = node.releases.get(dataflow, before), node.releases.get(dataflow, after)
    structure = node.releases.structure(other)
    found = compare_releases(node, one, other, MOST_SHOWN)
    context = {
        "flow": structure.dataflow,
        "name": structure.dataflow.name.to(language),
        "before": one,
        "after": other,
        "pair": (one, other),
        "difference": found,
        "shown": MOST_SHOWN,
        "cut": max(found.changed_count, found.added_count, found.removed_count) > MOST_SHOWN,
        "tables": [
            (gettext("Changed"), difference_table.changed_table(structure, found.changed, language)),
            (gettext("Added"), difference_table.rows_table(structure, found.added, language)),
            (
                gettext("Removed"),
                difference_table.rows_table(node.releases.structure(one), found.removed, language),
            ),
        ],
    }
    return render(request, "publish/difference.html", context)


def _describe_difference(node: Node, one: Release, other: Release) -> str:
    """Returns in a few words how many observations differ; empty if the releases cannot be compared."""
    try:
        found = compare_releases(node, one, other, 0)
    except BadInput:
        return ""
    text = gettext("observations changed: {changed}, added: {added}, removed: {removed}")
    return text.format(changed=found.changed_count, added=found.added_count, removed=found.removed_count)


def _release_context(node: Node, release: Release, language: str) -> dict[str, Any]:
    structure = node.releases.structure(release)
    flow = structure.dataflow
    return {
        "flow": flow,
        "name": flow.name.to(language),
        "description": flow.description.to(language),
        "boundary": structure.name_of("BOUNDARY", str(flow.boundary), language),
        "method": page_context.method_name(flow),
        "release": release,
        "replaced": node.releases.list_replaced(release),
        "causes": page_context.list_causes(node, release),
        "newer": page_context.find_newer(node, release),
        "releases": list(reversed(node.releases.all(release.dataflow))),
        "sources": [one for one in node.releases.manifest(release).inputs if not one.is_correction],
        "concepts": [
            (c.id, c.name.to(language), c.definition.to(language)) for c in (*flow.dimensions, *flow.attributes)
        ],
    }
