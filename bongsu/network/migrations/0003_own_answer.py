"""A question to other nodes may be answered by this node too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0002_questions")]

    operations = [
        migrations.AddField(model_name="sentquestion", name="own", field=models.JSONField(null=True)),
    ]
