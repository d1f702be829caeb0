"""The Django application of the site."""

from django.apps import AppConfig


class Web(AppConfig):
    """The application; it has no tables."""

    name = "bongsu.web"

    def ready(self) -> None:
        """Connects the audit to what django-allauth changes, roles to what the node contains, and calls to the sitemap."""
        from bongsu.incubator.public.published import list_call_pages
        from bongsu.publish.catalogue.pages_of_rooms import register_pages
        from bongsu.web.account.signals import connect_signals
        from bongsu.web.scopes import register_scopes

        connect_signals()
        register_scopes()
        register_pages(list_call_pages)
