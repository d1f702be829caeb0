"""The tables of applications, their drafts, versions, files and checks."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bongsu.people.making_tables import MakeTables


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0001_calls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="serial",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="round",
            name="closed",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="round",
            name="head",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="round",
            name="stage",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        MakeTables(
            [
                migrations.CreateModel(
                    name="Application",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("number", models.CharField(max_length=60, unique=True)),
                        ("state", models.CharField(default="draft", max_length=20)),
                        ("stage", models.PositiveSmallIntegerField(default=1)),
                        ("pending", models.CharField(blank=True, max_length=10)),
                        ("due", models.DateTimeField(null=True)),
                        ("delete_after", models.DateTimeField(null=True)),
                        ("created", models.DateTimeField()),
                        ("changed", models.DateTimeField()),
                        (
                            "call",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="incubator.call",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="incubator.round",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Check",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule", models.CharField(max_length=40)),
                        ("kind", models.CharField(max_length=10)),
                        ("truth", models.CharField(max_length=7)),
                        ("ruling", models.CharField(blank=True, max_length=7)),
                        ("why", models.CharField(blank=True, max_length=500)),
                        ("question", models.TextField(blank=True)),
                        ("answer", models.TextField(blank=True)),
                        ("changed", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="checks",
                                to="incubator.application",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Member",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("address", models.EmailField(max_length=254)),
                        ("invited", models.DateTimeField()),
                        ("accepted", models.DateTimeField(null=True)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="incubator.application",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("why", models.CharField(max_length=500)),
                        ("signed", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="signatures",
                                to="incubator.application",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="StoredFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("name", models.CharField(max_length=200)),
                        ("type", models.CharField(max_length=10)),
                        ("size", models.PositiveIntegerField()),
                        ("received", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stored_files",
                                to="incubator.application",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Version",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("stage", models.PositiveSmallIntegerField()),
                        ("answers", models.JSONField()),
                        ("files", models.JSONField()),
                        ("received_at", models.DateTimeField()),
                        ("digest", models.CharField(max_length=64)),
                        ("receipt", models.TextField(null=True)),
                        ("frozen", models.BooleanField(default=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="incubator.application",
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incubator.edition"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="draft",
                                serialize=False,
                                to="incubator.application",
                            ),
                        ),
                        ("answers", models.JSONField(default=dict)),
                        ("files", models.JSONField(default=dict)),
                        ("revision", models.PositiveIntegerField(default=0)),
                        ("touched", models.JSONField(default=dict)),
                        ("dropped", models.JSONField(default=list)),
                        ("opened", models.DateTimeField()),
                        ("saved", models.DateTimeField()),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incubator.edition"
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="application",
                    index=models.Index(fields=["round", "state"], name="incubator_round_state"),
                ),
                migrations.AddConstraint(
                    model_name="check",
                    constraint=models.UniqueConstraint(
                        fields=("application", "rule"), name="incubator_one_check_of_a_rule"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="member",
                    constraint=models.UniqueConstraint(
                        fields=("application", "address"), name="incubator_one_member_of_an_address"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="signature",
                    constraint=models.UniqueConstraint(
                        fields=("application", "person"), name="incubator_one_signature_of_a_person"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="storedfile",
                    constraint=models.UniqueConstraint(
                        fields=("application", "sha256"), name="incubator_one_file_of_a_hash"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="version",
                    constraint=models.UniqueConstraint(
                        fields=("application", "number"), name="incubator_one_version_of_a_number"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="version",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("frozen", True)),
                        fields=("application", "stage"),
                        name="incubator_one_frozen_version",
                    ),
                ),
            ]
        ),
    ]
