"""Feeds of new and corrected releases, of withdrawals and of what these affect, in each language: Atom, RSS 2.0, JSON Feed 1.1.

What happened is a list of news (news.py), which e-mail and webhooks announce too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from django.utils.translation import gettext, override
from lxml import etree

from bongsu.core import atom
from bongsu.core.languages import describe_language
from bongsu.publish.catalogue.news import CORRECTED, NEW, News, list_news
from bongsu.store.node import Node

MAX_NEWS = 50
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class FeedItem:
    """One item of a feed in one language: what happened to a release, and when."""

    id: str
    title: str
    text: str
    at: str
    address: str
    data: str


def list_feed_items(node: Node, base: str, language: str, dataflow: str = "") -> list[FeedItem]:
    """Lists the newest news of all dataflows or of one, newest first."""
    return [_feed_item(node, one, base, language) for one in list_news(node, dataflow)[:MAX_NEWS]]


def _feed_item(node: Node, news: News, base: str, language: str) -> FeedItem:
    release = news.release
    place = f"releases/{release.dataflow}/{release.number}"
    mark = "" if news.kind in (NEW, CORRECTED) else f"#{news.kind}"
    return FeedItem(
        id=f"{base}catalogue/{place}{mark}",
        title=news.title(node, language),
        text=news.text(node, language),
        at=news.at,
        address=f"{base}{language}/{place}/",
        data=f"{base}files/{release.dataflow}/{release.number}.csv",
    )


def _title(node: Node, language: str, dataflow: str) -> str:
    with override(language):
        title = gettext("New releases of {name}").format(name=node.name_in(language))
    if not dataflow:
        return title
    flow = node.releases.structure(node.releases.all(dataflow)[-1]).dataflow
    return f"{title}{describe_language(language).colon}{flow.name.to(language)}"


def write_atom(node: Node, base: str, address: str, language: str, dataflow: str = "") -> bytes:
    """Writes the feed as Atom (RFC 4287)."""
    entries = [
        atom.AtomEntry(
            one.id,
            one.title,
            one.text,
            one.at,
            (("alternate", "text/html", one.address), ("enclosure", "text/csv", one.data)),
        )
        for one in list_feed_items(node, base, language, dataflow)
    ]
    title, name = _title(node, language, dataflow), node.name_in(language)
    page = f"{base}{language}/"
    return atom.write_atom(atom.AtomFeed(address, page, title, name, language, node.identity.created, entries))


def write_rss(node: Node, base: str, address: str, language: str, dataflow: str = "") -> bytes:
    """Writes the feed as RSS 2.0, with an atom:link to itself."""
    feed = etree.Element("rss", version="2.0", nsmap={"atom": _ATOM})
    channel = etree.SubElement(feed, "channel")

    def add(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
        child = etree.SubElement(parent, name, attributes)
        child.text = text or None

    add(channel, "title", _title(node, language, dataflow))
    add(channel, "link", f"{base}{language}/")
    add(channel, "description", _title(node, language, dataflow))
    add(channel, "language", language)
    etree.SubElement(channel, f"{{{_ATOM}}}link", rel="self", type="application/rss+xml", href=address)
    for one in list_feed_items(node, base, language, dataflow):
        item = etree.SubElement(channel, "item")
        add(item, "title", one.title)
        add(item, "link", one.address)
        add(item, "description", one.text)
        add(item, "guid", one.id, isPermaLink="false")
        add(item, "pubDate", format_datetime(datetime.fromisoformat(one.at)))
    return _xml(feed)


def _xml(feed: etree._Element) -> bytes:
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def write_json_feed(node: Node, base: str, address: str, language: str, dataflow: str = "") -> bytes:
    """Writes the feed as JSON Feed 1.1."""
    shape = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(node, language, dataflow),
        "home_page_url": f"{base}{language}/",
        "feed_url": address,
        "language": language,
        "authors": [{"name": node.name_in(language), "url": base}],
        "items": [
            {
                "id": one.id,
                "url": one.address,
                "title": one.title,
                "content_text": one.text,
                "date_published": one.at,
                "attachments": [{"url": one.data, "mime_type": "text/csv"}],
            }
            for one in list_feed_items(node, base, language, dataflow)
        ],
    }
    return (json.dumps(shape, ensure_ascii=False, indent=1) + "\n").encode()


Writer = Callable[[Node, str, str, str, str], bytes]
FEED_FORMATS: dict[str, tuple[str, Writer]] = {
    "atom": ("application/atom+xml", write_atom),
    "rss": ("application/rss+xml", write_rss),
    "json": ("application/feed+json", write_json_feed),
}
FEED_NAMES: Sequence[tuple[str, str]] = (("atom", "Atom"), ("rss", "RSS"), ("json", "JSON Feed"))
