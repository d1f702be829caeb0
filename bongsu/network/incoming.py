"""Messages of peers: a view that answers them gets the peer and the document only when all that can be checked was checked.

In this order: the length of the body; the signature, with a key of a peer's card, and its time; the nonce, which is written
before the body is acted on; the state of the peer; the JSON. Every answer is signed and bound to its request, errors too, as
soon as it is known who asks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, BadInput, BongsuError, TryAgain
from bongsu.network.client import MAX_BODY
from bongsu.network.errors import NotTrusted, UnknownPeer, WrongSignature
from bongsu.network.messages import JSON, describe_error_document, find_key_of
from bongsu.network.models import Nonce, Peer
from bongsu.network.peers import own_url
from bongsu.network.refreshing import refresh_for_key
from bongsu.network.signing import NONCE_KEPT, Message, Reply, Signed, sign_response, verify_request
from bongsu.network.states import ACTIVE
from bongsu.store.node import Node

_log = logging.getLogger("bongsu.network")
# Answers a message: gets the node, the peer, the JSON document (None without a body), the time and the parts of the address.
Handle = Callable[..., tuple[int, Any]]
View = Callable[..., HttpResponse]


class BodyTooLarge(BadInput):
    """The body of a message is larger than this address accepts."""

    code = "too-large"
    http_status = 413


def answer_peers(
    method: str = "POST", *, states: Collection[str] = (ACTIVE,), largest: int = MAX_BODY
) -> Callable[[Handle], View]:
    """Makes a view of `handle(node, peer, document, now, **parts) -> (status, document)`, for messages of peers in `states`."""

    def decorate(handle: Handle) -> View:
        @csrf_exempt
        @require_http_methods([method])
        @wraps(handle)
        def view(request: HttpRequest, **parts: Any) -> HttpResponse:
            node: Node = request.node  # type: ignore[attr-defined]
            now = timezone.now()
            message = Message(request.method or "", own_url() + request.get_full_path(), dict(request.headers.items()))
            peer: Peer | None = None
            try:
                body = _read_body(request, largest)
                peer = check_message(node, message, body, now)
                if peer.state not in states:
                    raise NotTrusted(N_("This node does not answer your messages now: {state}."), state=peer.state)
                status, document = handle(node, peer, _parse(body), now, **parts)
            except BongsuError as error:
                reason = error.for_our_log if isinstance(error, WrongSignature) else str(error)
                _log.warning("%s of %s refused: %s: %s", request.path, peer and peer.node, error.code, reason)
                status, document = error.http_status, describe_error_document(error)
                again = isinstance(error, TryAgain)
                return _answer(node, message, peer, status, document, now, retry=again)
            return _answer(node, message, peer, status, document, now)

        return view

    return decorate


def check_message(node: Node, message: Message, body: bytes, now: datetime) -> Peer:
    """Returns the peer that signed a message, and keeps its nonce. Raises WrongSignature or UnknownPeer."""
    peers: list[Peer] = []

    def find_key(id_: str, at: datetime) -> bytes:
        peer = Peer.objects.filter(node=id_.partition("#")[0]).first()
        card = node.peers.folder(peer.node).card if peer else None
        if peer is None or card is None:
            raise UnknownPeer(N_("The key that signed this is of no peer."))
        peers.append(peer)
        if all(key.id != id_ for key in card.signing):
            card = refresh_for_key(node, peer, card, now)
        return find_key_of(card)(id_, at)

    signed = verify_request(message, body, find_key, now)
    _keep_nonce(signed, now)
    return peers[-1]


def _keep_nonce(signed: Signed, now: datetime) -> None:
    try:
        with transaction.atomic():
            Nonce.objects.create(key=signed.key, nonce=signed.nonce, until=now + NONCE_KEPT)
    except IntegrityError:
        raise WrongSignature("the nonce was used before") from None


def _read_body(request: HttpRequest, largest: int) -> bytes:
    body: bytes = request.read(largest + 1)
    if len(body) > largest:
        raise BodyTooLarge(N_("The body is larger than {limit} bytes."), limit=largest)
    return body


def _parse(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput(N_("This is not valid JSON.")) from None


def _answer(
    node: Node, message: Message, peer: Peer | None, status: int, document: Any, now: datetime, *, retry: bool = False
) -> HttpResponse:
    """Returns the response: signed if the request was signed by a peer, so that the signature can be bound to it."""
    body = json.dumps(document, ensure_ascii=False).encode()
    response = HttpResponse(body, content_type=JSON, status=status)
    response.headers["Cache-Control"] = "no-store"
    if retry:
        response.headers["Retry-After"] = "5"
    if peer is not None:
        headers: Any = response.headers
        sign_response(Reply(status, headers, message), body, *node.keys.find_signer(now), now)
    return response
