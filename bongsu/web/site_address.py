"""The full addresses of pages, for mails and for the command."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from bongsu.publish.formats.public_address import absolute_address
from bongsu.store.disk.node_keys import About
from bongsu.store.node import Node
from bongsu.web.settings import read_settings


def site_address(request: HttpRequest | None, route: str, *args: object) -> str:
    """Returns the full address of a route, for mails; without a request, as the command writes it."""
    path = reverse(route, args=args)
    if request is not None:
        return absolute_address(request, path)
    return f"{node_address()}{path}"


def node_address() -> str:
    """Returns where the node is served, without a path: BONGSU_URL, or the address on this machine."""
    return settings.BONGSU_URL or _local_address()


def describe_node(node: Node) -> About:
    """Returns what the node's card says: its names, its address, and BONGSU_CONTACT."""
    return node.about(node_address(), settings.BONGSU_CONTACT)


def _local_address() -> str:
    """Returns the address at which the command serves the node on this machine."""
    values = read_settings()
    return f"http://{name_host(values['BONGSU_HOST'])}:{values['BONGSU_PORT']}"


def name_host(host: str) -> str:
    """Returns how an address to listen on is written in links. Passkeys work at “localhost”, but not at 127.0.0.1."""
    if host in ("127.0.0.1", "::1"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
