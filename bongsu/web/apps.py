"""The Django application of the site."""

from __future__ import annotations

from django.apps import AppConfig

from bongsu.core.late_import import import_late


class Web(AppConfig):
    """The application; it has no tables."""

    name = "bongsu.web"

    def ready(self) -> None:
        """Connects the audit to what django-allauth changes, roles to what the node contains, and calls to the sitemap."""
        from bongsu.people.granting import register_scope
        from bongsu.publish.catalogue.pages_of_rooms import register_pages
        from bongsu.web.account.signals import connect_signals

        connect_signals()
        register_scope(
            "programme",
            import_late("bongsu.web.scopes", "list_programme_parents"),
            import_late("bongsu.web.scopes", "title_programmes"),
        )
        register_scope(
            "dataflow",
            import_late("bongsu.web.scopes", "list_flow_parents"),
            import_late("bongsu.web.scopes", "title_flows"),
        )
        register_scope(
            "holding",
            import_late("bongsu.web.scopes", "list_holding_parents"),
            import_late("bongsu.web.scopes", "title_holdings"),
        )
        register_pages(import_late("bongsu.incubator.public.published", "list_call_pages"))
