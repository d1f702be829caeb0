"""Adds to proposals the token with which a program sent them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commons", "0004_entry_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="token",
            field=models.CharField(blank=True, default="", max_length=16),
            preserve_default=False,
        ),
    ]
