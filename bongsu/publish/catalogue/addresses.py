"""The node's public base address, used in catalogues, feeds and citations."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def base_address(request: HttpRequest) -> str:
    """Returns the base address, such as “https://stats.example.org/”: the request's host, https if the node requires https.

    A reverse proxy terminates TLS, so the request itself does not show the scheme.
    """
    address = request.build_absolute_uri("/")
    return address.replace("http://", "https://", 1) if settings.SESSION_COOKIE_SECURE else address


def absolute_address(request: HttpRequest, path: str) -> str:
    """Returns the absolute address of a path of the node."""
    return base_address(request) + path.removeprefix("/")
