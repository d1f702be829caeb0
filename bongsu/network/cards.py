"""Cards of other nodes: which new card may take the place of the known one. Nothing here reads files or asks anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bongsu.core.envelope import BadSignature, Envelope, open_envelope
from bongsu.core.errors import N_, BadInput
from bongsu.core.node_card import CARD_TYPE, Card, open_card, root_before_id
from bongsu.network.errors import Misbehaved, WrongProtocol
from bongsu.network.signing import SKEW
from bongsu.store.disk.clock import format_moment

LONGEST_LIFE = timedelta(days=31)


def check_card(envelope: Envelope, now: datetime) -> Card:
    """Returns the card if its root signed it and it is valid now. Raises BadSignature, BadInput or WrongProtocol."""
    card = open_card(envelope, "card")
    _check_texts(card)
    if card.issued > format_moment(now + SKEW):
        raise BadInput(
            N_("The card was issued at {issued}, which is in the future here: one of the two clocks is wrong."),
            issued=card.issued,
        )
    if card.expires <= format_moment(now):
        raise BadInput(
            N_("The card of node {node} has ended at {expires}."),
            node=card.node,
            expires=card.expires,
            fix=N_("Its operators run “bongsu tend”, which renews it every day."),
        )
    if card.expires > format_moment(now + LONGEST_LIFE):
        raise BadInput(N_("The card of node {node} is valid for more than 30 days."), node=card.node)
    if not card.speaks_our_protocol:
        raise WrongProtocol(
            N_("The node {node} speaks no version of the protocol that this node speaks."), node=card.node
        )
    return card


def _check_texts(card: Card) -> None:
    """Raises BadInput for a text that no database keeps: NUL, or half of a surrogate pair."""
    try:
        is_storable = b"\\u0000" not in card.to_json()
    except UnicodeEncodeError:
        is_storable = False
    if not is_storable:
        raise BadInput(N_("The card of node {node} has a text with control characters."), node=card.node)


def follow_card(known: Envelope, new: Envelope, root_changes: Iterable[Envelope], now: datetime) -> Card:
    """Returns the new card of a peer if it may follow the known one: a higher version, of the same root or one that it named.

    `root_changes` are the cards with which the peer's root changed, oldest first. Raises Misbehaved for two cards of one
    version, BadInput for a lower version or a root that nobody vouched for, and what `check_card` raises.
    """
    before, card = open_card(known, "card"), check_card(new, now)
    if card.node != before.node:
        raise BadInput(N_("The node at this address is {other} now, not {node}."), other=card.node, node=before.node)
    if card.version < before.version:
        raise BadInput(
            N_("The card has version {version}; this node knows version {known}."),
            version=card.version,
            known=before.version,
            fix=N_("A node that was restored from an older copy has to renew its card until it is newer."),
        )
    if card.root != before.root and not _is_vouched_for(before, card, (*root_changes, new)):
        raise BadInput(
            N_("The card of node {node} is signed by a root key that the known one did not sign."),
            node=card.node,
            fix=N_("If the root was lost, end the peer, add it again, and compare fingerprints by telephone."),
        )
    if card.version == before.version and new.body != known.body:
        raise Misbehaved(
            N_("The node {node} has signed two different cards of version {version}."),
            "two-cards",
            {"card-known.json": known.to_json(), "card-shown.json": new.to_json()},
            node=card.node,
            version=card.version,
        )
    return card


def _is_vouched_for(before: Card, card: Card, changes: Iterable[Envelope]) -> bool:
    """Whether a chain of cards leads from the known root to the new one, each signed by the root before it too."""
    reached = before.root_bytes
    for change in changes:
        try:
            changed = open_card(change)
            open_envelope(change, CARD_TYPE, {root_before_id(before.node): reached})
        except (BadSignature, BadInput):
            continue
        if changed.node == before.node:
            reached = changed.root_bytes
    return reached == card.root_bytes
