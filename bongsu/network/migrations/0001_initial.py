"""The records of the network: peers, trust, nonces, introductions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Introduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(db_index=True, max_length=45)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Peer",
            fields=[
                ("node", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("state", models.CharField(max_length=10)),
                ("since", models.DateTimeField()),
                ("introduced", models.DateTimeField()),
                ("by_hand", models.BooleanField(default=False)),
                ("url", models.CharField(max_length=200)),
                ("name", models.JSONField(default=dict)),
                ("agency", models.CharField(max_length=64)),
                ("group", models.CharField(blank=True, max_length=64)),
                ("fingerprint", models.CharField(max_length=80)),
                ("card_version", models.PositiveIntegerField()),
                ("card_expires", models.CharField(max_length=20)),
                ("tried", models.DateTimeField(null=True)),
                ("pulled", models.DateTimeField(null=True)),
                ("trouble", models.JSONField(null=True)),
                ("card_asked", models.DateTimeField(null=True)),
                ("size", models.PositiveIntegerField(default=0)),
                ("witnessed_size", models.PositiveIntegerField(default=0)),
                ("witnessed_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Nonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32)),
                ("nonce", models.CharField(max_length=64)),
                ("until", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "nonce"), name="network_nonce_once")],
            },
        ),
        migrations.CreateModel(
            name="Trust",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=12)),
                ("subject", models.CharField(max_length=100)),
                ("until", models.DateField(null=True)),
                ("decided", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=100)),
                (
                    "peer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="trusts", to="network.peer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("peer", "what", "subject"), name="network_one_trust_a_subject")
                ],
            },
        ),
    ]
