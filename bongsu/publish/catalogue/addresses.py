"""The node's own address, as others reach it: what catalogues, feeds and citations begin with."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def base_address(request: HttpRequest) -> str:
    """“https://stats.example.org/”: by the host that was asked, by https where the node is reached by it alone.

    A web server in front of the node takes the encryption off, so the request itself cannot tell.
    """
    address = request.build_absolute_uri("/")
    return address.replace("http://", "https://", 1) if settings.SESSION_COOKIE_SECURE else address


def absolute_address(request: HttpRequest, path: str) -> str:
    """A path of the node with its address before it."""
    return base_address(request) + path.removeprefix("/")
