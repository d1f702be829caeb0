"""The sitemap of every page in each language, and robots.txt.

A sitemap holds at most 50,000 addresses; a node with more has an index of several. Robots may read everything except
SDMX data and OAI-PMH, which have an unbounded number of addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override
from lxml import etree

from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Release
from bongsu.publish.catalogue.entries import list_entries
from bongsu.publish.catalogue.items import RELEASE, list_item_ids
from bongsu.publish.catalogue.pages_of_rooms import list_pages_of_rooms
from bongsu.publish.formats.public_address import PERSONAL_PAGES
from bongsu.publish.pages import country_pages, page_context, site_pages
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programmes

_NS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
MAX_ADDRESSES = 50_000  # in a file
DISALLOWED = ("/sdmx/", "/oai", "/health")


def count_pages_per_file() -> int:
    """How many pages fit in a file, each in every language."""
    return MAX_ADDRESSES // len(LANGUAGES)


def list_pages(node: Node) -> tuple[tuple[str, str], ...]:
    """Lists (path without language, time of the last change or ""): the pages of releases, and every page without arguments."""
    absent = {f"{field}/" for field, _ in site_pages.PAGES if not getattr(node.site, field)}
    pages = [page for page in _list_pages(node, tuple(node.releases.all())) if page[0] not in absent]
    return (*pages, *list_pages_of_rooms(node))


@lru_cache(maxsize=2)
def _list_pages(node: Node, releases: tuple[Release, ...]) -> tuple[tuple[str, str], ...]:
    """`releases` is part of the cache key."""
    found = [(path, "") for path in _fixed_pages()]
    for kind, id_ in list_item_ids(node):
        if kind == RELEASE:
            flow, _, number = id_.partition("/")
            release = node.releases.get(flow, int(number))
            moment = release.changed_at
            found.append((f"releases/{id_}/", moment))
    found += [(page, "") for page in _pages_of_releases(node)]
    for flow in node.releases.dataflows():
        newest = max(release.changed_at for release in node.releases.all(flow))
        found.append((f"flows/{flow}/", newest))
    return tuple(sorted(set(found)))


def _pages_of_releases(node: Node) -> list[str]:
    """Lists the pages whose arguments come from releases: countries, methods, programmes, entries of a catalogue."""
    currents = [release for release in page_context.list_current_releases(node).values() if not release.withdrawal]
    flows = [node.releases.structure(release).dataflow for release in currents]
    arguments = {
        "country": {area for release in currents for area in country_pages.list_areas(node, release)},
        "method": {method for flow in flows if (method := page_context.method_name(flow))},
        "programme": {flow.programme for flow in flows if flow.programme in read_programmes()},
        "entry": {id_ for one in list_entries(node) for id_ in one.lines},
    }
    found = []
    for name, values in arguments.items():
        for value in sorted(values):
            try:
                with override("en"):
                    found.append(reverse(name, args=(value,)).removeprefix("/en/"))
            except NoReverseMatch:
                break  # this node has no such pages
    return found


def _fixed_pages() -> list[str]:
    """Lists the pages without arguments from the URL configuration, so that new pages are included."""
    names: list[str] = []
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.pattern.regex.match(f"{settings.LANGUAGE_CODE}/"):
            names += _list_url_names(pattern)
    found = []
    for name in names:
        try:
            with override("en"):
                address = reverse(name)
        except NoReverseMatch:
            continue  # it needs an argument
        page = address.removeprefix("/en/")
        if page != address and not page.startswith(PERSONAL_PAGES):  # otherwise another address has this name too
            found.append(page)
    return sorted(set(found))


def _list_url_names(resolver: URLResolver) -> list[str]:
    names = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            names += _list_url_names(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            names.append(pattern.name)
    return names


def write_sitemap(found: Sequence[tuple[str, str]], base: str) -> bytes:
    """Writes a sitemap of these pages, each with links to its other languages."""
    root = etree.Element(f"{{{_NS}}}urlset", nsmap={None: _NS, "xhtml": _XHTML})
    for page, moment in found:
        for language in LANGUAGES:
            url = etree.SubElement(root, f"{{{_NS}}}url")
            etree.SubElement(url, f"{{{_NS}}}loc").text = f"{base}{language}/{page}"
            if moment:
                etree.SubElement(url, f"{{{_NS}}}lastmod").text = moment
            for other in LANGUAGES:
                href = f"{base}{other}/{page}"
                etree.SubElement(url, f"{{{_XHTML}}}link", rel="alternate", hreflang=other, href=href)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def write_index(parts: int, base: str) -> bytes:
    """Writes the index of several sitemaps."""
    root = etree.Element(f"{{{_NS}}}sitemapindex", nsmap={None: _NS})
    for number in range(1, parts + 1):
        place = etree.SubElement(root, f"{{{_NS}}}sitemap")
        etree.SubElement(place, f"{{{_NS}}}loc").text = f"{base}sitemap-{number}.xml"
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def write_robots(base: str) -> str:
    """Writes robots.txt."""
    closed = "".join(f"Disallow: {path}\n" for path in DISALLOWED)
    return f"User-agent: *\n{closed}\nSitemap: {base}sitemap.xml\n"
