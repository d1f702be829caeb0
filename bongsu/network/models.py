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


class Offer(models.Model):
    """What a peer offered to questions of this node when it was asked last."""

    peer = models.OneToOneField(Peer, on_delete=models.CASCADE, related_name="offer")
    document = models.JSONField()
    read = models.DateTimeField()


class SentQuestion(Guarded):
    """A question of this node to several nodes: written once, and the same for all but the name of the holding.

    `codes` are all codes that the nodes offered of the question's concepts; with the question they make the table, whose
    digest is `shape`.
    """

    id = models.UUIDField(primary_key=True)
    asker = models.CharField(max_length=100)
    question = models.JSONField()
    codes = models.JSONField()
    shape = models.CharField(max_length=64)
    purpose = models.CharField(max_length=30)
    reason = models.CharField(max_length=500, blank=True)
    asked = models.DateTimeField(db_index=True)
    deadline = models.DateTimeField()
    own = models.JSONField(null=True)  # what this node answers itself, if it is asked too (own_desk.py, OwnAnswer)


class Member(Guarded):
    """One of the nodes that a question was sent to: its state, why it does not answer, and the answer as it signed it.

    `id` is the id of the request to this node.
    """

    id = models.UUIDField(primary_key=True)
    sent = models.ForeignKey(SentQuestion, on_delete=models.CASCADE, related_name="members")
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="asked")
    holding = models.CharField(max_length=100)
    question_id = models.CharField(max_length=16)  # of the question with this node's holding
    request = models.JSONField()  # as it is sent, however often
    state = models.CharField(max_length=10, db_index=True)
    since = models.DateTimeField()
    code = models.CharField(max_length=40, blank=True)  # why there is no answer: a row of question_reasons.csv
    report = models.JSONField(null=True)  # the same in words, if the code alone does not say it
    answer = models.TextField(blank=True)  # the signed envelope, as JSON
    tried = models.DateTimeField(null=True)
    trouble = models.JSONField(null=True)  # why the last try failed: a Report

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"tried", "trouble"})

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("sent", "peer"), name="network_one_member_a_peer")]


class ReceivedQuestion(Guarded):
    """A question of a peer: the request as it came, how far it is, and the answer as it leaves or left.

    `digest` is a hash of the request; `edition` names the copy of the holding that answered.
    """

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="received")
    request = models.UUIDField()
    digest = models.CharField(max_length=64)
    document = models.JSONField()
    holding = models.CharField(max_length=100)
    question_id = models.CharField(max_length=16)
    edition = models.CharField(max_length=16)
    cells = models.PositiveIntegerField()
    received = models.DateTimeField(db_index=True)
    lapses = models.DateTimeField()
    state = models.CharField(max_length=10, db_index=True)
    since = models.DateTimeField()
    by_agreement = models.BooleanField(default=False)
    exact = models.BooleanField(default=False)  # a custodian permitted exact values without an agreement
    approved_by = models.JSONField(default=list)  # names of actors
    code = models.CharField(max_length=40, blank=True)  # why there is no answer
    report = models.JSONField(null=True)  # the same in words, for this node only
    answer = models.TextField(blank=True)  # the signed envelope, as JSON; while the question waits, as it would leave

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("peer", "request"), name="network_one_question_an_id")]


class Agreement(Guarded):
    """A standing agreement: questions of a peer about a holding that are answered without asking a custodian each time.

    A question is covered if its purpose is listed, and each concept that it uses.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="agreements")
    holding = models.CharField(max_length=100)
    purposes = models.JSONField(default=list)
    concepts = models.JSONField(default=list)
    until = models.DateField(null=True)
    decided = models.DateTimeField()
    decided_by = models.CharField(max_length=100)


class QuestionLimit(Guarded):
    """How much a peer may ask about a holding; where there is no row, the defaults count."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="limits")
    holding = models.CharField(max_length=100)
    custodians = models.PositiveSmallIntegerField()
    questions_day = models.PositiveIntegerField()
    cells_month = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("peer", "holding"), name="network_one_limit_a_holding")
        ]
