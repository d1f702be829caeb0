"""Pages of rooms that publish does not know, such as calls: each room adds a function that lists its own.

Not in sitemap.py: rooms add theirs in every process that uses the records, and few of these write a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bongsu.store.node import Node

_listings: list[Callable[[Node], Iterable[tuple[str, str]]]] = []


def register_pages(list_pages: Callable[[Node], Iterable[tuple[str, str]]]) -> None:
    """Adds pages of a room, each as (path without language, time of the last change or ""). Called when Django starts."""
    _listings.append(list_pages)


def list_pages_of_rooms(node: Node) -> tuple[tuple[str, str], ...]:
    """Lists the pages of all rooms that added theirs."""
    return tuple(page for list_pages in _listings for page in list_pages(node))
