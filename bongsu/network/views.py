"""What other nodes read: the node's card."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, Missing
from bongsu.store.node import Node


@require_safe
def show_card(request: HttpRequest) -> HttpResponse:
    """Returns the node's card in its signed envelope. Raises Missing before the first card is made."""
    node: Node = request.node  # type: ignore[attr-defined]
    envelope = node.keys.card_envelope
    if envelope is None:
        raise Missing(N_("This node has no card yet: “bongsu tend” makes it."))
    return HttpResponse(envelope.to_json(), content_type="application/json")
