"""Adds the records of long actions and of their schedules."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_duties_and_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.SlugField(max_length=20)),
                ("lane", models.SlugField(max_length=20)),
                ("arguments", models.JSONField(default=dict)),
                ("scopes", models.JSONField(default=list)),
                ("actor", models.CharField(max_length=80)),
                ("state", models.SlugField(default="queued", max_length=12)),
                ("created", models.DateTimeField()),
                ("started", models.DateTimeField(blank=True, null=True)),
                ("ended", models.DateTimeField(blank=True, null=True)),
                ("stop", models.DateTimeField(blank=True, null=True)),
                ("holder", models.CharField(blank=True, max_length=32)),
                ("lease", models.DateTimeField(blank=True, null=True)),
                ("progress", models.JSONField(default=dict)),
                ("notes", models.JSONField(default=list)),
                ("report", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")), fields=("lane",), name="one_running_job_per_lane"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=20)),
                ("subject", models.CharField(blank=True, max_length=100)),
                ("arguments", models.JSONField(default=dict)),
                ("scopes", models.JSONField(default=list)),
                ("every", models.SlugField(max_length=10)),
                ("day", models.PositiveSmallIntegerField(default=1)),
                ("hour", models.PositiveSmallIntegerField()),
                ("due", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "subject"), name="one_schedule_per_subject")],
            },
        ),
    ]
