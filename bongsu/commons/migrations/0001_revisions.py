"""Adds the revisions of entries, and whose an entry is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("people", "0003_duties_and_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.CharField(max_length=128, unique=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="people.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.CharField(max_length=128)),
                ("number", models.PositiveIntegerField()),
                ("kind", models.SlugField(max_length=10)),
                ("made", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("organisation", models.CharField(blank=True, max_length=64)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("document", models.JSONField(null=True)),
                ("base", models.JSONField(null=True)),
                ("changes", models.JSONField(default=list)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "number"), name="one_revision_of_a_number")],
            },
        ),
    ]
