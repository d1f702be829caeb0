"""The records of questions between nodes: asked, received, agreements, limits, offers."""

import django.db.models.deletion
from django.db import migrations, models

from bongsu.people.making_tables import MakeTables


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0001_initial"),
    ]

    operations = [
        MakeTables(
            [
                migrations.CreateModel(
                    name="SentQuestion",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("asker", models.CharField(max_length=100)),
                        ("question", models.JSONField()),
                        ("codes", models.JSONField()),
                        ("shape", models.CharField(max_length=64)),
                        ("purpose", models.CharField(max_length=30)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("asked", models.DateTimeField(db_index=True)),
                        ("deadline", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("holding", models.CharField(max_length=100)),
                        ("purposes", models.JSONField(default=list)),
                        ("concepts", models.JSONField(default=list)),
                        ("until", models.DateField(null=True)),
                        ("decided", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=100)),
                        (
                            "peer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="agreements",
                                to="network.peer",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Offer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("document", models.JSONField()),
                        ("read", models.DateTimeField()),
                        (
                            "peer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="offer", to="network.peer"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QuestionLimit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("holding", models.CharField(max_length=100)),
                        ("custodians", models.PositiveSmallIntegerField()),
                        ("questions_day", models.PositiveIntegerField()),
                        ("cells_month", models.PositiveIntegerField()),
                        ("days", models.PositiveSmallIntegerField()),
                        (
                            "peer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="limits", to="network.peer"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("peer", "holding"), name="network_one_limit_a_holding")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceivedQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("request", models.UUIDField()),
                        ("digest", models.CharField(max_length=64)),
                        ("document", models.JSONField()),
                        ("holding", models.CharField(max_length=100)),
                        ("question_id", models.CharField(max_length=16)),
                        ("edition", models.CharField(max_length=16)),
                        ("cells", models.PositiveIntegerField()),
                        ("received", models.DateTimeField(db_index=True)),
                        ("lapses", models.DateTimeField()),
                        ("state", models.CharField(db_index=True, max_length=10)),
                        ("since", models.DateTimeField()),
                        ("by_agreement", models.BooleanField(default=False)),
                        ("exact", models.BooleanField(default=False)),
                        ("approved_by", models.JSONField(default=list)),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("report", models.JSONField(null=True)),
                        ("answer", models.TextField(blank=True)),
                        (
                            "peer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="received", to="network.peer"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("peer", "request"), name="network_one_question_an_id")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Member",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("holding", models.CharField(max_length=100)),
                        ("question_id", models.CharField(max_length=16)),
                        ("request", models.JSONField()),
                        ("state", models.CharField(db_index=True, max_length=10)),
                        ("since", models.DateTimeField()),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("report", models.JSONField(null=True)),
                        ("answer", models.TextField(blank=True)),
                        ("tried", models.DateTimeField(null=True)),
                        ("trouble", models.JSONField(null=True)),
                        (
                            "peer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="asked", to="network.peer"
                            ),
                        ),
                        (
                            "sent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="network.sentquestion",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("sent", "peer"), name="network_one_member_a_peer")
                        ],
                    },
                ),
            ]
        ),
    ]
