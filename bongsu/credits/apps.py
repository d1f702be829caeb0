"""The Django application of the room."""

from importlib import import_module

from django.apps import AppConfig


class Credits(AppConfig):
    """The application; its tables are named credits_*."""

    name = "bongsu.credits"
    label = "credits"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Imports the tables of the ledger and of its audit."""
        super().import_models()
        import_module("bongsu.credits.audit_models")
