"""The Django application of the room."""

from django.apps import AppConfig

from bongsu.core.late_import import import_late


class Incubator(AppConfig):
    """The application; its tables are named incubator_*."""

    name = "bongsu.incubator"
    label = "incubator"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets roles be granted for a call, rows of access.csv name who is free of conflicts; conflicts follow people."""
        from bongsu.incubator.reviewers.watching import watch
        from bongsu.people.access import register_relation
        from bongsu.people.granting import register_scope
        from bongsu.people.personal_records import PersonalRecords, register_personal_records

        register_scope(
            "call",
            import_late("bongsu.incubator.opening", "require_call"),
            import_late("bongsu.incubator.opening", "name_calls"),
        )
        register_relation("team-member", import_late("bongsu.incubator.applications.finding", "is_on_team"))
        register_relation("free-officer", import_late("bongsu.incubator.reviewers.doors", "holds_as_officer"))
        register_relation("free-chair", import_late("bongsu.incubator.reviewers.doors", "holds_as_chair"))
        register_relation("free-panel", import_late("bongsu.incubator.reviewers.doors", "holds_as_panel"))
        register_relation("free-reviewer", import_late("bongsu.incubator.reviewers.doors", "is_free_reviewer"))
        reviewing = PersonalRecords(
            import_late("bongsu.incubator.reviewers.personal", "describe_reviewing"),
            import_late("bongsu.incubator.reviewers.personal", "erase_reviewing"),
        )
        register_personal_records("reviewing", reviewing)
        watch()
        applications = PersonalRecords(
            import_late("bongsu.incubator.applications.personal", "describe_applications"),
            import_late("bongsu.incubator.applications.personal", "erase_applications"),
        )
        register_personal_records("applications", applications)
