"""The records of the network: peers, what each is trusted with, nonces of messages, and who introduced itself from where.

A peer's card, log, releases and the evidence about it are files (store/peers/): what it signed, to the byte.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bongsu.people.guarded import Guarded


class Peer(Guarded):
    """Another node, and how this node stands to it. Times of cards are UTC text, as the cards have them."""

    node = models.CharField(max_length=16, primary_key=True)
    state = models.CharField(max_length=10)
    since = models.DateTimeField()  # in this state
    introduced = models.DateTimeField()
    by_hand = models.BooleanField(default=False)  # an operator of this node began it, not a card that came in
    url = models.CharField(max_length=200)
    name = models.JSONField(default=dict)  # by language, as the card says
    agency = models.CharField(max_length=64)
    group = models.CharField(max_length=64, blank=True)  # nodes of one institution count as one; set here
    fingerprint = models.CharField(max_length=80)
    card_version = models.PositiveIntegerField()
    card_expires = models.CharField(max_length=20)

    # What the last pull found. It changes every few minutes, outside of actions.
    tried = models.DateTimeField(null=True)
    pulled = models.DateTimeField(null=True)
    trouble = models.JSONField(null=True)  # why the last try failed: a Report
    card_asked = models.DateTimeField(null=True)
    size = models.PositiveIntegerField(default=0)
    witnessed_size = models.PositiveIntegerField(
        default=0
    )  # lines of this node's log that the peer holds a checkpoint of
    witnessed_at = models.DateTimeField(null=True)

    UNGUARDED: ClassVar[frozenset[str]] = frozenset(
        {"tried", "pulled", "trouble", "card_asked", "size", "witnessed_size", "witnessed_at"}
    )


class Trust(Guarded):
    """A row of trust: what of a peer is accepted, for which subject (“*”: all), until when, and who decided."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="trusts")
    what = models.CharField(max_length=12)
    subject = models.CharField(max_length=100)
    until = models.DateField(null=True)
    decided = models.DateTimeField()
    decided_by = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("peer", "what", "subject"), name="network_one_trust_a_subject")
        ]


class Nonce(models.Model):
    """A nonce of a message that was accepted; the same one is refused until the message is too old anyway."""

    key = models.CharField(max_length=32)
    nonce = models.CharField(max_length=64)
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("key", "nonce"), name="network_nonce_once")]


class Introduction(models.Model):
    """A card that came in, by the address that sent it: an address may send a few a day. Deleted after a day."""

    address = models.CharField(max_length=45, db_index=True)
    at = models.DateTimeField(db_index=True)
