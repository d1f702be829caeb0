"""What a row of trust may name: a dataflow that the peer publishes, or a holding of this node."""

from __future__ import annotations

from bongsu.core.errors import N_, unknown_name
from bongsu.network.exchange import list_sealed, split_release_name
from bongsu.network.models import Peer
from bongsu.network.peers import EVERYTHING
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node


def check_subject(node: Node, peer: Peer, what: str, subject: str) -> None:
    """Raises UnknownName, with the nearest names, for a dataflow that is not in the peer's log or a holding that is not here.

    While nothing of the peer's log was read, any dataflow may be named.
    """
    if subject == EVERYTHING:
        return
    if what == "releases":
        flows = {split_release_name(name)[0] for name in list_sealed(node.peers.folder(peer.node))} - {""}
        if flows and subject not in flows:
            raise unknown_name(N_("dataflow in the log of the peer"), subject, flows)
    elif what == "questions":
        Holdings(node).get(subject)
