"""The tables of what people state of themselves, of reviewers and of conflicts of interest."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bongsu.people.making_tables import MakeTables


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0002_applications"),
        ("people", "0004_jobs_and_schedules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="compared",
            field=models.DateTimeField(null=True),
        ),
        MakeTables(
            [
                migrations.CreateModel(
                    name="Profile",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="profile",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("orcid", models.CharField(blank=True, max_length=40)),
                        ("expertise", models.JSONField(default=dict)),
                        ("reads", models.CharField(blank=True, max_length=60)),
                        ("answered", models.DateTimeField(null=True)),
                        ("changed", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Relation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("other", models.CharField(max_length=254)),
                        ("start", models.DateField(null=True)),
                        ("until", models.DateField(null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="relations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="StatedAffiliation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("organisation", models.CharField(blank=True, max_length=200)),
                        ("domain", models.CharField(blank=True, max_length=253)),
                        ("role", models.CharField(blank=True, max_length=120)),
                        ("start", models.DateField(null=True)),
                        ("until", models.DateField(null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stated_affiliations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Work",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=300)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("doi", models.CharField(blank=True, max_length=200)),
                        ("authors", models.JSONField(default=list)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="works",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Conflict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=30)),
                        ("code", models.CharField(max_length=20)),
                        ("values", models.JSONField(default=dict)),
                        ("digest", models.CharField(max_length=64)),
                        ("severity", models.CharField(max_length=10)),
                        ("state", models.CharField(max_length=10)),
                        ("found_by", models.CharField(default="machine", max_length=7)),
                        ("plan", models.TextField(blank=True)),
                        ("changed", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conflicts",
                                to="incubator.application",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conflicts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "application", "kind", "digest"),
                                name="incubator_one_conflict_of_an_evidence",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reviewer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("address", models.EmailField(blank=True, max_length=254)),
                        ("state", models.CharField(default="invited", max_length=10)),
                        ("least", models.PositiveSmallIntegerField(default=0)),
                        ("most", models.PositiveSmallIntegerField()),
                        ("invited", models.DateTimeField()),
                        ("answered", models.DateTimeField(null=True)),
                        (
                            "call",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviewers",
                                to="incubator.call",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviewing",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("address", ""), _negated=True),
                                fields=("call", "address"),
                                name="incubator_one_reviewer_of_an_address",
                            ),
                            models.UniqueConstraint(
                                fields=("call", "person"), name="incubator_one_reviewer_of_a_person"
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
