"""Adds whom a file names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0007_awards"),
    ]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="named",
            field=models.JSONField(null=True),
        ),
    ]
