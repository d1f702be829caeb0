"""The context that pages share: the language, the current releases by programme, and their headline figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_, unknown_name
from bongsu.core.release import Release
from bongsu.core.structure import AREA, TIME, VALUE, Dataflow, Structure
from bongsu.publish.formats import figures, periods
from bongsu.publish.pages.home_headline import choose_headline
from bongsu.store.node import Node
from bongsu.store.tables.manual import method_records

_DIGITS = 3  # significant digits of a headline; tables show more


class Card(NamedTuple):
    """A dataflow with its current release, or its newest withdrawn one."""

    flow: Dataflow
    name: str
    description: str
    release: Release


class Figure(NamedTuple):
    """A headline figure as a page shows it."""

    title: str
    value: str
    interval: str
    unit: str
    unit_name: str
    period: str
    kind: str
    source: str
    release: Release


def get_node(request: HttpRequest) -> Node:
    """Returns the node that the middleware attached to this request."""
    node: Node = request.node  # type: ignore[attr-defined]
    return node


def page_language() -> str:
    """Returns the language of the page."""
    return get_language() or "en"


def find_current_release(node: Node, dataflow: str) -> Release:
    """Returns the current release, or the newest withdrawn one if none is left, so that its page can say so."""
    known = node.releases.all(dataflow)
    if not known:
        raise unknown_name(N_("dataflow"), dataflow, node.releases.dataflows())
    return next((release for release in reversed(known) if not release.withdrawal), known[-1])


def list_current_releases(node: Node) -> dict[str, Release]:
    """Returns the newest release of each dataflow that is not withdrawn, or the newest one if all are, by dataflow id."""
    found: dict[str, Release] = {}
    for release in node.releases.all():
        if release.dataflow not in found or not release.withdrawal or found[release.dataflow].withdrawal:
            found[release.dataflow] = release
    return dict(sorted(found.items()))


def list_causes(node: Node, release: Release) -> list[Release]:
    """Returns the withdrawn releases that a release was computed from, directly or not."""
    names = release.affected.by if release.affected else ()
    return [other for other in node.releases.all() if other.name in names]


def find_newer(node: Node, release: Release) -> Release | None:
    """Returns the current release of the dataflow if it is newer than `release` and not affected, else None."""
    current = find_current_release(node, release.dataflow)
    return current if current.number > release.number and not current.affected else None


def list_affected(node: Node) -> list[Release]:
    """Returns the current releases that were computed from withdrawn ones."""
    return [release for release in list_current_releases(node).values() if release.affected]


def list_cards(node: Node, language: str) -> list[Card]:
    """Returns every dataflow as a card, by its id."""
    found = []
    for release in list_current_releases(node).values():
        flow = node.releases.structure(release).dataflow
        found.append(Card(flow, flow.name.to(language), flow.description.to(language), release))
    return found


def list_headlines(node: Node, release: Release, language: str) -> tuple[Figure, ...]:
    """Returns the headline figures of a release; empty if its file is damaged, so that a page can show the others."""
    if release.affected or not node.releases.is_intact(release):
        return ()
    return _list_headlines(node, release, language, node.site.home)


@lru_cache(maxsize=512)
def _list_headlines(node: Node, release: Release, language: str, home: str) -> tuple[Figure, ...]:
    structure = node.releases.structure(release)
    found = []
    for headline in structure.dataflow.headlines:
        chosen = choose_headline(node, release, headline, home)
        if chosen is not None and chosen.row[VALUE] is not None:
            area = structure.name_of(AREA, str(chosen.row.get(AREA, "")), language)
            if chosen.among:
                area = gettext("{area}, the median of {count} countries").format(area=area, count=chosen.among)
            title = headline.title.to(language).replace("{area}", area)
            figure = build_figure(structure, release, chosen.row, title, language)
            found.append(figure._replace(source=source_name(node, figure.source, language)))
    return tuple(found)


def build_figure(structure: Structure, release: Release, row: dict[str, object], title: str, language: str) -> Figure:
    """Returns an observation as a figure with its unit, period, kind and source."""
    value, symbol = row[VALUE], str(row["UNIT_MEASURE"])
    assert isinstance(value, float)
    return Figure(
        title,
        figures.format_number(value, language, _DIGITS),
        figures.format_interval(row, language, _DIGITS),
        symbol if symbol != "1" else "",
        figures.unit_name(symbol, language),
        periods.format_period(str(row[TIME]), language) if TIME in row else "",
        structure.name_of("KIND", str(row["KIND"]), language),
        str(row["SOURCE"]),
        release,
    )


def source_name(node: Node, text: str, language: str) -> str:
    """Returns the display name of a source: the name of the dataflow if it is one of this node, else the text itself."""
    release = list_current_releases(node).get(text)
    return node.releases.structure(release).dataflow.name.to(language) if release else text


def method_name(flow: Dataflow) -> str:
    """Returns the name of a dataflow's method without its version; empty if the manual has no record of it."""
    name = flow.method.rsplit(" ", 1)[0]
    return name if name in method_records() else ""


def list_newest_releases(node: Node, most: int, language: str) -> Iterator[tuple[Release, str]]:
    """Lists the releases that were sealed last, with the names of their dataflows."""
    ordered = sorted(node.releases.all(), key=lambda release: (release.sealed_at, release.name), reverse=True)
    for release in ordered[:most]:
        yield release, node.releases.structure(release).dataflow.name.to(language)
