"""Fetches releases of a peer: what its log seals, for the dataflows that it is trusted with, verified to the byte."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from bongsu.core.errors import N_, BadInput, Busy, Missing, Refused
from bongsu.core.release import Release
from bongsu.network.client import Client
from bongsu.network.errors import NotTrusted
from bongsu.network.models import Peer
from bongsu.network.peers import EVERYTHING, is_trusted, list_trusted
from bongsu.network.states import peer_states
from bongsu.store.disk.files import lock_file
from bongsu.store.logs.public_log import SEALED, WITHDRAWN
from bongsu.store.node import Node
from bongsu.store.peers.peer_folder import PeerFolder
from bongsu.store.peers.receiving import find_release, parse_release_name, receive_release

AT_A_TIME = 20  # releases that one run of the duty fetches of a peer
KEPT_FREE = 1 << 30  # bytes of disk that a fetch leaves free


def list_sealed(folder: PeerFolder) -> dict[str, str]:
    """Returns the seal of each release in a peer's log, by its name; what was withdrawn since included.

    A name counts once: a later line about the same release does not change what was sealed first.
    """
    found: dict[str, str] = {}
    for line in folder.log.lines():
        if line.event == SEALED:
            found.setdefault(line.subject, str(line.detail.get("seal", "")))
    return found


def list_withdrawn(folder: PeerFolder) -> set[str]:
    """Returns the names of the releases that a peer has withdrawn."""
    return {line.subject for line in folder.log.lines() if line.event == WITHDRAWN}


def require_pulled(peer: Peer) -> None:
    """Raises Refused if nothing is read of the peer in its state."""
    if not peer_states()[peer.state].pulled:
        raise Refused(N_("Nothing is read of a peer in this state: {state}."), state=peer.state)


def fetch_release(node: Node, peer: Peer, client: Client, flow: str, number: int, now: datetime) -> Release:
    """Fetches a release of a peer. Returns it; if it is here already, nothing is asked.

    Raises NotTrusted, Missing if the peer's log does not seal it, Damaged if a byte differs, Busy, Unreachable.
    """
    folder, name = node.peers.folder(peer.node), f"{flow} {number}"
    if not is_trusted(peer, "releases", flow, now):
        raise NotTrusted(
            N_("The peer is not trusted with releases of {dataflow}."),
            dataflow=flow,
            fix=N_("“bongsu peer trust” adds a row of trust."),
        )
    require_pulled(peer)
    with lock_file(folder.root / "fetching.lock", wait=False):
        if known := find_release(folder, flow, number):
            return known
        seal = list_sealed(folder).get(name)
        if seal is None:
            raise Missing(N_("The log of the peer does not name a release {name}."), name=name)
        release = receive_release(folder, name, seal, lambda *what: _download(client, flow, number, *what))
    node.journal.append("received", release.name, node=peer.node, seal=seal, rows=release.rows)
    return release


def _download(client: Client, flow: str, number: int, file: str, path: Path, size: int) -> None:
    if size > shutil.disk_usage(path.parent).free - KEPT_FREE:
        raise Refused(N_("There is not enough disk for “{file}”, which has {size} bytes."), file=file, size=size)
    with path.open("xb") as target:
        client.download(f"/network/v1/releases/{flow}/{number}/{quote(file)}", target, size)


def list_due(node: Node, peer: Peer, now: datetime) -> list[tuple[str, int]]:
    """Returns the newest release of each trusted dataflow that is not here and not withdrawn, by dataflow and number."""
    folder, trusted = node.peers.folder(peer.node), list_trusted(peer, "releases", now)
    withdrawn = list_withdrawn(folder) if trusted else set()
    newest: dict[str, int] = {}
    for name in list_sealed(folder) if trusted else ():
        if name in withdrawn:
            continue
        flow, number = split_release_name(name)
        if flow and not trusted.isdisjoint({flow, EVERYTHING}):
            newest[flow] = max(number, newest.get(flow, 0))
    here = {(one.dataflow, one.number) for one in folder.list_releases()}
    return sorted((flow, number) for flow, number in newest.items() if (flow, number) not in here)


def split_release_name(name: str) -> tuple[str, int]:
    """Returns the dataflow and the number of a release that a log names; ("", 0) for a name of another form."""
    try:
        return parse_release_name(name)
    except BadInput:  # of a later version: it is not fetched
        return "", 0


def fetch_due(node: Node, peer: Peer, client: Client, now: datetime) -> int:
    """Fetches what is due of a peer, some at a time. Returns how many releases came. Raises what `fetch_release` raises."""
    count = 0
    for flow, number in list_due(node, peer, now)[:AT_A_TIME]:
        try:
            fetch_release(node, peer, client, flow, number, now)
        except Busy:  # an operator is fetching
            break
        count += 1
    return count
