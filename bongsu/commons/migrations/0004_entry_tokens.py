"""Adds the tokens that may change entries."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commons", "0003_harvests"),
        ("people", "0003_duties_and_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("all_entries", models.BooleanField()),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="people.token"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
