"""Organisations and their tokens. A token itself is never kept: only its SHA-256, which cannot be turned back.

A plain hash is enough, and fast: a token is 256 random bits, not a password that somebody could guess.
"""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models


class Organisation(models.Model):
    """An institution that sends reports. `name` is its short name in addresses and folders; `title` is for people."""

    name = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z")])
    title = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """A token of an organisation: what it is for, its hash, how it starts, until when it holds (empty: until revoked)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tokens")
    purpose = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hint}… ({self.organisation})"
