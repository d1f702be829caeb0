"""What records need of the site on which they stand: the node, and the full addresses of its pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bongsu.store.node import Node


class Site(NamedTuple):
    """The node, and the full address of a route with its arguments."""

    node: Node
    address: Callable[..., str]
