"""Adds the heads of days, which triggers keep as they are, and the results of verifications."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

COLUMNS = ("day", "transfer", "hash")  # `line` changes


def add_triggers(apps: Any, schema_editor: Any) -> None:
    """Adds a trigger for UPDATE and for DELETE."""
    for event, name in ((f"UPDATE OF {', '.join(COLUMNS)}", "update"), ("DELETE", "delete")):
        create = f"CREATE TRIGGER credits_dayhead_{name} BEFORE {event} ON credits_dayhead"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"{create} FOR EACH ROW EXECUTE FUNCTION credits_refuse()")
        else:
            schema_editor.execute(
                f"{create} BEGIN SELECT RAISE(ABORT, 'the ledger is never changed: credits_dayhead'); END"
            )


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    """Removes them."""
    on_table = " ON credits_dayhead" if schema_editor.connection.vendor == "postgresql" else ""
    for name in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER credits_dayhead_{name}{on_table}")


class Migration(migrations.Migration):
    dependencies = [("credits", "0004_campaigns")]
    operations = [
        migrations.CreateModel(
            name="DayHead",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("transfer", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("line", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("transfers", models.BigIntegerField()),
                ("breaches", models.JSONField()),
            ],
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
