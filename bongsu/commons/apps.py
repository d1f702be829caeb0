"""The Django application of the commons: its records are tables named commons_*."""

from django.apps import AppConfig


class Commons(AppConfig):
    """The application."""

    name = "bongsu.commons"
    label = "commons"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Has changed entries written before builds, proposals exported and erased with a person, and tokens recognised."""
        from bongsu.commons.editing.edits_snapshot import write_edits
        from bongsu.commons.editing.entry_tokens import WRITER, may_write
        from bongsu.commons.proposals.personal import PROPOSALS
        from bongsu.people.access import register_relation
        from bongsu.people.personal_records import register_personal_records
        from bongsu.store.building import register_records

        register_records(write_edits)
        register_personal_records("proposals", PROPOSALS)
        register_relation(WRITER, may_write)
