"""The Django application of the room."""

from django.apps import AppConfig


class Incubator(AppConfig):
    """The application; its tables are named incubator_*."""

    name = "bongsu.incubator"
    label = "incubator"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets roles be granted for a call, rows of access.csv name who is free of conflicts; conflicts follow people."""
        from bongsu.incubator.applications.finding import is_on_team
        from bongsu.incubator.applications.personal import APPLICATIONS
        from bongsu.incubator.opening import name_calls, require_call
        from bongsu.incubator.reviewers import doors
        from bongsu.incubator.reviewers.personal import REVIEWING
        from bongsu.incubator.reviewers.watching import watch
        from bongsu.people.access import register_relation
        from bongsu.people.granting import register_scope
        from bongsu.people.personal_records import register_personal_records

        register_scope("call", require_call, name_calls)
        register_relation("team-member", is_on_team)
        for name, relation in doors.RELATIONS.items():
            register_relation(name, relation)
        register_personal_records("reviewing", REVIEWING)
        watch()
        register_personal_records("applications", APPLICATIONS)
