"""What records need of the site on which they stand: the node, and the full addresses of its pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bongsu.store.node import Node


class Site(NamedTuple):
    """The node, and the full address of a route with its arguments."""

    node: Node
    address: Callable[..., str]


def site_of(request: Any) -> Site:
    """Returns the site that a request was sent to."""
    return Site(request.node, request.full_address)
