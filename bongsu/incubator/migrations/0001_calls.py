"""The tables of calls."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    # The tables of accounts first: each change of them renders every model that has to do with a person.
    dependencies = [
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=40, unique=True)),
                ("state", models.CharField(default="draft", max_length=10)),
                ("created", models.DateTimeField()),
                ("opened", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("files", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("made", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("why", models.CharField(blank=True, max_length=500)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="incubator.call"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("call", "number"), name="incubator_one_edition_of_a_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("opens", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("results", models.DateTimeField(null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="incubator.call"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("call", "key"), name="incubator_one_round_of_a_key")],
            },
        ),
    ]
