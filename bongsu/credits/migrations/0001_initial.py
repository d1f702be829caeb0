"""The tables of the ledger."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Command",
            fields=[
                ("organisation", models.CharField(max_length=64)),
                ("id", models.CharField(max_length=36)),
                ("digest", models.CharField(max_length=64)),
                ("outcome", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transfer", models.BigIntegerField(default=0)),
                ("lot", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("steps", models.PositiveIntegerField()),
                ("closed_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transfer", models.BigIntegerField()),
                ("lot", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["transfer"], name="credits_draws_of_transfer"),
                    models.Index(fields=["lot"], name="credits_draws_of_lot"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenHold",
            fields=[
                ("transfer", models.BigIntegerField(primary_key=True, serialize=False)),
                ("account", models.CharField(max_length=64)),
                ("until", models.DateTimeField()),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "until"], name="credits_holds_of_account"),
                    models.Index(fields=["until"], name="credits_holds_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("holder_kind", models.CharField(max_length=20)),
                ("holder", models.CharField(blank=True, max_length=64)),
                ("purpose", models.CharField(blank=True, max_length=200)),
                ("keeper", models.CharField(blank=True, max_length=64)),
                ("least", models.BigIntegerField(null=True)),
                ("lots", models.BooleanField(default=False)),
                ("state", models.CharField(default="open", max_length=10)),
                ("posted", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
                ("version", models.BigIntegerField(default=0)),
                ("opened", models.DateTimeField(auto_now_add=True)),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("origin", models.CharField(max_length=20)),
                ("amount", models.BigIntegerField()),
                ("remaining", models.BigIntegerField()),
                ("start", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("priority", models.SmallIntegerField(default=0)),
                ("opened", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.account",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("remaining__gt", 0)), fields=["account"], name="credits_lots_left"
                    ),
                    models.Index(condition=models.Q(("remaining__gt", 0)), fields=["until"], name="credits_lots_due"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("remaining__gte", 0), ("remaining__lte", models.F("amount"))),
                        name="credits_lot_remaining_in_amount",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=64)),
                ("id", models.CharField(max_length=36)),
                ("group", models.CharField(max_length=64)),
                ("unit", models.CharField(max_length=20)),
                ("amount", models.BigIntegerField()),
                ("kind", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=10)),
                ("of", models.BigIntegerField(null=True)),
                ("reverses", models.BigIntegerField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
                ("effective", models.DateTimeField()),
                ("memo", models.CharField(max_length=200)),
                ("actor", models.CharField(max_length=80)),
                ("debit_version", models.BigIntegerField(null=True)),
                ("debit_posted", models.BigIntegerField(null=True)),
                ("credit_version", models.BigIntegerField(null=True)),
                ("credit_posted", models.BigIntegerField(null=True)),
                (
                    "credit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.account",
                    ),
                ),
                (
                    "debit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.account",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("reverses", None), _negated=True),
                        fields=["reverses"],
                        name="credits_reversals",
                    ),
                    models.Index(
                        condition=models.Q(("effective__lt", models.F("at"))),
                        fields=["debit", "effective"],
                        name="credits_debit_backdated",
                    ),
                    models.Index(
                        condition=models.Q(("effective__lt", models.F("at"))),
                        fields=["credit", "effective"],
                        name="credits_credit_backdated",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "id"), name="credits_transfer_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("of", None), _negated=True), fields=("of",), name="credits_hold_ends_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("debit_version", None), _negated=True),
                        fields=("debit", "debit_version"),
                        name="credits_debit_version",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("credit_version", None), _negated=True),
                        fields=("credit", "credit_version"),
                        name="credits_credit_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("debit", models.F("credit")), _negated=True),
                        name="credits_transfer_two_accounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), models.Q(("amount", 0), ("state", "void")), _connector="OR"
                        ),
                        name="credits_transfer_above_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exchange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numerator", models.PositiveBigIntegerField()),
                ("denominator", models.PositiveBigIntegerField()),
                ("from_day", models.DateField()),
                ("reference", models.CharField(max_length=200)),
                (
                    "source",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.unit"),
                ),
                (
                    "target",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="credits.unit"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "target", "from_day"), name="credits_one_rate_a_day")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("least", None),
                    (
                        "posted__gte",
                        django.db.models.expressions.CombinedExpression(models.F("least"), "+", models.F("held")),
                    ),
                    _connector="OR",
                ),
                name="credits_account_above_least",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("held__gte", 0)), name="credits_account_held_not_negative"
            ),
        ),
    ]
