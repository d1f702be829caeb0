"""The home page, the pages of programmes with their stories, and the list of dataflows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bongsu.core.errors import N_, unknown_name
from bongsu.core.programme import ProgrammeInfo
from bongsu.publish.charts import chart_html
from bongsu.publish.formats.public_address import base_address
from bongsu.publish.pages import page_context
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programmes

_NEW = 8  # releases on the home page


def home(request: HttpRequest) -> HttpResponse:
    """The programmes with their headline figures, the newest releases, and the addresses of the node's interfaces."""
    node, language = page_context.get_node(request), page_context.page_language()
    cards = page_context.list_cards(node, language)
    programmes = [
        {
            **_programme_context(info, language),
            "figures": [
                figure for card in mine for figure in page_context.list_headlines(node, card.release, language)
            ][:3],
            "count": len(mine),
        }
        for info in read_programmes().values()
        for mine in [[card for card in cards if card.flow.programme == info.name]]
        if mine or info.story
    ]
    context = {
        "programmes": programmes,
        "affected": [
            (release, node.releases.structure(release).dataflow.name.to(language))
            for release in page_context.list_affected(node)
        ],
        "newest": list(page_context.list_newest_releases(node, _NEW, language)),
        "lead": _lead_section(node, language),
        "flows": len(cards),
        "observations": sum(card.release.rows for card in cards),
        "node": node.identity,
        "host": base_address(request).rstrip("/"),
    }
    return render(request, "publish/home.html", context)


def _lead_section(node: Node, language: str) -> dict[str, Any] | None:
    """Returns the first story section of the first programme that has one."""
    return next(
        (section for info in read_programmes().values() for section in _story_sections(node, info, language)), None
    )


def programme(request: HttpRequest, programme: str) -> HttpResponse:
    """A programme: its headline figures, the sections of its story, and all its dataflows."""
    if programme not in read_programmes():
        raise unknown_name(N_("programme"), programme, read_programmes())
    node, language, info = page_context.get_node(request), page_context.page_language(), read_programmes()[programme]
    cards = [card for card in page_context.list_cards(node, language) if card.flow.programme == programme]
    context = {
        **_programme_context(info, language),
        "figures": [figure for card in cards for figure in page_context.list_headlines(node, card.release, language)],
        "story": _story_sections(node, info, language),
        "cards": cards,
    }
    return render(request, "publish/programme.html", context)


def _programme_context(info: ProgrammeInfo, language: str) -> dict[str, Any]:
    return {
        "name": info.name,
        "title": info.title.to(language),
        "summary": info.summary.to(language),
        "question": info.question.to(language),
        "has_story": bool(info.story),
    }


def _story_sections(node: Node, info: ProgrammeInfo, language: str) -> list[dict[str, Any]]:
    """Returns the story sections whose release the node has. A section is left out if an old release lacks its chart."""
    releases = page_context.list_current_releases(node)
    sections = []
    for section in info.story:
        release = releases.get(section.flow)
        fit = release is not None and not release.withdrawal and node.releases.is_intact(release)
        flow = node.releases.structure(release).dataflow if release and fit else None
        if release and flow and section.chart in {chart.id for chart in flow.charts}:
            sections.append(
                {
                    "title": section.title.to(language),
                    "text": section.text.to(language),
                    "flow": flow.id,
                    "name": flow.name.to(language),
                    "block": chart_html.render_chart(node, release, section.chart, language),
                }
            )
    return sections


def flows(request: HttpRequest) -> HttpResponse:
    """Every dataflow, by programme; those of unknown programmes are last."""
    node, language = page_context.get_node(request), page_context.page_language()
    cards = page_context.list_cards(node, language)
    known = [
        (info.title.to(language), [c for c in cards if c.flow.programme == info.name])
        for info in read_programmes().values()
    ]
    others = [card for card in cards if card.flow.programme not in read_programmes()]
    groups = [(title, mine) for title, mine in (*known, ("", others)) if mine]
    return render(request, "publish/flows.html", {"groups": groups})
