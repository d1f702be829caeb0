"""The whole node as static files that any web server can host: every page in every language, charts, files, catalogue.

It requests each address from the node and follows the links of its pages, so new pages are exported without changes here.
Addresses in pages become relative, so the site can be hosted in any folder of a server. Features that need a running node
are left out: a page with a query is exported as the page without it. The folder is renamed into place when it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from html import escape, unescape
from pathlib import Path
from secrets import token_hex
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import override_settings

from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.languages import LANGUAGES
from bongsu.publish.bulk_files import CHECKSUMS_FILE, list_bulk_files
from bongsu.publish.catalogue import citation, dcat, feeds, item_table, sitemap, views
from bongsu.publish.catalogue.items import RELEASE, list_item_ids
from bongsu.store.node import Node

MARKER_FILE = "site.json"  # the file that marks a folder as a site, which may be replaced
_FORMAT = "bongsu.site/1"
_ROUNDS = 8  # maximum number of links from a first page to another; ends a cycle
STATIC_SITE = "bongsu.static_site"  # in the environment of requests whose pages become files: there nobody signs in
_ATTRIBUTES = re.compile(r'(?<=\s)(href|src|srcset|action|data-spec|data-vega)="([^"]*)"')
_REFRESH = re.compile(r'(<meta http-equiv="refresh" content="0; url=)([^"]*)')
_WHOLE = (
    "/files/",
    "/catalogue",
)  # an error here stops the export; a picture that cannot be rendered is left out and reported
_EXTENSIONS = {
    "text/turtle": "ttl",
    "text/xml": "xml",
    "application/xml": "xml",
    "application/json": "json",
    "text/csv": "csv",
}


class StaticSite:
    """Exports the node into a folder. Raises BadInput if the folder is neither empty nor a site, or the address is invalid."""

    def __init__(self, node: Node, folder: Path, address: str) -> None:
        self._node, self.folder = node, folder
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadInput(
                N_("“{address}” is not a valid web address."), fix=N_("Write https://host/."), address=address
            )
        if folder.exists() and not _is_site(folder):
            raise BadInput(
                N_("“{folder}” is neither empty nor an exported site. Nothing was written."),
                fix=N_("Choose a new folder, or the folder of an earlier site."),
                folder=folder,
            )
        if not folder.parent.is_dir():
            raise BadInput(N_("The folder of “{path}” does not exist."), path=folder)
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._client = Client(headers={"host": parts.netloc}, raise_request_exception=False)
        self._client.defaults[STATIC_SITE] = "yes"
        self._secure = parts.scheme == "https"
        self._files: dict[str, str] = {}  # address -> its file
        self._asked: set[str] = set()
        self.waiting: list[str] = list(dict.fromkeys(self._start_addresses()))
        self.left_out: list[tuple[str, int]] = []
        self.count = self.size = self.round = 0
        self._beside = folder.with_name(f".{folder.name}.{token_hex(4)}")

    def _start_addresses(self) -> Iterator[str]:
        """Lists the addresses to start from: every page of the sitemap, and the addresses for machines."""
        yield from ("/", "/robots.txt", "/sitemap.xml", "/openapi.json", "/catalogue")
        for page, _ in sitemap.list_pages(self._node):
            yield from (f"/{language}/{page}" for language in LANGUAGES)
        for place in ("", *(f"{flow}/" for flow in self._node.releases.dataflows())):
            yield from (f"/feeds/{place}{language}.{form}" for language in LANGUAGES for form in feeds.FEED_FORMATS)
        places = list_item_ids(self._node)
        for number in range(1, max(1, -(-len(places) // views.PAGE_SIZE)) + 1):
            yield from (f"/catalogue/{number}.{end}" for end in dcat.SYNTAXES)
        yield from (f"/catalogue.{end}" for end in item_table.TABLE_FORMATS)
        for kind, id_ in places:
            yield f"/catalogue/{kind}/{id_}"
            yield from (f"/catalogue/{kind}/{id_}.{end}" for end in (*dcat.SYNTAXES, "schema.json"))
            if kind == RELEASE:
                yield f"/catalogue/{kind}/{id_}.croissant.json"
        for release in self._node.releases.all():
            yield from (file.address for file in list_bulk_files(self._node, release))
            yield from (
                f"/files/{release.dataflow}/{release.number}/{name}"
                for name in (CHECKSUMS_FILE, *citation.CITATION_FILES)
            )

    # --- writing

    def write_waiting(self, step: Callable[[], None]) -> None:
        """Writes the waiting addresses and queues the addresses found in them. Call it until none waits, then call `finish`.

        Raises BongsuError if the node does not answer an address.
        """
        now, self.waiting = self.waiting, []
        self.round += 1
        found: dict[str, None] = {}
        with override_settings(ALLOWED_HOSTS=["*"]):
            for address in now:
                self._asked.add(address)
                found.update(dict.fromkeys(self._write_address(address)))
                step()
        if self.round < _ROUNDS:
            self.waiting = [one for one in found if one not in self._asked]

    def _write_address(self, address: str) -> list[str]:
        """Writes the response of one address; returns the addresses in it."""
        language = re.match(r"/([a-z]{2,3})/", address)
        answer = self._client.get(address, secure=self._secure, headers={"accept": "text/html, */*;q=0.1"})
        type_ = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status_code in (301, 302, 303, 307, 308):
            target = answer.headers["Location"]
            self._save(
                address,
                _file_path(address, "text/html"),
                _redirect_page(target, language.group(1) if language else "en"),
            )
            return [target] if target.startswith("/") else []
        if answer.status_code >= 500 and (address.endswith("/") or address.startswith(_WHOLE)):
            raise BongsuError(
                N_("The node failed to serve {address}, so no site was written."),
                fix=N_("See the log above. “bongsu doctor” lists every damaged file."),
                address=address,
            )
        if answer.status_code != 200:
            self.left_out.append((address, answer.status_code))
            return []
        place = _file_path(address, type_)
        self._save(address, place, _body(answer))
        if type_ != "text/html":
            return []
        text = (self._beside / place).read_text(encoding="utf-8")
        return [
            one
            for _, value in _ATTRIBUTES.findall(text)
            for link in _links(value)
            if (one := self._node_address(link, address))
        ]

    def _save(self, address: str, place: str, chunks: Iterator[bytes] | list[bytes]) -> None:
        path = self._beside / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(chunks)
        self._files[address] = place
        self.count += 1
        self.size += path.stat().st_size

    def _node_address(self, link: str, page: str) -> str:
        """Returns the address of a link if it is on this node, pages without their query; else ""."""
        absolute = urldefrag(urljoin(f"{self._address}{page}", unescape(link))).url
        if not absolute.startswith(f"{self._address}/"):
            return ""
        address = absolute.removeprefix(self._address)
        path = address.partition("?")[0]
        if path.startswith(settings.STATIC_URL):
            return ""
        return path if path.endswith("/") else address

    # --- putting in place

    def finish(self) -> None:
        """Makes addresses relative, copies the static files, and renames the folder into place."""
        for address, place in self._files.items():
            if place.endswith(".html"):
                path = self._beside / place
                text = path.read_text(encoding="utf-8")
                path.write_text(self._relinked(text, address, place), encoding="utf-8")
        static = self._beside / settings.STATIC_URL.strip("/")
        if Path(settings.STATIC_ROOT).is_dir():
            shutil.copytree(settings.STATIC_ROOT, static, ignore=shutil.ignore_patterns("*.gz", "*.br"))
        releases = [release.name for release in self._node.releases.all()]
        mark = {"format": _FORMAT, "node": self._node.identity.id, "address": self._address, "releases": releases}
        (self._beside / MARKER_FILE).write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8")
        old = self.folder.with_name(f".{self.folder.name}.old-{token_hex(4)}")
        if self.folder.exists():
            self.folder.rename(old)
        self._beside.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def discard(self) -> None:
        """Removes what was written so far; the target folder is unchanged."""
        shutil.rmtree(self._beside, ignore_errors=True)

    def _relinked(self, text: str, address: str, place: str) -> str:
        text = _ATTRIBUTES.sub(lambda found: self._relative(found, address, place), text)
        return _REFRESH.sub(
            lambda found: f"{found.group(1)}{self._file(found.group(2), address, place)}", text, count=1
        )

    def _relative(self, found: re.Match[str], address: str, place: str) -> str:
        name, value = found.groups()
        links = {link: self._file(link, address, place) for link in _links(value)}
        if name == "srcset":
            return f'{name}="{", ".join(links[link] + rest for link, rest in _split_srcset(value))}"'
        return f'{name}="{links.get(value, value)}"'

    def _file(self, link: str, address: str, place: str) -> str:
        """Returns a link as the site contains it: relative to an exported file, else absolute."""
        plain, _, fragment = unescape(link).partition("#")
        if not plain:
            return link
        own = self._node_address(link, address)
        static = urlsplit(plain).path if plain.startswith(settings.STATIC_URL) else ""
        target = static.lstrip("/") or self._files.get(own, "")
        if not target:
            return link if not own else "#"
        here = Path(place).parent
        relative = os.path.relpath(target, here).replace(os.sep, "/")
        relative = relative.removesuffix("index.html") if relative.endswith("/index.html") else relative
        return escape(
            (relative if relative != "index.html" else "./") + (f"#{fragment}" if fragment else ""), quote=True
        )


def _is_site(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        return bool(json.loads((folder / MARKER_FILE).read_text(encoding="utf-8"))["format"] == _FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _body(answer: HttpResponseBase) -> Iterator[bytes] | list[bytes]:
    if isinstance(answer, HttpResponse):
        return [answer.content]
    return (bytes(chunk) for chunk in answer.streaming_content)  # type: ignore[attr-defined]


def _redirect_page(target: str, language: str) -> list[bytes]:
    """Returns a page that redirects, with and without a script."""
    shown = escape(target, quote=True)
    head = f'<meta charset="utf-8"><title>{shown}</title><link rel="canonical" href="{shown}">'
    head += f'<meta http-equiv="refresh" content="0; url={shown}">'
    body = f'<a href="{shown}">{shown}</a>'
    return [f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'.encode()]


def _file_path(address: str, type_: str) -> str:
    """Returns the file of an address: index.html in a folder for a page, a name with a hash for an address with a query."""
    path, _, query = address.partition("?")
    plain = unquote(path).strip("/")
    safe = re.sub(r"[^\w./-]", "_", plain)
    if type_ == "text/html":
        return f"{safe}/index.html".lstrip("/")
    stem, dot, end = safe.rpartition(".")
    if not dot or "/" in end:
        if type_ == "text/plain" and not query:
            return safe  # a file without a suffix: SHA256SUMS
        stem, end = safe, _EXTENSIONS.get(type_, type_.rpartition("+")[2].rpartition("/")[2] or "bin")
    marked = f"{plain}?{query}" if query or safe != plain else ""
    return f"{stem}-{hashlib.sha256(marked.encode()).hexdigest()[:12]}.{end}" if marked else f"{stem}.{end}"


def _links(value: str) -> list[str]:
    return [link for link, _ in _split_srcset(value)]


def _split_srcset(value: str) -> list[tuple[str, str]]:
    """Splits the value of an attribute into (address, descriptor): one address, or those of a srcset."""
    found = []
    for one in value.split(", "):
        link, space, rest = one.strip().partition(" ")
        found.append((link, space + rest))
    return found
