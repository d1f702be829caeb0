"""The Django application of the room."""

from django.apps import AppConfig


class Incubator(AppConfig):
    """The application; its tables are named incubator_*."""

    name = "bongsu.incubator"
    label = "incubator"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets roles be granted for a call, and rows of access.csv name the team of an application."""
        from bongsu.incubator.applications.finding import is_on_team
        from bongsu.incubator.opening import name_calls, require_call
        from bongsu.people.access import register_relation
        from bongsu.people.granting import register_scope

        register_scope("call", require_call, name_calls)
        register_relation("team-member", is_on_team)
