"""Template tags for metadata: schema.org and links in the head of a page, bulk files, and citations."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from bongsu.core.errors import BongsuError
from bongsu.core.release import Release
from bongsu.publish.bulk_files import BulkFile, list_bulk_files
from bongsu.publish.catalogue import citation as citations
from bongsu.publish.catalogue import dcat, feeds, schema_org
from bongsu.publish.catalogue.items import ENTRY, FLOW, RELEASE, Item, describe_release, find_item
from bongsu.publish.formats.public_address import absolute_address, base_address

register = template.Library()
# Name of a page in the URL configuration -> kind of the item that it shows. The page of entries is in another package.
_KIND_BY_PAGE = {"dataflow": FLOW, "release": RELEASE, "entry": ENTRY}


@register.simple_tag(takes_context=True)
def head_metadata(context: Context) -> SafeString:
    """Returns the elements for this page's head; empty on a page without a request, such as an error page."""
    request = getattr(context, "request", None)
    if not isinstance(request, HttpRequest) or not hasattr(request, "node"):
        return SafeString("")
    language = str(context.get("language", "en"))
    base = base_address(request)
    name = str(context.get("node_name", ""))
    shown = _item(request)
    title = str(context.get("name") or (shown.title_in(language) if shown else name))
    shapes = [schema_org.page_json_ld(title, name, base, absolute_address(request, request.path), language)]
    links = [(f"/feeds/{language}.{form}", feeds.FEED_FORMATS[form][0], about) for form, about in feeds.FEED_NAMES]
    if request.resolver_match and request.resolver_match.url_name == "home":
        shapes.append(schema_org.catalogue_json_ld(request.node, base, language))
    if shown:
        shapes.append(schema_org.item_json_ld(shown, base, language))
        links += [(f"/{shown.path}.{end}", media_type, "DCAT-AP") for end, (media_type, _) in dcat.SYNTAXES.items()]
    alternates = format_html_join(
        "\n",
        '<link rel="alternate" type="{}" href="{}" title="{}">',
        ((media_type, address, about) for address, media_type, about in links),
    )
    script = mark_safe(schema_org.script_text(shapes))  # noqa: S308 (every <, > and & in it is escaped as JSON does it)
    return format_html('{}\n<script type="application/ld+json">{}</script>\n', alternates, script)


@register.simple_tag(takes_context=True)
def bulk_files(context: Context, release: Release) -> tuple[BulkFile, ...]:
    """Returns the bulk files of a release, with their checksums."""
    return list_bulk_files(context.request.node, release)  # type: ignore[attr-defined]


@register.simple_tag
def citation_forms() -> tuple[str, ...]:
    """Returns the names of the citation files."""
    return tuple(citations.CITATION_FILES)


@register.simple_tag(takes_context=True)
def citation(context: Context, release: Release) -> str:
    """Returns the citation of a release as text, in the page's language."""
    request = context.request  # type: ignore[attr-defined]
    item = describe_release(request.node, release)
    about = (item.publisher, item.title_in(str(context.get("language", "en"))), item.version, item.issued[:10])
    return f"{', '.join(about)}. {absolute_address(request, item.path)}. SHA-256 {item.content}"


def _item(request: HttpRequest) -> Item | None:
    match = request.resolver_match
    kind = _KIND_BY_PAGE.get(match.url_name or "") if match else None
    if match is None or kind is None:
        return None
    arguments = match.kwargs
    id_ = f"{arguments['dataflow']}/{arguments['number']}" if kind == RELEASE else next(iter(arguments.values()), "")
    try:
        return find_item(request.node, kind, str(id_))  # type: ignore[attr-defined]
    except BongsuError:
        return None  # the page itself says what is wrong
