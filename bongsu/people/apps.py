"""The Django application of the room."""

from django.apps import AppConfig


class People(AppConfig):
    """The application; its tables are named people_*."""

    name = "bongsu.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Adds subscriptions to what a person's export has."""
        from bongsu.core.late_import import import_late
        from bongsu.people.personal_records import PersonalRecords, register_personal_records

        place = "bongsu.people.subscriptions"
        records = PersonalRecords(
            import_late(place, "describe_subscriptions"), import_late(place, "erase_subscriptions")
        )
        register_personal_records("subscriptions", records)
