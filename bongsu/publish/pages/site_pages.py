"""The institution on every page (name, logo, colours, footer), and its own pages: about, contact, legal notice."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bongsu.core.errors import N_, Missing
from bongsu.core.uploads import PNG
from bongsu.people.uploads import serve_upload
from bongsu.publish.pages import page_context
from bongsu.store.node import Node
from bongsu.store.tables.site_logo import read_logo
from bongsu.store.tables.site_table import Colours, Texts, in_language

# The institution's own pages: the field of its text, which is also the name of the address, and the title.
PAGES = (("about", N_("About")), ("contact", N_("Contact")), ("legal", N_("Legal notice")))
_WEEK = "public, max-age=604800"


def site_variables(node: Node, language: str) -> dict[str, Any]:
    """Returns what the base template shows: name, logo and style (addresses or ""), pages, links, licence."""
    site = node.site
    style = write_style(site.colours)
    return {
        "name": node.name_in(language),
        "logo": f"{reverse('site-logo')}?v={_mark(site.logo, node)}" if site.logo else "",
        "style": f"{reverse('site-style')}?v={hashlib.sha256(style.encode()).hexdigest()[:12]}" if style else "",
        "pages": [(gettext(title), reverse(field)) for field, title in PAGES if getattr(site, field)],
        "links": [(in_language(link.title, language), link.address) for link in site.links],
        "licence": site.licence,
    }


def _mark(logo: str, node: Node) -> str:
    """Returns what changes with the logo's file, so that an address can be cached."""
    try:
        stat = (node.root / logo).stat()
    except OSError:
        return "0"
    return hashlib.sha256(f"{logo} {stat.st_mtime_ns} {stat.st_size}".encode()).hexdigest()[:12]


def site_text(request: HttpRequest, field: str) -> HttpResponse:
    """One of the institution's own pages. Raises Missing if it has no text."""
    texts: Texts = getattr(page_context.get_node(request).site, field)
    if not texts:
        raise Missing(N_("This address does not exist."), fix=N_("Start from the home page."))
    language = page_context.page_language()
    text = in_language(texts, language)
    written_in = next(one for one, other in texts.items() if other == text)
    context = {"title": gettext(dict(PAGES)[field]), "text": text, "written_in": written_in}
    return render(request, "publish/site_text.html", context)


def site_logo(request: HttpRequest) -> HttpResponse:
    """The institution's logo as PNG. Raises Missing if it has none."""
    node = page_context.get_node(request)
    if not node.site.logo:
        raise Missing(N_("This node has no logo."))
    response = serve_upload(read_logo(node.root, node.site.logo), PNG, "logo.png")
    response.headers["Cache-Control"] = _WEEK
    return response


def site_style(request: HttpRequest) -> HttpResponse:
    """The style sheet with the institution's colours; empty if it has none."""
    body = write_style(page_context.get_node(request).site.colours)
    response = HttpResponse(body, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = _WEEK
    return response


def write_style(colours: Colours) -> str:
    """Returns the style sheet of these colours: they take the place of the tokens in style.css."""
    header = f"--night:{colours.header};--on-night:{colours.header_text}" if colours.header else ""
    light = f"--link:{colours.accent};--beacon:{colours.accent}" if colours.accent else ""
    dark = f"--link:{colours.on_dark};--beacon:{colours.on_dark}" if colours.on_dark else ""
    rules = (
        f":root{{{';'.join(filter(None, (header, light)))}}}" if header or light else "",
        f"@media(prefers-color-scheme:dark){{:root{{{';'.join(filter(None, (header, dark)))}}}}}"
        if header or dark
        else "",
    )
    return "\n".join(filter(None, rules))
