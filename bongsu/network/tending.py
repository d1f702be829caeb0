"""What is done about peers by itself: cards renewed, logs pulled, checkpoints of others compared, releases fetched."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from bongsu.core.envelope import BadSignature, Envelope, parse_envelope
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.log_line import open_checkpoint
from bongsu.core.node_card import Card
from bongsu.core.report import Report
from bongsu.network.client import Client
from bongsu.network.errors import Misbehaved, to_record
from bongsu.network.exchange import fetch_due
from bongsu.network.messages import PeerRefused, send_message
from bongsu.network.misbehaviour import suspend_for
from bongsu.network.models import Introduction, Nonce, Peer
from bongsu.network.peers import change_state
from bongsu.network.pulling import compare_with_witness, pull_log, recompare_witnessed
from bongsu.network.refreshing import DUTY, REGULARLY, refresh_card
from bongsu.network.states import CONFIRMED, STALE, peer_states
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node

_log = logging.getLogger("bongsu.network")


def tend_peers(node: Node, now: datetime) -> Report:
    """Does for each peer what is due. What is wrong with one stops no other; it is kept with the peer and shown."""
    Nonce.objects.filter(until__lt=now).delete()
    Introduction.objects.filter(at__lt=now - timedelta(days=1)).delete()
    pulled = failed = fetched = 0
    for peer in Peer.objects.filter(state__in=[state.name for state in peer_states().values() if state.pulled]):
        try:
            fetched += tend_peer(node, peer, now)
            pulled += 1
        except BongsuError:
            failed += 1
        except Exception:  # noqa: BLE001  # a defect that one peer's answer shows must not stop the others
            _log.exception("peer %s", peer.node)
            failed += 1
    if not (pulled or failed):
        return Report()
    return Report(
        N_("Peers whose log was read: {pulled}; releases received: {fetched}; peers that could not be read: {failed}."),
        {"pulled": pulled, "fetched": fetched, "failed": failed},
    )


def tend_peer(node: Node, peer: Peer, now: datetime) -> int:
    """Does for a peer what the duty does. Returns how many releases came.

    Raises what is wrong, after it was kept with the peer; a peer that misbehaves is suspended.
    """
    peer.tried, peer.trouble = now, None
    try:
        with Client(peer.url) as client:
            count = _tend(node, peer, client, now)
    except BongsuError as error:
        if isinstance(error, Misbehaved):
            suspend_for(node, peer, error, now)
            peer.tried = now
        peer.trouble = to_record(error)
        peer.save(update_fields=["tried", "trouble"])
        _log.warning("peer %s: %s: %s", peer.node, error.code, error)
        raise
    peer.pulled = now
    peer.save(update_fields=["tried", "trouble", "pulled"])
    return count


def _tend(node: Node, peer: Peer, client: Client, now: datetime) -> int:
    folder = node.peers.folder(peer.node)
    card = _keep_card_fresh(node, peer, client, now)
    pull_log(folder, client, card, now)
    peer.size = folder.reached.size
    peer.save(update_fields=["size"])
    recompare_witnessed(folder, card)
    exchange_witnessed(node, peer, client, card, now)
    if peer.state == CONFIRMED:
        poke_peer(node, peer, client, card, now)
    return fetch_due(node, peer, client, now)


def _keep_card_fresh(node: Node, peer: Peer, client: Client, now: datetime) -> Card:
    """Returns the peer's card, fetched again when that is due; a peer whose card has ended is stale until it has a new one."""
    card = node.peers.folder(peer.node).card
    assert card is not None
    ended = card.expires <= format_moment(now)
    if ended and peer.state != STALE:
        _move(node, peer, "expire", now)
    if ended or peer.card_asked is None or now - peer.card_asked >= REGULARLY:
        card = refresh_card(node, peer, client, now)
    if peer.state == STALE and card.expires > format_moment(now):
        _move(node, peer, "renew", now)
    return card


def _move(node: Node, peer: Peer, event: str, now: datetime) -> None:
    change_state(DUTY, "peer.observe", node, peer, event, now)
    tried, trouble = peer.tried, peer.trouble
    peer.refresh_from_db()
    peer.tried, peer.trouble = tried, trouble


def exchange_witnessed(node: Node, peer: Peer, client: Client, card: Card, now: datetime) -> None:
    """Reads the checkpoints that a peer holds: of this node, to know how far it is witnessed; of others, to compare.

    Raises nothing about a third node: that one is suspended if it showed two pasts.
    """
    data = client.get("/network/v1/checkpoint?witness=1")
    try:
        held = [parse_envelope(json.dumps(one).encode()) for one in json.loads(data)["witnessed"]][:1000]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(N_("This is not a list of checkpoints."), where="checkpoint?witness=1") from None
    for envelope in held:
        node_id = _node_of(envelope)
        if node_id == node.identity.id:
            _note_witness(node, peer, envelope, now)
        elif (third := Peer.objects.filter(node=node_id).exclude(node=peer.node).first()) is not None:
            _compare_third(node, third, peer, envelope, now)


def _node_of(envelope: Envelope) -> str:
    try:
        return str(json.loads(envelope.body)["node"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _note_witness(node: Node, peer: Peer, envelope: Envelope, now: datetime) -> None:
    own = node.keys.card
    try:
        held = open_checkpoint(own, envelope, "witnessed") if own else None
    except (BadSignature, BadInput):
        return
    if held is not None and held.size <= node.public_log.head.size:
        peer.witnessed_size, peer.witnessed_at = held.size, now
        peer.save(update_fields=["witnessed_size", "witnessed_at"])


def _compare_third(node: Node, third: Peer, witness: Peer, envelope: Envelope, now: datetime) -> None:
    folder = node.peers.folder(third.node)
    card = folder.card
    if card is None or not peer_states()[third.state].pulled:
        return
    try:
        compare_with_witness(folder, card, witness.node, envelope)
    except Misbehaved as misbehaved:
        suspend_for(node, third, misbehaved, now)


def poke_peer(node: Node, peer: Peer, client: Client, card: Card, now: datetime) -> bool:
    """Tells a peer that this node has confirmed it and how long its log is. Returns whether the peer has confirmed too.

    A refusal is no error: its operators have not confirmed this node yet. Raises Unreachable, WrongSignature.
    """
    try:
        send_message(node, client, card, "POST", "/network/v1/poke", {"size": node.public_log.head.size}, now)
    except PeerRefused:
        return False
    if peer.state == CONFIRMED:
        _move(node, peer, "answer", now)
    return True


def list_witnessed(node: Node) -> list[Envelope]:
    """Returns the newest checkpoint of each peer, for others to compare with what they were shown."""
    return [envelope for folder in node.peers.all() if (envelope := folder.checkpoint_envelope) is not None]
