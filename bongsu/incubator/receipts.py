"""Receipts: what the node says, signed, about a version of an application that it received. Anybody can check one, anywhere.

A receipt file has the receipt and the node's card, each in its envelope. That the card is the right node's is for a person to
compare, by the fingerprint of its root key. Format bongsu.receipt/1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from bongsu.core.document_shape import convert_document
from bongsu.core.envelope import Envelope, parse_envelope
from bongsu.core.errors import N_, BadInput, Damaged
from bongsu.core.node_card import Card, Moment, check_signed_by, open_card
from bongsu.incubator.forms.answers import AnswerFile, Files
from bongsu.incubator.forms.reviewing import digest_version
from bongsu.store.node import Node

RECEIPT_TYPE = "application/vnd.bongsu.receipt+json"
FORMAT = "bongsu.receipt-file/1"
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says: which version of which application arrived when, and whether it was complete."""

    format: Literal["bongsu.receipt/1"] = "bongsu.receipt/1"
    call: str
    round: str
    number: str
    version: int
    digest: Digest
    received_at: Moment
    signed_at: Moment  # later than it was received if the node was stopped in between
    complete: bool
    node: str


class _File(msgspec.Struct, frozen=True):
    sha256: Digest
    name: str = ""
    type: str = ""
    size: int = 0


class _Version(msgspec.Struct, frozen=True):
    answers: dict[str, Any]
    files: dict[str, list[_File]] = {}


class Verified(NamedTuple):
    """A receipt whose signature holds, and the card of the node that signed it."""

    receipt: Receipt
    card: Card


def write_receipt(node: Node, receipt: Receipt, now: datetime) -> bytes:
    """Returns the receipt file. After a kill a receipt is signed again: it says the same, but for when it was signed."""
    body = json.dumps(msgspec.to_builtins(receipt), ensure_ascii=False, sort_keys=True).encode()
    signed = node.sign(RECEIPT_TYPE, body, now)
    card = node.keys.card_envelope
    assert card is not None  # node.sign makes it
    return _join(signed, card)


def verify_receipt(data: bytes, where: str = "", card: Envelope | None = None) -> Verified:
    """Returns what a receipt file says, if a key of the node that was valid when it was signed did so.

    `card` is a newer card of the node, which knows what was revoked since. Raises BadSignature or BadInput.
    """
    document = _parse(data, where)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput(N_("This is not a receipt of Bongsu."), where=where)
    envelope = parse_envelope(json.dumps(document.get("receipt")).encode(), where)
    enclosed = open_card(parse_envelope(json.dumps(document.get("card")).encode(), where), where)
    newest = open_card(card) if card else enclosed
    if newest.root != enclosed.root:
        raise BadInput(N_("The receipt is by another node than the card."), where=where)
    receipt = convert_document(_parse(envelope.body, where), Receipt, where)
    check_signed_by(newest, envelope, RECEIPT_TYPE, receipt.signed_at)
    return Verified(receipt, newest)


def check_version(receipt: Receipt, version: bytes, contents: Iterable[bytes], where: str = "") -> None:
    """Checks that an exported version and the contents of its files are what the receipt is about.

    Raises Damaged for a version with other answers or files, or a file whose contents are not among `contents`.
    """
    read = convert_document(_parse(version, where), _Version, where)
    files: Files = {
        key: [AnswerFile(one.sha256, one.name, one.type, one.size) for one in given]
        for key, given in read.files.items()
    }
    if digest_version(read.answers, files) != receipt.digest:
        raise Damaged(N_("The answers or the list of files differ from what was received."), where=where)
    have = {hashlib.sha256(content).hexdigest() for content in contents}
    for given in files.values():
        for file in given:
            if file.sha256 not in have:
                raise Damaged(
                    N_("The file “{name}” is missing, or differs from what was received."), name=file.name, where=where
                )


def export_version(answers: Mapping[str, Any], files: Files) -> bytes:
    """Returns a version as its owner gets it, and as `check_version` reads it."""
    listed = {key: [file._asdict() for file in given] for key, given in files.items() if given}
    return (json.dumps({"answers": answers, "files": listed}, ensure_ascii=False, indent=1) + "\n").encode()


def _join(receipt: Envelope, card: Envelope) -> bytes:
    parts = {"format": FORMAT, "receipt": json.loads(receipt.to_json()), "card": json.loads(card.to_json())}
    return (json.dumps(parts, indent=1) + "\n").encode()


def _parse(data: bytes, where: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(N_("This file is not valid JSON."), where=where) from None
