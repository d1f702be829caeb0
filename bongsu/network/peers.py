"""Peers: how another node becomes one, what it is trusted with, and how that ends. Each change is an action.

Nobody becomes a peer by recommendation: operators of both sides compare the fingerprint of the root key, by telephone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from bongsu.core.envelope import Envelope, parse_envelope
from bongsu.core.errors import N_, BadInput, Misconfigured, Missing, unknown_name
from bongsu.core.node_card import Card, open_card
from bongsu.network.cards import check_card
from bongsu.network.client import Client, check_url
from bongsu.network.errors import Conflict, TooMany
from bongsu.network.models import Introduction, Peer, Trust
from bongsu.network.states import ENDED, PEER_PREFIX, PROPOSED, peer_states, require_event
from bongsu.people.access import NOBODY, Actor, Target
from bongsu.people.actions import act
from bongsu.store.node import Node
from bongsu.store.peers.peer_folder import Standing

CARD_PATH = "/.well-known/bongsu-node.json"
INTRODUCTIONS_A_DAY = 5  # from an address
MOST_PROPOSED = 100  # cards that came in and wait for an operator
TRUSTED_WITH = ("releases", "questions", "sums", "statements")
EVERYTHING = "*"
_SUBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}|\*")


def target_of_peer(node: str) -> Target:
    """A peer as an object of actions."""
    return Target("peer", node)


def actor_of_peer(node: str) -> Actor:
    """The peer itself, as the audit names it; only a message that it signed acts so."""
    return Actor(f"{PEER_PREFIX}{node}")


def find_peer(text: str) -> Peer:
    """Returns the peer with this id, or the only one whose id begins so. Raises Missing."""
    found = list(Peer.objects.filter(node__startswith=text.strip().lower())[:2]) if text.strip() else []
    if len(found) != 1:
        raise Missing(
            N_("There is no peer “{id}”, or several begin so."), id=text[:40], fix=N_("“bongsu peer list” shows all.")
        )
    peer: Peer = found[0]
    return peer


def own_url() -> str:
    """Returns the address of this node. Raises Misconfigured if it is not set: peers could not find it."""
    if not settings.BONGSU_URL:
        raise Misconfigured(
            N_("Nodes know each other by their address, and this one has none."), fix=N_("Set BONGSU_URL.")
        )
    return str(settings.BONGSU_URL)


def add_peer(actor: Actor, node: Node, url: str, now: datetime) -> Peer:
    """Fetches the card of the node at `url` and proposes it as a peer. Returns it, for its fingerprint to be compared.

    Raises BadInput, Refused, Unreachable, or Misconfigured without an address of one's own.
    """
    url, own = check_url(url), own_url()
    with Client(url) as client:
        envelope = parse_envelope(client.get(CARD_PATH), url)
    card = check_card(envelope, now)
    if card.url != url:
        raise BadInput(N_("The node at {url} says that its address is “{stated}”."), url=url, stated=card.url)
    if card.node == node.identity.id or url == own:
        raise BadInput(N_("This is the address of this node itself."))
    peer = Peer.objects.filter(node=card.node).first()
    state = require_event(peer.state if peer else "", "introduce", peer.url if peer else url)
    with act(actor, "peer.add", why=url) as change:
        made = _keep_card(node, envelope, card, state, now, by_hand=True)
        change.id, change.after = card.node, {"url": url, "fingerprint": card.fingerprint, "state": state}
    return made


def introduce_ourselves(node: Node, peer: Peer, now: datetime) -> None:
    """Sends this node's card to a peer, so that its operators see whom to call. Raises BadInput, Missing or Unreachable."""
    node.keys.renew(node.about(own_url(), settings.BONGSU_CONTACT), now)
    envelope = node.keys.card_envelope
    assert envelope is not None
    with Client(peer.url) as client:
        headers = {"Content-Type": "application/json"}
        client.send(client.build("POST", "/network/v1/introductions", envelope.to_json(), headers))


def receive_introduction(node: Node, data: bytes, address: str, now: datetime) -> Peer:
    """Keeps a card that came in, from an address of the network. It is proposed; nothing is asked of its node.

    Raises BadInput for a card that is not valid, TooMany, or Conflict if the node is known otherwise.
    """
    day_ago = now - timedelta(days=1)
    if Introduction.objects.filter(address=address, at__gt=day_ago).count() >= INTRODUCTIONS_A_DAY:
        raise TooMany(N_("This address has sent {limit} cards within a day."), limit=INTRODUCTIONS_A_DAY)
    Introduction.objects.create(address=address, at=now)
    envelope = parse_envelope(data, "card")
    card = check_card(envelope, now)
    check_url(card.url)
    if card.node == node.identity.id:
        raise BadInput(N_("This is the card of this node itself."))
    known: Peer | None = Peer.objects.filter(node=card.node).first()
    if known is not None:
        if known.state == PROPOSED and known.fingerprint != card.fingerprint:
            raise Conflict(N_("Another card of node {node} waits here already."), node=card.node)
        return known  # its operators need not know how this node stands to them
    if Peer.objects.filter(state=PROPOSED, by_hand=False).count() >= MOST_PROPOSED:
        raise TooMany(N_("Too many cards wait here for an operator."), fix=N_("Call the operators of this node."))
    with act(NOBODY, "peer.introduce") as change:
        made = _keep_card(node, envelope, card, require_event("", "introduce", card.url), now, by_hand=False)
        change.id, change.after = card.node, {"url": card.url, "fingerprint": card.fingerprint, "state": made.state}
    return made


def _keep_card(node: Node, envelope: Envelope, card: Card, state: str, now: datetime, *, by_hand: bool) -> Peer:
    """Writes the record and the file of a proposed peer, in the place of those of an earlier introduction."""
    peer: Peer
    peer, _ = Peer.objects.update_or_create(
        node=card.node,
        defaults={"state": state, "since": now, "introduced": now, "by_hand": by_hand, **describe_card(card)},
    )
    node.peers.folder(card.node).write_card(envelope)
    write_standing(node, peer)
    return peer


def describe_card(card: Card) -> dict[str, Any]:
    """Returns what the record of a peer has of its card."""
    return {
        "url": card.url[:200],
        "name": {key: value[:200] for key, value in list(card.name.items())[:10]},
        "agency": card.agency[:64],
        "fingerprint": card.fingerprint,
        "card_version": card.version,
        "card_expires": card.expires,
    }


def write_standing(node: Node, peer: Peer) -> None:
    """Writes how this node stands to a peer into its folder, for pages that read no records."""
    shown = peer_states()[peer.state].shown
    node.peers.folder(peer.node).write_standing(Standing(peer.state, shown, peer.name, peer.agency, peer.url))


def change_state(
    actor: Actor, action: str, node: Node, peer: Peer, event: str, now: datetime, why: str = "", **fields: Any
) -> Peer:
    """Leads a peer to the state that follows an event, and sets further fields. Raises BadInput if none follows, Refused."""
    with act(actor, action, target_of_peer(peer.node), why) as change:
        row = Peer.locked(pk=peer.node)
        change.before = {"state": row.state, **{name: getattr(row, name) for name in fields}}
        row.state, row.since = require_event(row.state, event, row.url), now
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        change.after = {"state": row.state, **fields}
        write_standing(node, row)
    return row


def confirm_peer(actor: Actor, node: Node, peer: Peer, fingerprint: str, now: datetime, group: str = "") -> Peer:
    """Says that the fingerprint which the peer's operators read out is that of the card here. Raises BadInput if not."""
    written = re.sub(r"[\s-]+", "", fingerprint)
    if written != peer.fingerprint.replace(" ", ""):
        raise BadInput(
            N_("This is not the fingerprint of node {node}."),
            node=peer.node,
            fix=N_("Do not confirm it: what came here is not the card of the node that you spoke to."),
        )
    envelope = node.peers.folder(peer.node).card_envelope
    assert envelope is not None
    if open_card(envelope).fingerprint != peer.fingerprint:  # the file and the record belong together
        raise BadInput(N_("The card of node {node} has changed since. Add it again."), node=peer.node)
    return change_state(actor, "peer.confirm", node, peer, "confirm", now, group=group.strip()[:64] or peer.group)


def suspend_peer(actor: Actor, node: Node, peer: Peer, why: str, now: datetime) -> Peer:
    """Stops reading a peer until somebody confirms it again. Raises BadInput without a reason."""
    _require_reason(why)
    return change_state(actor, "peer.suspend", node, peer, "suspend", now, why)


def end_peer(actor: Actor, node: Node, peer: Peer, why: str, now: datetime) -> Peer:
    """Ends the relation to a peer and all trust in it. Raises BadInput without a reason."""
    _require_reason(why)
    with transaction.atomic():
        for row in Trust.objects.filter(peer=peer):
            withdraw_trust(actor, peer, row.what, row.subject, why)
        return change_state(actor, "peer.end", node, peer, "end", now, why)


def _require_reason(why: str) -> None:
    if not why.strip():
        raise BadInput(N_("A peer is suspended or ended for a reason: the audit keeps it."))


def trust_peer(
    actor: Actor, peer: Peer, what: str, subject: str, now: datetime, until: date | None = None, why: str = ""
) -> Trust:
    """Trusts a peer with something, for a dataflow, holding or form, or “*”. Raises BadInput, UnknownName or Refused."""
    if what not in TRUSTED_WITH:
        raise unknown_name(N_("kind of trust"), what, TRUSTED_WITH)
    if not _SUBJECT.fullmatch(subject):
        raise BadInput(
            N_("“{subject}” is not the name of a dataflow, holding or form, nor “*”."), subject=subject[:100]
        )
    if until is not None and until < now.date():
        raise BadInput(N_("{date} has passed."), date=until)
    if peer.state == ENDED:
        raise BadInput(N_("The relation to this peer has ended."), fix=N_("“bongsu peer add” begins a new one."))
    with act(actor, "peer.trust", target_of_peer(peer.node), why) as change:
        row, _ = Trust.objects.update_or_create(
            peer=peer, what=what, subject=subject, defaults={"until": until, "decided": now, "decided_by": actor.name}
        )
        change.after = {"what": what, "subject": subject, "until": str(until or "")}
    return row


def withdraw_trust(actor: Actor, peer: Peer, what: str, subject: str, why: str = "") -> None:
    """Withdraws a row of trust. Raises Missing, Refused."""
    with act(actor, "peer.trust", target_of_peer(peer.node), why) as change:
        row = Trust.objects.filter(peer=peer, what=what, subject=subject).first()
        if row is None:
            raise Missing(N_("The peer is not trusted with {what} of {subject}."), what=what, subject=subject)
        change.before = {"what": what, "subject": subject, "until": str(row.until or "")}
        row.delete()


def list_trusted(peer: Peer, what: str, now: datetime) -> set[str]:
    """Returns the subjects for which a peer is trusted with something now; “*” stands for all."""
    rows = Trust.objects.filter(Q(until=None) | Q(until__gte=now.date()), peer=peer, what=what)
    return set(rows.values_list("subject", flat=True))


def is_trusted(peer: Peer, what: str, subject: str, now: datetime) -> bool:
    """Whether a peer is trusted with something for a subject now."""
    return not list_trusted(peer, what, now).isdisjoint({subject, EVERYTHING})


def group_of(peer: Peer) -> str:
    """Returns what a peer counts as: its group, or itself. Nodes of one institution count as one wherever nodes are counted."""
    return peer.group or peer.node


def name_peer(name: Mapping[str, str], language: str, node: str) -> str:
    """Returns a peer's name in a language, in another one if it has none in that, or its id."""
    return name.get(language) or name.get("en") or next(iter(name.values()), "") or node
