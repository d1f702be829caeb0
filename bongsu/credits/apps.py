"""The Django application of the room."""

from django.apps import AppConfig


class Credits(AppConfig):
    """The application; its tables are named credits_*."""

    name = "bongsu.credits"
    label = "credits"
    default_auto_field = "django.db.models.BigAutoField"
