"""The Django application of the room."""

from django.apps import AppConfig


class Incubator(AppConfig):
    """The application; its tables are named incubator_*."""

    name = "bongsu.incubator"
    label = "incubator"
    default_auto_field = "django.db.models.BigAutoField"
