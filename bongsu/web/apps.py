"""The Django application of the site."""

from django.apps import AppConfig


class Web(AppConfig):
    """The application; it has no tables."""

    name = "bongsu.web"

    def ready(self) -> None:
        """Connects the audit to what django-allauth changes, and roles to what the node contains."""
        from bongsu.web.account.signals import connect_signals
        from bongsu.web.scopes import register_scopes

        connect_signals()
        register_scopes()
