"""Adds the records of duties, and whether the managers were told that a token expires."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_records_of_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=40, unique=True)),
                ("due", models.DateTimeField()),
                ("started", models.DateTimeField(blank=True, null=True)),
                ("ended", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.SlugField(blank=True, max_length=10)),
                ("report", models.JSONField(default=dict)),
                ("holder", models.CharField(blank=True, max_length=32)),
                ("lease", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="token",
            name="reminded",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
