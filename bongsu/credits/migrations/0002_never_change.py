"""Triggers that refuse to change or delete what the ledger wrote: transfers, draws, and lots except for what is left."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# The columns of each table that never change; none named: all of them.
TABLES: dict[str, tuple[str, ...]] = {
    "transfer": (),
    "draw": (),
    "lot": ("number", "account_id", "origin", "amount", "start", "until", "priority", "opened"),
}


def add_triggers(apps: Any, schema_editor: Any, tables: dict[str, tuple[str, ...]] = TABLES) -> None:
    """Adds a trigger for UPDATE and for DELETE to each table."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION credits_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is never changed: %', TG_TABLE_NAME; END $$",
            params=None,
        )
    for table, columns in tables.items():
        changed = f"OF {', '.join(columns)} " if columns else ""
        for event, name in ((f"UPDATE {changed}", "update"), ("DELETE", "delete")):
            create = f"CREATE TRIGGER credits_{table}_{name} BEFORE {event} ON credits_{table}"
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"{create} FOR EACH ROW EXECUTE FUNCTION credits_refuse()")
            else:
                refuse = f"SELECT RAISE(ABORT, 'the ledger is never changed: credits_{table}')"
                schema_editor.execute(f"{create} BEGIN {refuse}; END")


def drop_triggers(apps: Any, schema_editor: Any, tables: dict[str, tuple[str, ...]] = TABLES) -> None:
    """Removes them."""
    on_table = schema_editor.connection.vendor == "postgresql"
    for table in tables:
        for name in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER credits_{table}_{name}" + (f" ON credits_{table}" if on_table else ""))
    if on_table:
        schema_editor.execute("DROP FUNCTION credits_refuse()")


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
