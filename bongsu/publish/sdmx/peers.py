"""The SDMX service of a peer's releases, under its own agency: /network/peers/NODE/sdmx/ answers as the peer's /sdmx/ would.

It is an address of its own because two nodes may have one agency id, and their dataflows and code lists never mix.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

from bongsu.core.errors import N_, Missing
from bongsu.store.node import Identity, Node
from bongsu.store.peers.peer_folder import PeerFolder
from bongsu.store.tables.site_table import in_language


class PeerNode(Node):
    """A peer as the service sees a node: its identity, its releases as received, and their engine; nothing else."""

    def __init__(self, folder: PeerFolder, name: str, agency: str) -> None:
        """Does not open a node: a peer's folder has no node.toml, no keys, no journal."""
        self.root = folder.root
        self.identity = Identity(folder.node, name, agency, "")
        self.releases = folder.releases
        self.engine = folder.releases.engine


@lru_cache(maxsize=256)
def _open_peer(folder: PeerFolder, name: str, agency: str) -> PeerNode:
    return PeerNode(folder, name, agency)  # one object for each peer: answers are cached by it


def find_peer_node(node: Node, peer: str) -> PeerNode:
    """Returns a peer whose releases are shown. Raises Missing."""
    folder = node.peers.find(peer)
    standing = folder.standing if folder else None
    is_shown = standing is not None and standing.shown and re.fullmatch(r"[A-Z][A-Z0-9_]*", standing.agency)
    if folder is None or standing is None or not is_shown or not folder.has_releases:
        raise Missing(N_("This node shows no releases of a node “{id}”."), id=peer[:40])
    return _open_peer(folder, in_language(standing.name, "en") or peer, standing.agency)


def answer_for_peer(request: HttpRequest, peer: str, rest: str) -> HttpResponseBase:
    """Answers an SDMX request about the releases of a peer. Raises Missing."""
    request.node = find_peer_node(request.node, peer)  # type: ignore[attr-defined]
    found = resolve(f"/{rest}", urlconf="bongsu.publish.sdmx.peer_service")
    response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return response
