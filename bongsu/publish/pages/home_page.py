"""The home page, the pages of programmes with their stories, and the list of dataflows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bongsu.core.errors import N_, unknown_name
from bongsu.core.programme import ProgrammeInfo
from bongsu.publish.charts import chart_html
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
            **_programme_context(face, language),
            "figures": [
                figure for card in mine for figure in page_context.list_headlines(node, card.release, language)
            ][:3],
            "count": len(mine),
        }
        for face in read_programmes().values()
        for mine in [[card for card in cards if card.flow.programme == face.name]]
        if mine or face.story
    ]
    context = {
        "programmes": programmes,
        "newest": list(page_context.list_newest_releases(node, _NEW, language)),
        "lead": _lead_section(node, language),
        "flows": len(cards),
        "observations": sum(card.release.rows for card in cards),
        "node": node.identity,
        "host": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "publish/home.html", context)


def _lead_section(node: Node, language: str) -> dict[str, Any] | None:
    """Returns the first story section of the first programme that has one."""
    return next(
        (chapter for face in read_programmes().values() for chapter in _story_sections(node, face, language)), None
    )


def programme(request: HttpRequest, programme: str) -> HttpResponse:
    """A programme: its headline figures, the sections of its story, and all its dataflows."""
    if programme not in read_programmes():
        raise unknown_name(N_("programme"), programme, read_programmes())
    node, language, face = page_context.get_node(request), page_context.page_language(), read_programmes()[programme]
    cards = [card for card in page_context.list_cards(node, language) if card.flow.programme == programme]
    context = {
        **_programme_context(face, language),
        "figures": [figure for card in cards for figure in page_context.list_headlines(node, card.release, language)],
        "story": _story_sections(node, face, language),
        "cards": cards,
    }
    return render(request, "publish/programme.html", context)


def _programme_context(face: ProgrammeInfo, language: str) -> dict[str, Any]:
    return {
        "name": face.name,
        "title": face.title.to(language),
        "summary": face.summary.to(language),
        "question": face.question.to(language),
        "has_story": bool(face.story),
    }


def _story_sections(node: Node, face: ProgrammeInfo, language: str) -> list[dict[str, Any]]:
    """Returns the story sections whose release the node has. A section is left out if an old release lacks its chart."""
    releases = page_context.list_current_releases(node)
    chapters = []
    for chapter in face.story:
        release = releases.get(chapter.flow)
        fit = release is not None and not release.withdrawal and node.releases.is_whole(release)
        flow = node.releases.structure(release).dataflow if release and fit else None
        if release and flow and chapter.chart in {chart.id for chart in flow.charts}:
            chapters.append(
                {
                    "title": chapter.title.to(language),
                    "text": chapter.text.to(language),
                    "flow": flow.id,
                    "name": flow.name.to(language),
                    "block": chart_html.render_chart(node, release, chapter.chart, language),
                }
            )
    return chapters


def flows(request: HttpRequest) -> HttpResponse:
    """Every dataflow, by programme; those of unknown programmes are last."""
    node, language = page_context.get_node(request), page_context.page_language()
    cards = page_context.list_cards(node, language)
    known = [
        (face.title.to(language), [c for c in cards if c.flow.programme == face.name])
        for face in read_programmes().values()
    ]
    others = [card for card in cards if card.flow.programme not in read_programmes()]
    groups = [(title, mine) for title, mine in (*known, ("", others)) if mine]
    return render(request, "publish/flows.html", {"groups": groups})
