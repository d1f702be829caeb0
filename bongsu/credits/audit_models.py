"""The tables of the ledger's audit: the head of every day, and what each verification found."""

from __future__ import annotations

from django.db import models


class DayHead(models.Model):
    """The head of a day (day_heads.py): a hash over its transfers and the head before. By triggers, only `line` changes."""

    day = models.DateField(primary_key=True)
    transfer = models.BigIntegerField()  # the number of its last transfer
    hash = models.CharField(max_length=64)
    line = models.BigIntegerField(null=True)  # of the journal; None until it is written there


class Verification(models.Model):
    """What a verification found: the breaches of every invariant, by its name."""

    at = models.DateTimeField()
    transfers = models.BigIntegerField()
    breaches = models.JSONField()
