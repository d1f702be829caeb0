"""The node's public address, used in links of pages, catalogues, feeds, citations and mails."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

# Where pages begin that people use when they are signed in, after the language: no catalogue and no sitemap lists them.
PERSONAL_PAGES = ("account/", "desk/", "commons/proposals/")


def base_address(request: HttpRequest) -> str:
    """Returns the base address, such as “https://stats.example.org/”: BONGSU_URL, or the request's host if it is not set.

    Without BONGSU_URL the scheme is https if the node requires HTTPS, since a reverse proxy terminates TLS; the scheme that a
    proxy reports is believed with BONGSU_PROXY only.
    """
    if settings.BONGSU_URL:
        return f"{settings.BONGSU_URL}/"
    address = request.build_absolute_uri("/")
    return address.replace("http://", "https://", 1) if settings.SESSION_COOKIE_SECURE else address


def absolute_address(request: HttpRequest, path: str) -> str:
    """Returns the absolute address of a path of the node."""
    return base_address(request) + path.removeprefix("/")
