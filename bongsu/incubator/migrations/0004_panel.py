"""The tables of assignments, reviews, votes, decisions and letters."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bongsu.people.making_tables import MakeTables


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0003_reviewers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="to_review",
            field=models.BooleanField(default=False),
        ),
        MakeTables(
            [
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("state", models.CharField(default="open", max_length=10)),
                        ("why", models.CharField(blank=True, max_length=500)),
                        ("due", models.DateTimeField(null=True)),
                        ("made", models.DateTimeField()),
                        ("changed", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Score",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="score",
                                serialize=False,
                                to="incubator.application",
                            ),
                        ),
                        ("counted", models.PositiveIntegerField()),
                        ("mean", models.CharField(blank=True, max_length=60)),
                        ("median", models.CharField(blank=True, max_length=60)),
                        ("lowest", models.CharField(blank=True, max_length=60)),
                        ("highest", models.CharField(blank=True, max_length=60)),
                        ("centred", models.CharField(blank=True, max_length=120)),
                        ("computed", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="WaitingPlace",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="waiting",
                                serialize=False,
                                to="incubator.application",
                            ),
                        ),
                        ("line", models.CharField(max_length=40)),
                        ("place", models.PositiveIntegerField()),
                        ("joined", models.DateTimeField()),
                        ("left", models.DateTimeField(null=True)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Appeal",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="appeal",
                                serialize=False,
                                to="incubator.application",
                            ),
                        ),
                        ("text", models.TextField()),
                        ("made", models.DateTimeField()),
                        ("outcome", models.CharField(blank=True, max_length=10)),
                        ("why", models.TextField(blank=True)),
                        ("decided", models.DateTimeField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ReviewDraft",
                    fields=[
                        (
                            "assignment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="draft",
                                serialize=False,
                                to="incubator.assignment",
                            ),
                        ),
                        ("points", models.JSONField(default=dict)),
                        ("to_applicant", models.TextField(blank=True)),
                        ("to_panel", models.TextField(blank=True)),
                        ("help_used", models.CharField(blank=True, max_length=500)),
                        ("saved", models.DateTimeField()),
                    ],
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="application",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="incubator.application",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="reviewer",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="incubator.reviewer"
                    ),
                ),
                migrations.CreateModel(
                    name="AssignmentRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("input_hash", models.CharField(max_length=64)),
                        ("record", models.TextField()),
                        ("feasible", models.BooleanField()),
                        ("actor", models.CharField(max_length=80)),
                        ("made", models.DateTimeField()),
                        ("adopted", models.DateTimeField(null=True)),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="incubator.round"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="run",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assignments",
                        to="incubator.assignmentrun",
                    ),
                ),
                migrations.CreateModel(
                    name="Comment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField()),
                        ("written", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comments",
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
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stage", models.PositiveSmallIntegerField()),
                        ("decision", models.CharField(max_length=10)),
                        ("line", models.CharField(blank=True, max_length=40)),
                        ("granted", models.BigIntegerField(default=0)),
                        ("rank", models.PositiveIntegerField(null=True)),
                        ("texts_shown", models.BooleanField(default=False)),
                        ("released", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="incubator.application",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("subjects", models.JSONField()),
                        ("texts", models.JSONField()),
                        ("written", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="incubator.application",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ReviewVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("points", models.JSONField()),
                        ("to_applicant", models.TextField(blank=True)),
                        ("to_panel", models.TextField(blank=True)),
                        ("help_used", models.CharField(blank=True, max_length=500)),
                        ("received_at", models.DateTimeField()),
                        (
                            "assignment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="incubator.assignment",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Vote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stage", models.PositiveSmallIntegerField()),
                        ("decision", models.CharField(max_length=10)),
                        ("why", models.CharField(blank=True, max_length=500)),
                        ("cast", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="votes",
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
                migrations.AddIndex(
                    model_name="assignment",
                    index=models.Index(fields=["application", "state"], name="incubator_assignment_state"),
                ),
                migrations.AddConstraint(
                    model_name="assignment",
                    constraint=models.UniqueConstraint(
                        fields=("reviewer", "application"), name="incubator_one_assignment_of_a_pair"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reviewversion",
                    constraint=models.UniqueConstraint(
                        fields=("assignment", "number"), name="incubator_one_review_of_a_number"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="vote",
                    constraint=models.UniqueConstraint(
                        fields=("application", "stage", "person"), name="incubator_one_vote_of_a_person"
                    ),
                ),
            ]
        ),
    ]
