"""Feeds as Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

_ATOM = "http://www.w3.org/2005/Atom"


class AtomEntry(NamedTuple):
    """An entry: its id, words, when (RFC 3339), the links (rel, media type, address), and authors (name, address).

    Without authors, those of the feed are meant.
    """

    id: str
    title: str
    text: str
    at: str
    links: tuple[tuple[str, str, str], ...]
    authors: tuple[tuple[str, str], ...] = ()


class AtomFeed(NamedTuple):
    """A feed in a language: its own address, which is its id, and that of its page; `updated` if it has no entry yet."""

    address: str
    page: str
    title: str
    author: str
    language: str
    updated: str
    entries: Sequence[AtomEntry]  # the newest first


def write_atom(feed: AtomFeed) -> bytes:
    """Returns the feed as XML."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", feed.language)

    def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
        child = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        child.text = text or None
        return child

    add(root, "id", feed.address)
    add(root, "title", feed.title)
    add(root, "updated", feed.entries[0].at if feed.entries else feed.updated)
    add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    add(root, "link", rel="alternate", type="text/html", href=feed.page)
    add(add(root, "author"), "name", feed.author)
    for one in feed.entries:
        entry = add(root, "entry")
        add(entry, "id", one.id)
        add(entry, "title", one.title)
        add(entry, "updated", one.at)
        add(entry, "published", one.at)
        for name, address in one.authors:
            author = add(entry, "author")
            add(author, "name", name)
            add(author, "uri", address)
        for relation, media_type, address in one.links:
            add(entry, "link", rel=relation, type=media_type, href=address)
        add(entry, "summary", one.text)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
