"""Texts that may be encrypted have no fixed length; the reasons of steps are records."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0005_retention"),
    ]

    operations = [
        migrations.AlterField(
            model_name="assignment",
            name="why",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="check",
            name="why",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="reviewdraft",
            name="help_used",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="reviewversion",
            name="help_used",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="signature",
            name="why",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="name",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="vote",
            name="why",
            field=models.TextField(blank=True),
        ),
        migrations.CreateModel(
            name="Reason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("given", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reasons", to="incubator.application"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
