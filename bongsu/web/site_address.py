"""The node's public address: BONGSU_URL, or the address of the request if it is not set."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from bongsu.web.settings import read_settings


def site_address(request: HttpRequest | None, route: str, *args: object) -> str:
    """Returns the full address of a route, for mails and documents."""
    path = reverse(route, args=args)
    if settings.BONGSU_URL or request is None:
        return f"{settings.BONGSU_URL or _local_address()}{path}"
    return request.build_absolute_uri(path)


def _local_address() -> str:
    """Returns the address at which the command serves the node on this machine."""
    values = read_settings()
    host, port = values["BONGSU_HOST"], values["BONGSU_PORT"]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
