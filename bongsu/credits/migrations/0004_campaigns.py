"""Adds payback campaigns: their editions, lists, receipts and tallies, and what transfers and lots keep of them."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

TABLES = {"receipt": (), "edition": ()}  # never change
_triggers = import_module("bongsu.credits.migrations.0002_never_change")


def add_triggers(apps: Any, schema_editor: Any) -> None:
    """Adds the triggers of all tables that never change."""
    _triggers.add_triggers(apps, schema_editor, TABLES | _triggers.TABLES | {"lot": LOT_COLUMNS})


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    """Removes them."""
    _triggers.drop_triggers(apps, schema_editor, TABLES | _triggers.TABLES)


LOT_COLUMNS = (*_triggers.TABLES["lot"], "spend_at", "campaign")


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0003_transfers_of_an_account"),
    ]

    operations = [
        migrations.RunPython(
            _triggers.drop_triggers, _triggers.add_triggers
        ),  # a table with a new column may be made anew
        migrations.CreateModel(
            name="Baseline",
            fields=[
                ("campaign", models.CharField(max_length=40)),
                ("person", models.CharField(max_length=90)),
                ("amount", models.BigIntegerField()),
                ("file", models.CharField(max_length=64)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign", "person", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("state", models.CharField(max_length=10)),
                ("edition", models.PositiveIntegerField()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("campaign", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=200)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=46)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transfer", models.BigIntegerField(null=True)),
                ("campaign", models.CharField(max_length=40)),
                ("payment", models.BigIntegerField(null=True)),
                ("edition", models.PositiveIntegerField()),
                ("wallet", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=90)),
                ("group", models.CharField(max_length=40)),
                ("day", models.CharField(max_length=10)),
                ("visit", models.CharField(max_length=64)),
                ("base", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("counted", models.BigIntegerField()),
                ("budgeted", models.BigIntegerField()),
                ("owed", models.BigIntegerField()),
                ("forgiven", models.BigIntegerField()),
                ("lot", models.BigIntegerField(null=True)),
                ("reasons", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Used",
            fields=[
                ("campaign", models.CharField(max_length=40)),
                ("person", models.CharField(max_length=90)),
                ("window", models.CharField(max_length=80)),
                ("group", models.CharField(max_length=40)),
                ("amount", models.BigIntegerField()),
                ("counted", models.BigIntegerField()),
                ("base", models.BigIntegerField()),
                ("payments", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign",
                        "person",
                        "window",
                        "group",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="lot",
            name="campaign",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="lot",
            name="spend_at",
            field=models.CharField(default="", max_length=46),
        ),
        migrations.AddField(
            model_name="transfer",
            name="campaign",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="transfer",
            name="cause",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("cause", None), _negated=True), fields=["cause"], name="credits_caused"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.account"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.account"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="unit",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.unit"),
        ),
        migrations.AddField(
            model_name="listmember",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.account"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["payment"], name="credits_receipts_of_payment"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["campaign", "person", "day"], name="credits_receipts_of_person"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("payment", None), _negated=True),
                fields=("transfer", "campaign"),
                name="credits_receipt_once",
            ),
        ),
        migrations.AddIndex(
            model_name="listmember",
            index=models.Index(condition=models.Q(("until", None)), fields=["name"], name="credits_members"),
        ),
        migrations.AddConstraint(
            model_name="listmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("account", "name"), name="credits_member_of_a_list_once"
            ),
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
