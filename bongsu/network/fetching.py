"""Fetches releases of a peer now, because an operator asks: the command and the page do the same."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bongsu.core.errors import N_, Missing
from bongsu.core.release import Release
from bongsu.network.client import Client
from bongsu.network.exchange import fetch_release, list_sealed, list_withdrawn, require_pulled, split_release_name
from bongsu.network.models import Peer
from bongsu.network.peers import target_of_peer
from bongsu.network.tending import tend_peer
from bongsu.people.access import Actor, require
from bongsu.people.actions import act
from bongsu.store.node import Node
from bongsu.store.peers.peer_folder import PeerFolder


class Fetched(NamedTuple):
    """What a reading of a peer's log brought: the releases that came, or the one that was named, and those withdrawn since."""

    releases: list[Release]
    withdrawn: list[Release]


def fetch_now(actor: Actor, node: Node, peer: Peer, flow: str, number: int | None, now: datetime) -> Fetched:
    """Reads the log of a peer and fetches what is due, or the newest or the numbered release of a dataflow.

    Raises Refused, NotTrusted, Missing, Damaged, Unreachable.
    """
    target = target_of_peer(peer.node)
    require(actor, "peer.fetch", target)
    require_pulled(peer)
    folder = node.peers.folder(peer.node)
    before = {release.name: release.withdrawal for release in folder.list_releases()}
    tend_peer(node, peer, now)  # fetches what is due too
    peer.refresh_from_db()
    if flow:
        with Client(peer.url) as client:
            found = [fetch_release(node, peer, client, flow, number or _newest(folder, flow), now)]
    else:
        found = [release for release in folder.list_releases() if release.name not in before]
    withdrawn = [
        release for release in folder.list_releases() if release.withdrawal and before.get(release.name, 1) is None
    ]
    with act(actor, "peer.fetch", target) as change:
        change.after = {
            "releases": [release.name for release in found],
            "withdrawn": [release.name for release in withdrawn],
        }
    return Fetched(found, withdrawn)


def _newest(folder: PeerFolder, flow: str) -> int:
    withdrawn = list_withdrawn(folder)
    standing = [split_release_name(name) for name in list_sealed(folder) if name not in withdrawn]
    numbers = [number for dataflow, number in standing if dataflow == flow]
    if not numbers:
        raise Missing(N_("The log of the peer names no release of {dataflow}."), dataflow=flow)
    return max(numbers)
