"""The operator's pages about peers: all of them, and one with its fingerprint, log, trust and evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.errors import N_, BongsuError, Missing
from bongsu.core.report import Report
from bongsu.network.health import describe_own_log
from bongsu.network.models import Peer, Trust
from bongsu.network.page_forms import carry_out, read_date
from bongsu.network.peers import (
    TRUSTED_WITH,
    add_peer,
    confirm_peer,
    end_peer,
    find_peer,
    introduce_ourselves,
    name_peer,
    suspend_peer,
    trust_peer,
    withdraw_trust,
)
from bongsu.network.states import follow_event, peer_states
from bongsu.network.trusting import check_subject
from bongsu.people.access import may, require
from bongsu.store.node import Node

WHAT = {
    "releases": N_("releases"),
    "questions": N_("questions"),
    "sums": N_("sums"),
    "statements": N_("statements"),
}


@require_safe
def list_peers(request: Any) -> HttpResponse:
    """Lists the peers, those that wait first, with this node's own fingerprint and the health of its log."""
    require(request.actor, "peer.list")
    order = {state: place for place, state in enumerate(peer_states())}
    peers = sorted(Peer.objects.all(), key=lambda peer: (order[peer.state], peer.url))
    context = {
        "rows": [_describe(peer) for peer in peers],
        "own": describe_own_log(request.node, peers),
        "card": request.node.keys.card,
        "may_add": may(request.actor, "peer.add"),
    }
    return render(request, "network/peers.html", context)


@require_safe
def show_peer(request: Any, id: str) -> HttpResponse:
    """Shows a peer."""
    require(request.actor, "peer.list")
    peer, node = find_peer(id), request.node
    folder = node.peers.folder(peer.node)
    card = folder.card
    lines = list(folder.log.lines())[-20:] if folder.reached.size else []
    context = {
        **_describe(peer),
        "card": card,
        "own_card": node.keys.card,
        "evidence": folder.list_evidence(),
        "lines": list(reversed(lines)),
        "releases": list(reversed(folder.list_releases())),
        "trusts": [
            (row, gettext(WHAT[row.what])) for row in Trust.objects.filter(peer=peer).order_by("what", "subject")
        ],
        "kinds": [(what, gettext(WHAT[what])) for what in TRUSTED_WITH],
        "may": {
            name: may(request.actor, "peer.list") and follow_event(peer.state, name) is not None
            for name in ("confirm", "suspend", "end")
        },
        "may_change": may(request.actor, "peer.add"),
    }
    return render(request, "network/peer.html", context)


def _describe(peer: Peer) -> dict[str, Any]:
    language = get_language() or "en"
    state = peer_states()[peer.state]
    return {
        "peer": peer,
        "title": name_peer(peer.name, language, peer.node),
        "state": state.title.to(language),
        "help": state.help.to(language),
        "trouble": Report.from_json(peer.trouble).describe(gettext) if peer.trouble else "",
    }


@require_POST
def add(request: Any) -> HttpResponse:
    """Fetches the card of a node and proposes it."""
    made: list[Peer] = []

    def change(now: datetime) -> None:
        made.append(add_peer(request.actor, request.node, request.POST.get("url", ""), now))
        try:
            introduce_ourselves(request.node, made[0], now)
        except BongsuError:
            messages.warning(request, gettext("Our card could not be sent: the other side adds this node by hand."))

    require(request.actor, "peer.add")
    carry_out(request, change)
    return redirect("desk-peer", made[0].node) if made else redirect("desk-peers")


@require_POST
def confirm(request: Any, id: str) -> HttpResponse:
    """Confirms a peer by its fingerprint."""
    posted = request.POST
    peer = find_peer(id)
    return _change(
        request,
        peer,
        lambda now: confirm_peer(
            request.actor, request.node, peer, posted.get("fingerprint", ""), now, posted.get("group", "")
        ),
    )


@require_POST
def suspend(request: Any, id: str) -> HttpResponse:
    """Suspends a peer."""
    peer = find_peer(id)
    return _change(
        request, peer, lambda now: suspend_peer(request.actor, request.node, peer, request.POST.get("why", ""), now)
    )


@require_POST
def end(request: Any, id: str) -> HttpResponse:
    """Ends the relation to a peer."""
    peer = find_peer(id)
    return _change(
        request, peer, lambda now: end_peer(request.actor, request.node, peer, request.POST.get("why", ""), now)
    )


@require_POST
def trust(request: Any, id: str) -> HttpResponse:
    """Adds or withdraws a row of trust."""
    peer, posted = find_peer(id), request.POST
    what, subject, why = posted.get("what", ""), posted.get("subject", "").strip() or "*", posted.get("why", "")

    def change(now: datetime) -> None:
        if posted.get("withdraw"):
            withdraw_trust(request.actor, peer, what, subject, why)
        else:
            check_subject(request.node, peer, what, subject)
            trust_peer(request.actor, peer, what, subject, now, read_date(posted.get("until", "")), why)

    return _change(request, peer, change)


def _change(request: Any, peer: Peer, change: Callable[[datetime], object]) -> HttpResponse:
    carry_out(request, change)
    return redirect("desk-peer", peer.node)


@require_safe
def download_evidence(request: Any, id: str, name: str, file: str) -> HttpResponseBase:
    """Returns a file of the evidence about a peer."""
    require(request.actor, "peer.list")
    node: Node = request.node
    path = node.peers.folder(find_peer(id).node).evidence_path(name, file)
    if path is None:
        raise Missing(N_("There is no such evidence."))
    return FileResponse(path.open("rb"), as_attachment=True, filename=file, content_type="application/octet-stream")
