"""The Django application of the commons: its records are tables named commons_*."""

from django.apps import AppConfig

from bongsu.core.late_import import import_late


class Commons(AppConfig):
    """The application."""

    name = "bongsu.commons"
    label = "commons"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Has changed entries written before builds, proposals exported and erased with a person, and tokens recognised."""
        from bongsu.commons.editing.entry_tokens import WRITER, may_write
        from bongsu.people.access import register_relation
        from bongsu.people.personal_records import PersonalRecords, register_personal_records
        from bongsu.store.building.builds import register_records

        register_records(import_late("bongsu.commons.editing.edits_snapshot", "write_edits"))
        proposals = PersonalRecords(
            import_late("bongsu.commons.proposals.personal", "describe_proposals"),
            import_late("bongsu.commons.proposals.personal", "erase_proposals"),
        )
        register_personal_records("proposals", proposals)
        register_relation(WRITER, may_write)
