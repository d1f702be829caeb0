"""What other nodes send: their card, from anybody; and signed messages of peers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bongsu.core.errors import N_, BadInput
from bongsu.network.client import MAX_BODY
from bongsu.network.incoming import answer_peers
from bongsu.network.models import Peer
from bongsu.network.peers import actor_of_peer, change_state, receive_introduction
from bongsu.network.states import ACTIVE, CONFIRMED
from bongsu.store.node import Node


@csrf_exempt
@require_POST
def receive_card(request: HttpRequest) -> JsonResponse:
    """Keeps a card that came in as a proposed peer, five a day from an address. Raises BadInput, Conflict or TooMany."""
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise BadInput(N_("The body is larger than {limit} bytes."), limit=MAX_BODY)
    node: Node = request.node  # type: ignore[attr-defined]
    receive_introduction(node, body, get_adapter().get_client_ip(request)[:45], timezone.now())
    return JsonResponse({"received": True}, status=202)


@answer_peers("POST", states=(CONFIRMED, ACTIVE))
def receive_poke(node: Node, peer: Peer, document: Any, now: datetime) -> tuple[int, Any]:
    """Learns that a peer has confirmed this node. Nothing else of the message is believed: its log is pulled in turn."""
    if peer.state == CONFIRMED:
        peer = change_state(actor_of_peer(peer.node), "peer.answer", node, peer, "answer", now)
    return 200, {"state": peer.state, "size": node.public_log.head.size}
