"""Messages to a peer: signed, sent, and the answer checked to be of this peer and to this message."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Refused, Unreachable
from bongsu.core.node_card import Card
from bongsu.network.client import MAX_BODY, Client
from bongsu.network.errors import UnknownPeer, WrongSignature
from bongsu.network.signing import FindKey, Message, Reply, sign_request, verify_response
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node

JSON = "application/json"


class PeerRefused(Refused):
    """The peer answered with an error; `values` has its code and whether the peer signed it: otherwise it proves nothing."""

    code = "peer-refused"


class PeerAnswer(NamedTuple):
    """The answer of a peer: its HTTP status, and its document."""

    status: int
    document: Any


def find_key_of(card: Card) -> FindKey:
    """Returns the function that finds a key of a card by its id, at a time. It raises UnknownPeer or WrongSignature."""

    def find_key(id_: str, at: datetime) -> bytes:
        key = next((one for one in card.signing if one.id == id_), None)
        if key is None:
            raise UnknownPeer(N_("The key that signed this is of no peer."))
        if not key.signs_at(format_moment(at)):
            raise WrongSignature(f"{id_} has ended or was revoked")
        return key.bytes

    return find_key


def send_message(
    node: Node,
    client: Client,
    card: Card,
    method: str,
    path: str,
    document: Any,
    now: datetime,
    largest: int = MAX_BODY,
) -> PeerAnswer:
    """Sends a message to the node of `card` and returns its answer. `document` is None for a message without a body.

    Raises PeerRefused if the peer refuses, WrongSignature if the answer is not of the peer or to another message, Unreachable.
    """
    body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
    message = Message(method, client.url + path, {"Content-Type": JSON} if body else {})
    sign_request(message, body, *node.keys.find_signer(now), now)
    request = client.build(method, path, body or None, message.headers)
    answer = client.send(request, largest=largest)
    headers = dict(answer.response.headers.items())
    if "signature" not in headers:  # an error on the way, or of a node that does not know us: it proves nothing
        raise _describe_refusal(client.url, answer.status, answer.body, signed=False)
    verify_response(Reply(answer.status, headers, message), answer.body, find_key_of(card), now)
    if not answer.ok:
        raise _describe_refusal(client.url, answer.status, answer.body, signed=True)
    try:
        return PeerAnswer(answer.status, json.loads(answer.body))
    except (ValueError, RecursionError):
        raise BadInput(N_("This is not valid JSON."), where=path) from None


def _describe_refusal(url: str, status: int, body: bytes, *, signed: bool) -> BongsuError:
    try:
        told = json.loads(body)["error"]
        code, message = str(told["code"])[:40], str(told["message"])[:300]
    except (ValueError, TypeError, KeyError, RecursionError):
        code, message = "", f"HTTP {status}"
    if not signed and status >= 500:
        return Unreachable(N_("The node at {url} does not answer: {reason}."), url=url, reason=message)
    return PeerRefused(
        N_("The node at {url} refused: {answer}"), url=url, answer=message, peer_code=code, status=status, signed=signed
    )


def describe_error_document(error: BongsuError) -> dict[str, Any]:
    """Returns an error in the house's one shape, in English, as a machine reads it."""
    return describe_public_error(error, str).to_json()
