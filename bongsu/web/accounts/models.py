"""Organisations and their tokens. Only the SHA-256 of a token is stored, never the token.

A plain fast hash is enough: a token has 256 random bits, unlike a password that can be guessed.
"""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models


class Organisation(models.Model):
    """An institution that sends reports. `name` is its short name in addresses and folders; `title` is its display name."""

    name = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z")])
    title = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """A token of an organisation: its purpose, its hash, its first characters, and its expiry (empty: until revoked)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tokens")
    purpose = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hint}… ({self.organisation})"
