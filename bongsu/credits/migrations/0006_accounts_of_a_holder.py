"""Adds the index by which the accounts of a person or an organisation are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0005_day_heads")]

    operations = [
        migrations.AddIndex(
            model_name="account", index=models.Index(fields=["holder_kind", "holder"], name="credits_holders")
        ),
    ]
