"""The tables of awards: agreements, tranches, milestones, reports, notices of under-use, cohorts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bongsu.people.making_tables import MakeTables


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0006_sealed_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        MakeTables(
            [
                migrations.CreateModel(
                    name="Award",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="award",
                                serialize=False,
                                to="incubator.application",
                            ),
                        ),
                        ("line", models.CharField(max_length=40)),
                        ("unit", models.CharField(max_length=20)),
                        ("asked", models.BigIntegerField()),
                        ("amount", models.BigIntegerField()),
                        ("why", models.TextField(blank=True)),
                        ("source", models.CharField(max_length=64)),
                        ("account", models.CharField(max_length=64)),
                        ("fields", models.JSONField(default=dict)),
                        ("made", models.DateTimeField()),
                        ("started", models.DateTimeField(null=True)),
                        ("until", models.DateTimeField(null=True)),
                        ("ended", models.DateTimeField(null=True)),
                        ("kept", models.BigIntegerField(null=True)),
                        ("cohort", models.CharField(blank=True, max_length=90)),
                        ("cohort_from", models.DateField(null=True)),
                        ("cohort_until", models.DateField(null=True)),
                        ("consented", models.DateTimeField(null=True)),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incubator.edition"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Deliverable",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=10)),
                        ("key", models.CharField(max_length=40)),
                        ("evidence", models.CharField(max_length=10)),
                        ("due", models.DateTimeField()),
                        ("state", models.CharField(default="open", max_length=10)),
                        ("reminded", models.PositiveSmallIntegerField(null=True)),
                        (
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliverables",
                                to="incubator.award",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("text", models.TextField(blank=True)),
                        ("files", models.JSONField(default=list)),
                        ("received", models.DateTimeField()),
                        ("verdict", models.CharField(blank=True, max_length=10)),
                        ("why", models.TextField(blank=True)),
                        ("judged", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "deliverable",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="incubator.deliverable",
                            ),
                        ),
                        (
                            "judged_by",
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
                    name="Reduction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stage", models.PositiveSmallIntegerField()),
                        ("amount", models.BigIntegerField()),
                        ("why", models.TextField()),
                        ("made", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reductions",
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
                    name="Tranche",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField()),
                        ("key", models.CharField(max_length=40)),
                        ("at", models.CharField(max_length=40)),
                        ("amount", models.BigIntegerField()),
                        ("state", models.CharField(default="planned", max_length=10)),
                        ("command", models.CharField(blank=True, max_length=36)),
                        ("ending", models.CharField(blank=True, max_length=36)),
                        ("changed", models.DateTimeField()),
                        (
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tranches",
                                to="incubator.award",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="UseNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("used", models.BigIntegerField()),
                        ("allotted", models.BigIntegerField()),
                        ("since", models.DateTimeField()),
                        ("noticed", models.DateTimeField()),
                        ("answer_by", models.DateTimeField()),
                        ("answer", models.TextField(blank=True)),
                        ("answered", models.DateTimeField(null=True)),
                        ("decision", models.CharField(blank=True, max_length=10)),
                        ("why", models.TextField(blank=True)),
                        ("decided", models.DateTimeField(null=True)),
                        (
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="incubator.award",
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
                    name="AgreementSignature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(max_length=10)),
                        ("digest", models.CharField(max_length=64)),
                        ("texts", models.JSONField()),
                        ("file", models.CharField(blank=True, max_length=64)),
                        ("signed", models.DateTimeField()),
                        ("ended", models.DateTimeField(null=True)),
                        ("why", models.TextField(blank=True)),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="signatures",
                                to="incubator.award",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended", None)),
                                fields=("award", "side"),
                                name="incubator_one_signature_of_a_side",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CohortMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("joined", models.DateTimeField()),
                        ("agreed", models.DateTimeField(null=True)),
                        (
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cohort_members",
                                to="incubator.award",
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
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("award", "person"), name="incubator_once_in_a_cohort")
                        ],
                    },
                ),
                migrations.AddIndex(
                    model_name="deliverable",
                    index=models.Index(fields=["state", "due"], name="incubator_deliverable_due"),
                ),
                migrations.AddConstraint(
                    model_name="deliverable",
                    constraint=models.UniqueConstraint(
                        fields=("award", "kind", "key"), name="incubator_one_deliverable_of_a_key"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="delivery",
                    constraint=models.UniqueConstraint(
                        fields=("deliverable", "number"), name="incubator_one_delivery_of_a_number"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reduction",
                    constraint=models.UniqueConstraint(
                        fields=("application", "stage"), name="incubator_one_reduction_of_a_stage"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tranche",
                    constraint=models.UniqueConstraint(fields=("award", "key"), name="incubator_one_tranche_of_a_key"),
                ),
                migrations.AddConstraint(
                    model_name="usenotice",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("decided", None)), fields=("award",), name="incubator_one_open_notice"
                    ),
                ),
            ]
        ),
    ]
