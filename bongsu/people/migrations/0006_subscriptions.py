"""Subscriptions to news of releases."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_parent_of_an_organisation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("webhook", models.CharField(blank=True, max_length=200)),
                ("dataflow", models.CharField(blank=True, max_length=50)),
                ("language", models.CharField(max_length=12)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("told", models.CharField(max_length=20)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("due", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
