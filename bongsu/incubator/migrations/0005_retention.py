"""When reviews are deleted; when an owner was warned, and her application deleted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incubator", "0004_panel"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="delete_reviews_after",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="deleted",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="warned",
            field=models.DateTimeField(null=True),
        ),
    ]
