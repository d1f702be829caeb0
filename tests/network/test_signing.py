"""The signatures of messages: the vector of the standard, and everything that must be refused."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.test import Client as Browser
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

from bongsu.network import signing
from bongsu.network.client import Client
from bongsu.network.errors import WrongSignature
from bongsu.network.messages import PeerRefused, send_message
from bongsu.network.models import Nonce
from bongsu.network.signing import Message, Reply, sign_request, sign_response, verify_request, verify_response
from tests.network.world import World, now

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
BODY = b'{"size": 3}'
URL = "https://b.example/network/v1/poke"


def find_key(id_: str, at: datetime) -> bytes:
    assert id_ == "aaaaaaaaaaaaaaaa#1"
    return PUBLIC


def signed(body: bytes = BODY, made: datetime = NOW) -> Message:
    message = Message("POST", URL, {"Content-Type": "application/json"} if body else {})
    sign_request(message, body, "aaaaaaaaaaaaaaaa#1", KEY.sign, made)
    return message


# RFC 9421, appendix B.1.4 (test-key-ed25519) and B.2.6: the signature of a request with Ed25519, which is deterministic.
RFC_KEY = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
RFC_HEADERS = {
    "Host": "example.com",
    "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "Content-Type": "application/json",
    "Content-Digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    "Content-Length": "18",
}
RFC_INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_SIGNATURE = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"


class RfcKeys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return self.resolve_private_key(key_id).public_key()

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        key = load_pem_private_key(RFC_KEY, None)
        assert isinstance(key, Ed25519PrivateKey)
        return key


def test_the_vector_of_the_standard_is_made_and_verified() -> None:
    message = Message("POST", "https://example.com/foo?param=Value&Pet=dog", dict(RFC_HEADERS))
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=RfcKeys())
    signer.sign(
        message,
        key_id="test-key-ed25519",
        created=datetime.fromtimestamp(1618884473, UTC),
        label="sig-b26",
        include_alg=False,
        use_existing_digest=True,
        covered_component_ids=("date", "@method", "@path", "@authority", "content-type", "content-length"),
    )
    assert message.headers["Signature-Input"] == RFC_INPUT
    assert message.headers["Signature"] == RFC_SIGNATURE
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=RfcKeys())
    assert len(verifier.verify(message, max_age=None)) == 1


def test_what_was_signed_holds_and_says_who_and_when() -> None:
    message = signed()
    found = verify_request(message, BODY, find_key, NOW)
    assert (found.key, found.created, len(found.nonce)) == ("aaaaaaaaaaaaaaaa#1", NOW, 32)
    assert verify_request(signed(b""), b"", find_key, NOW).nonce != found.nonce
    assert 'tag="bongsu-network-1"' in message.headers["Signature-Input"]
    assert message.headers["Signature-Input"].startswith(
        'bongsu=("@method" "@target-uri" "content-type" "content-digest");created='
    )


CHANGES: dict[str, Callable[[Message], Message]] = {
    "method": lambda message: dataclasses.replace(message, method="PUT"),
    "host": lambda message: dataclasses.replace(message, url=URL.replace("b.example", "c.example")),
    "path": lambda message: dataclasses.replace(message, url=URL + "s"),
    "query": lambda message: dataclasses.replace(message, url=URL + "?x=1"),
    "scheme": lambda message: dataclasses.replace(message, url=URL.replace("https", "http")),
    "type": lambda message: _with(message, "Content-Type", "text/plain"),
    "no signature": lambda message: _with(message, "Signature", ""),
    "no input": lambda message: dataclasses.replace(
        message, headers={key: value for key, value in message.headers.items() if key != "Signature-Input"}
    ),
    "tag": lambda message: _with(
        message, "Signature-Input", message.headers["Signature-Input"].replace("work-1", "work-2")
    ),
    "label": lambda message: _relabel(message, "other"),
    "algorithm": lambda message: _with(
        message, "Signature-Input", message.headers["Signature-Input"].replace('"ed25519"', '"hmac-sha256"')
    ),
    "two": lambda message: _double(message),
    "digest": lambda message: _with(
        message, "Content-Digest", "sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"
    ),
    "no expiry": lambda message: _with(
        message, "Signature-Input", message.headers["Signature-Input"].replace(";expires=", ";x=")
    ),
}


def _with(message: Message, name: str, value: str) -> Message:
    return dataclasses.replace(message, headers={**message.headers, name: value})


def _relabel(message: Message, label: str) -> Message:
    names = ("Signature", "Signature-Input")
    changed = {name: message.headers[name].replace("bongsu=", f"{label}=", 1) for name in names}
    return dataclasses.replace(message, headers={**message.headers, **changed})


def _double(message: Message) -> Message:
    names = ("Signature", "Signature-Input")
    changed = {name: f"{message.headers[name]}, {message.headers[name].replace('bongsu=', 'b=', 1)}" for name in names}
    return dataclasses.replace(message, headers={**message.headers, **changed})


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_request_is_refused(change: Callable[[Message], Message]) -> None:
    with pytest.raises(WrongSignature):
        verify_request(change(signed()), BODY, find_key, NOW)


def test_a_changed_body_is_refused() -> None:
    for body in (b'{"size": 4}', b"", BODY + b" "):
        with pytest.raises(WrongSignature):
            verify_request(signed(), body, find_key, NOW)
    with pytest.raises(WrongSignature):
        verify_request(signed(b""), BODY, find_key, NOW)  # a body that was added


def test_a_request_lives_a_minute_with_clocks_half_a_minute_apart() -> None:
    made = signed()
    for seconds in (-30, 0, 60, 90):
        verify_request(made, BODY, find_key, NOW + timedelta(seconds=seconds))
    for seconds in (-31, 91, 300):
        with pytest.raises(WrongSignature):
            verify_request(made, BODY, find_key, NOW + timedelta(seconds=seconds))


def test_a_signature_that_covers_less_or_lives_longer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(signing, "_REQUEST", ("@method",))
        less = signed()
    with pytest.raises(WrongSignature):
        verify_request(less, BODY, find_key, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(signing, "LIFE", timedelta(seconds=61))
        longer = signed()
    with pytest.raises(WrongSignature):
        verify_request(longer, BODY, find_key, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(signing, "token_hex", lambda count: "00")
        short = signed()
    with pytest.raises(WrongSignature):
        verify_request(short, BODY, find_key, NOW)


def test_an_answer_belongs_to_its_request() -> None:
    request, other = signed(), signed()
    reply = Reply(200, {"Content-Type": "application/json"}, request)
    sign_response(reply, b"{}", "aaaaaaaaaaaaaaaa#1", KEY.sign, NOW)
    assert verify_response(reply, b"{}", find_key, NOW).key == "aaaaaaaaaaaaaaaa#1"
    for wrong in (
        dataclasses.replace(reply, request=other),
        dataclasses.replace(reply, status_code=202),
        dataclasses.replace(reply, headers={**reply.headers, "Content-Type": "text/html"}),
        dataclasses.replace(reply, request=dataclasses.replace(request, url=URL + "s")),
    ):
        with pytest.raises(WrongSignature):
            verify_response(wrong, b"{}", find_key, NOW)
    with pytest.raises(WrongSignature):
        verify_response(reply, b'{"a": 1}', find_key, NOW)


# --- through the server


def poke(world: World, body: bytes, headers: dict[str, str], host: str = "b.example", path: str = "poke") -> Any:
    """Posts to B as the network does."""
    node = world.nodes["https://b.example"]
    with world.at(node):
        browser = Browser(headers={**headers, "accept": "application/json", "host": host})
        return browser.post(f"/network/v1/{path}", body, content_type="application/json")


def test_a_message_is_answered_once_and_for_the_node_it_was_signed_for(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    world.befriend(a, b)
    message = Message("POST", URL, {"Content-Type": "application/json"})
    sign_request(message, BODY, *a.keys.find_signer(now()), now())
    headers = {key: value for key, value in message.headers.items() if key != "Content-Type"}
    assert poke(world, BODY, headers, path="poke?x=1").status_code == 401
    # The Host header of another node changes nothing: the address that counts is the node's own.
    first = poke(world, BODY, headers, host="c.example")
    assert (first.status_code, first.json()["state"]) == (200, "active")
    again = poke(world, BODY, headers)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "wrong-signature")
    assert "nonce" not in again.content.decode()  # the reason is for B's log alone
    assert "Signature" not in again.headers
    elsewhere = Message("POST", "https://c.example/network/v1/poke", {"Content-Type": "application/json"})
    sign_request(elsewhere, BODY, *a.keys.find_signer(now()), now())
    others = {key: value for key, value in elsewhere.headers.items() if key != "Content-Type"}
    assert poke(world, BODY, others, host="c.example").status_code == 401
    assert poke(world, BODY, {}).status_code == 401
    assert poke(world, b"x" * ((1 << 20) + 1), {}).status_code == 413
    assert (
        Nonce.objects.filter(key=f"{a.identity.id}#1").count() == 2
    )  # of the poke that befriended them, and of this one


def test_a_nonce_counts_for_one_node_and_one_key(world: World) -> None:
    a = world.make_node("a")
    Nonce.objects.create(key=f"{a.identity.id}#1", nonce="0" * 32, until=now())
    Nonce.objects.create(key=f"{a.identity.id}#2", nonce="0" * 32, until=now())
    assert Nonce.objects.count() == 2


def test_a_revoked_key_and_a_strangers_key_are_refused(world: World) -> None:
    a, b, c = world.make_node("a"), world.make_node("b"), world.make_node("c")
    world.befriend(a, b)
    old = a.keys.find_signer(now())
    a.keys.replace_signing_key(a.about("https://a.example"), now(), revoke=old[0])
    message = Message("POST", URL, {"Content-Type": "application/json"})
    sign_request(message, BODY, *a.keys.find_signer(now()), now())
    headers = {key: value for key, value in message.headers.items() if key != "Content-Type"}
    assert poke(world, BODY, headers).status_code == 200  # B fetched A's card, because it did not know the new key
    message = Message("POST", URL, {"Content-Type": "application/json"})
    sign_request(message, BODY, *old, now())
    headers = {key: value for key, value in message.headers.items() if key != "Content-Type"}
    assert poke(world, BODY, headers).json()["error"]["code"] == "wrong-signature"
    message = Message("POST", URL, {"Content-Type": "application/json"})
    sign_request(message, BODY, *c.keys.find_signer(now()), now())
    headers = {key: value for key, value in message.headers.items() if key != "Content-Type"}
    answer = poke(world, BODY, headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "unknown-peer")


def test_an_unknown_key_makes_the_card_be_fetched_once_in_ten_minutes(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    world.befriend(a, b)
    world.asked.clear()
    for _ in range(3):
        message = Message("POST", URL, {"Content-Type": "application/json"})
        sign_request(message, BODY, f"{a.identity.id}#77", KEY.sign, now())
        headers = {key: value for key, value in message.headers.items() if key != "Content-Type"}
        assert poke(world, BODY, headers).status_code in (401, 403)
    assert world.asked.count("/.well-known/bongsu-node.json") == 1


def test_an_answer_of_somebody_else_is_refused(world: World) -> None:
    a, b, c = world.make_node("a"), world.make_node("b"), world.make_node("c")
    world.befriend(a, b)
    card = a.peers.folder(b.identity.id).card
    assert card is not None
    with world.at(a), Client("https://b.example") as client:
        assert (
            send_message(a, client, card, "POST", "/network/v1/poke", {"size": 1}, now()).document["state"] == "active"
        )

        def answer(request: httpx2.Request) -> httpx2.Response:
            reply = Reply(
                200, {"Content-Type": "application/json"}, Message("POST", str(request.url), dict(request.headers))
            )
            body = json.dumps({"state": "active"}).encode()
            sign_response(reply, body, *c.keys.find_signer(now()), now())
            return httpx2.Response(200, headers=reply.headers, content=body, request=request)

        world.answer = answer
        with pytest.raises(Exception, match="of no peer"):
            send_message(a, client, card, "POST", "/network/v1/poke", {"size": 1}, now())
        world.answer = lambda request: httpx2.Response(200, content=b'{"state": "active"}', request=request)
        with pytest.raises(PeerRefused):  # an answer without a signature is no answer
            send_message(a, client, card, "POST", "/network/v1/poke", {"size": 1}, now())
