"""What happens when a peer does what no honest node does: the evidence is kept.

A peer that shows two pasts or two cards is suspended, and both sides are told. An answer that cannot be true is noted and
not counted; the operators decide about the peer.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, override

from bongsu.core.report import Report
from bongsu.network.errors import Misbehaved
from bongsu.network.models import Peer
from bongsu.network.peers import change_state, name_peer, target_of_peer
from bongsu.network.states import follow_event
from bongsu.people import outbox
from bongsu.people.access import Actor, active_grants
from bongsu.people.actions import act
from bongsu.people.models import Grant
from bongsu.store.node import Node

DUTY = Actor.of_duty("peers")


def note_misbehaviour(node: Node, peer: Peer, misbehaved: Misbehaved) -> None:
    """Keeps the evidence of what a peer did and notes it in journal and audit; the state of the peer stays."""
    name = node.peers.folder(peer.node).keep_evidence(misbehaved.kind, misbehaved.parts)
    text = Report.of_error(misbehaved).describe(str)
    with act(DUTY, "peer.observe", target_of_peer(peer.node), f"{text} ({name})") as change:
        change.after = {"state": peer.state, "evidence": name}
    node.journal.append("misbehaved", peer.node, evidence=name)


def suspend_for(node: Node, peer: Peer, misbehaved: Misbehaved, now: datetime) -> None:
    """Keeps the evidence of what a peer did, suspends it, and writes to the operators and to the peer's contact."""
    folder = node.peers.folder(peer.node)
    name = folder.keep_evidence(misbehaved.kind, misbehaved.parts)
    peer.refresh_from_db()
    if follow_event(peer.state, "misbehave") is None:  # it is suspended already
        return
    text = Report.of_error(misbehaved)
    change_state(DUTY, "peer.observe", node, peer, "misbehave", now, f"{text.describe(str)} ({name})")
    peer.refresh_from_db()
    node.journal.append("misbehaved", peer.node, evidence=name)
    card = folder.card
    operators = Grant.objects.filter(active_grants(), role="operator", scope_kind="node").select_related("person")
    readers = {(grant.person.email, grant.person.language) for grant in operators if grant.person.email}
    if card is not None and "@" in card.contact:
        readers.add((card.contact, "en"))
    for address, language in sorted(readers):
        with override(language or "en"):
            subject = gettext("A node of the network is suspended: {name}").format(
                name=name_peer(peer.name, language, peer.node)
            )
            body = gettext(
                "{node} has suspended the node {name} ({id}).\n\n{reason}\n\nThe evidence is kept. Nothing more is read of the "
                "node until operators of both sides have spoken and its fingerprint is confirmed again."
            ).format(
                node=node.name_in(language),
                name=name_peer(peer.name, language, peer.node),
                id=peer.node,
                reason=text.describe(gettext),
            )
            outbox.put_mail(address, subject, body, language or "en")
