"""The public page “The network”: who is in it, where, what came from each, since when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bongsu.core.release import Release
from bongsu.network.health import describe_own_log
from bongsu.network.models import Peer
from bongsu.network.peers import name_peer
from bongsu.network.states import PROPOSED, peer_states
from bongsu.store.node import Node


@require_safe
def show_network(request: HttpRequest) -> HttpResponse:
    """Lists the nodes of the network as this node knows them, with what came from each."""
    node: Node = request.node  # type: ignore[attr-defined]
    language = get_language() or "en"
    peers = [peer for peer in Peer.objects.exclude(state=PROPOSED).order_by("url") if peer_states()[peer.state].shown]
    context = {
        "rows": [_describe(node, peer, language) for peer in peers],
        "own": describe_own_log(node, peers),
        "card": node.keys.card,
        "flows": node.releases.dataflows(),
    }
    return render(request, "network/network.html", context)


def _describe(node: Node, peer: Peer, language: str) -> dict[str, Any]:
    folder = node.peers.folder(peer.node)
    newest: dict[str, Release] = {}
    for release in folder.list_releases():
        if release.withdrawal is None:
            newest[release.dataflow] = release
    state = peer_states()[peer.state]
    return {
        "peer": peer,
        "title": name_peer(peer.name, language, peer.node),
        "state": state.title.to(language),
        "help": state.help.to(language),
        "releases": [
            (release, folder.releases.structure(release).dataflow.name.to(language)) for release in newest.values()
        ],
    }
