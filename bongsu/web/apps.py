"""The Django application of the site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from bongsu.store.node import Node


def _list_call_pages(node: Node) -> Iterable[tuple[str, str]]:
    from bongsu.incubator.public.published import list_call_pages  # reads files of calls, which few processes do

    return list_call_pages(node)


class Web(AppConfig):
    """The application; it has no tables."""

    name = "bongsu.web"

    def ready(self) -> None:
        """Connects the audit to what django-allauth changes, roles to what the node contains, and calls to the sitemap."""
        from bongsu.publish.catalogue.pages_of_rooms import register_pages
        from bongsu.web.account.signals import connect_signals
        from bongsu.web.scopes import register_scopes

        connect_signals()
        register_scopes()
        register_pages(_list_call_pages)
