"""The Django application of the room."""

from django.apps import AppConfig


class People(AppConfig):
    """The application; its tables are named people_*."""

    name = "bongsu.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
