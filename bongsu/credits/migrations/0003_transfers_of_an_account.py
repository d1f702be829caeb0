"""Adds the indexes by which the transfers of an account are read in order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0002_never_change")]

    operations = [
        migrations.AddIndex(
            model_name="transfer", index=models.Index(fields=["debit", "number"], name="credits_debits")
        ),
        migrations.AddIndex(
            model_name="transfer", index=models.Index(fields=["credit", "number"], name="credits_credits")
        ),
    ]
