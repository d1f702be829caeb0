"""The Django application of the site."""

from django.apps import AppConfig


class Web(AppConfig):
    """The application; it has no tables."""

    name = "bongsu.web"

    def ready(self) -> None:
        """Connects the audit to what django-allauth changes."""
        from bongsu.web.account.signals import connect_signals

        connect_signals()
