"""Takes over the organisations and tokens of the former application `accounts`, and deletes its tables."""

from __future__ import annotations

from typing import Any

from django.db import migrations

COLUMNS = {
    "organisation": ("id", "name", "title", "created", "active"),
    "token": ("id", "purpose", "digest", "hint", "created", "expires", "revoked", "organisation_id"),
}


def take_over(apps: Any, schema_editor: Any) -> None:
    """Copies the rows with their ids, so that nothing refers to another row than before."""
    connection = schema_editor.connection
    tables = set(connection.introspection.table_names())
    if "accounts_organisation" not in tables:
        return
    with connection.cursor() as cursor:
        for name, columns in COLUMNS.items():
            listed = ", ".join(columns)
            cursor.execute(f"INSERT INTO people_{name} ({listed}) SELECT {listed} FROM accounts_{name}")  # noqa: S608
        for name in reversed(COLUMNS):
            cursor.execute(f"DROP TABLE accounts_{name}")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
        if connection.vendor == "postgresql":
            for name in COLUMNS:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('people_{name}', 'id'), max(id)) FROM people_{name}"  # noqa: S608
                )


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
