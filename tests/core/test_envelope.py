"""Signed envelopes: the encoding of DSSE, a signature worked out by another program, and what is refused."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bongsu.core.envelope import BadSignature, Envelope, authenticated_bytes, open_envelope, parse_envelope, sign_body
from bongsu.core.errors import BadInput

# The first key of RFC 8032, 7.1.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
TYPE, BODY = "http://example.com/HelloWorld", b"hello world"
# printf 'DSSEv1 29 http://example.com/HelloWorld 11 hello world' | openssl pkeyutl -sign -rawin -inkey k.pem | base64
SIGNATURE = "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw=="
KEYS = {"k": PUBLIC}


def signed() -> Envelope:
    return sign_body(TYPE, BODY, {"k": Ed25519PrivateKey.from_private_bytes(SECRET).sign})


def test_encoding_of_the_protocol() -> None:
    assert authenticated_bytes(TYPE, BODY) == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert authenticated_bytes("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "  # lengths are of bytes


def test_signature_is_that_of_openssl() -> None:
    assert base64.b64encode(signed().signatures["k"]).decode() == SIGNATURE


def test_json_is_that_of_dsse_and_reads_back() -> None:
    document = json.loads(signed().to_json())
    assert document == {
        "payload": "aGVsbG8gd29ybGQ=",
        "payloadType": TYPE,
        "signatures": [{"keyid": "k", "sig": SIGNATURE}],
    }
    assert open_envelope(parse_envelope(signed().to_json()), TYPE, KEYS) == BODY


def test_url_safe_base64_without_padding_is_read() -> None:
    document = json.loads(signed().to_json())
    document["signatures"][0]["sig"] = SIGNATURE.replace("/", "_").replace("+", "-").rstrip("=")
    document["later"] = "a field of a later version"
    assert open_envelope(parse_envelope(json.dumps(document).encode()), TYPE, KEYS) == BODY


@pytest.mark.parametrize(
    "changed",
    [
        Envelope(TYPE, b"hello World", signed().signatures),
        Envelope(TYPE, BODY, {"k": bytes(64)}),
        Envelope(TYPE, BODY, {"k": b"short"}),
        Envelope(TYPE, BODY, {"other": signed().signatures["k"]}),
        Envelope(TYPE, BODY, {}),
    ],
)
def test_changed_bytes_and_unknown_keys_are_refused(changed: Envelope) -> None:
    with pytest.raises(BadSignature):
        open_envelope(changed, TYPE, KEYS)


def test_a_body_counts_only_as_its_type() -> None:
    with pytest.raises(BadInput):
        open_envelope(signed(), "another/type", KEYS)
    retyped = Envelope("another/type", BODY, signed().signatures)
    with pytest.raises(BadSignature):
        open_envelope(retyped, "another/type", KEYS)


def test_one_key_under_two_ids_counts_once() -> None:
    signature = signed().signatures["k"]
    twice = Envelope(TYPE, BODY, {"k": signature, "l": signature})
    assert open_envelope(twice, TYPE, {"k": PUBLIC, "l": PUBLIC}) == BODY
    with pytest.raises(BadSignature):
        open_envelope(twice, TYPE, {"k": PUBLIC, "l": PUBLIC}, least=2)


def test_a_wrong_signature_beside_a_right_one_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    keys = {**KEYS, "l": other.public_key().public_bytes_raw()}
    with pytest.raises(BadSignature):
        open_envelope(Envelope(TYPE, BODY, {**signed().signatures, "l": bytes(64)}), TYPE, keys)


@pytest.mark.parametrize(
    "data",
    [b"", b"[", b"[]", b"[" * 100_000, b"{}", b'{"payload":"*","payloadType":"t","signatures":[{"sig":"AA=="}]}',
     b'{"payload":"AA==","payloadType":"t","signatures":[]}',
     b'{"payload":"AA==","payloadType":"t","signatures":[{"sig":"AA=="},{"sig":"AA=="}]}', b" " * (1 << 21)],
)  # fmt: skip
def test_what_is_not_an_envelope_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        parse_envelope(data)
