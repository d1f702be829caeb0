"""Fetches the card of a peer again: once a day, before it ends, and when a message is signed by a key that is not on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bongsu.core.envelope import Envelope, parse_envelope
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.node_card import Card, open_card
from bongsu.network.cards import check_card, follow_card
from bongsu.network.client import Client
from bongsu.network.errors import Misbehaved
from bongsu.network.misbehaviour import suspend_for
from bongsu.network.models import Peer
from bongsu.network.peers import CARD_PATH, describe_card, target_of_peer, write_standing
from bongsu.network.states import peer_states
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.node import Node

FOR_A_KEY = timedelta(minutes=10)  # at most so often because of an unknown key
REGULARLY = timedelta(hours=12)
ROOTS_PATH = "/network/v1/roots"
DUTY = Actor.of_duty("peers")


def refresh_card(node: Node, peer: Peer, client: Client, now: datetime) -> Card:
    """Fetches the card of a peer and keeps it if it may follow the known one. Returns it.

    Raises Misbehaved for two cards of one version, BadInput or Unreachable; the known card stays then.
    """
    folder = node.peers.folder(peer.node)
    known = folder.card_envelope
    assert known is not None
    peer.card_asked = now
    peer.save(update_fields=["card_asked"])
    envelope = parse_envelope(client.get(CARD_PATH), peer.url)
    if envelope.body == known.body:
        return check_card(known, now)
    changes: list[Envelope] = []
    if _root(envelope) != _root(known):
        changes = [parse_envelope(line, ROOTS_PATH) for line in client.get(ROOTS_PATH).splitlines()]
    card = follow_card(known, envelope, changes, now)
    if card.url != peer.url:
        raise BadInput(
            N_("The node at {url} says that its address is “{stated}”."),
            url=peer.url,
            stated=card.url,
            fix=N_("If the node has moved, end the peer and add it at its new address."),
        )
    with act(DUTY, "peer.observe", target_of_peer(peer.node)) as change:
        change.before = {"card": peer.card_version, "fingerprint": peer.fingerprint}
        row = Peer.locked(pk=peer.node)
        for name, value in describe_card(card).items():
            setattr(row, name, value)
        row.save()
        change.after = {"card": card.version, "fingerprint": card.fingerprint}
        folder.write_card(envelope)
        write_standing(node, row)
    peer.refresh_from_db()
    return card


def _root(envelope: Envelope) -> str:
    return open_card(envelope, "card").root


def refresh_for_key(node: Node, peer: Peer, card: Card, now: datetime) -> Card:
    """Returns the newest card of a peer, because a message is signed by a key that is not on the known one.

    The peer is asked once in ten minutes at most. If it does not answer, or with another card of the same version, the known
    card counts.
    """
    asked_lately = peer.card_asked is not None and now - peer.card_asked < FOR_A_KEY
    if asked_lately or not peer_states()[peer.state].pulled:
        return card
    try:
        with Client(peer.url) as client:
            return refresh_card(node, peer, client, now)
    except Misbehaved as misbehaved:
        suspend_for(node, peer, misbehaved, now)
    except BongsuError:  # the duty shows why
        pass
    return card
