"""Receipts: proven with the receipt file alone, with a newer card, and refused when anything differs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.core.envelope import BadSignature
from bongsu.core.errors import BadInput, Damaged, Refused
from bongsu.incubator.forms.answers import AnswerFile
from bongsu.incubator.forms.reviewing import digest_version
from bongsu.incubator.receipts import Receipt, check_version, export_version, verify_receipt, write_receipt
from bongsu.store.node import Node

NOW = datetime(2026, 6, 30, 9, 0, 59, tzinfo=UTC)
PLAN = b"%PDF-1.7 plan"
FILES = {"plan": [AnswerFile(hashlib.sha256(PLAN).hexdigest(), "plan.pdf", "pdf", len(PLAN))]}
ANSWERS = {"title": "봉수", "hours": 100}
RECEIPT = Receipt(
    call="gpu-2026",
    round="first",
    number="GPU-2026-0042-5",
    version=3,
    digest=digest_version(ANSWERS, FILES),
    received_at="2026-06-30T09:00:59Z",
    signed_at="2026-06-30T09:00:59Z",
    complete=True,
    node="0123456789abcdef",
)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node.create(tmp_path / "node", name="Test node", agency="TEST")


def test_a_receipt_proves_itself(node: Node) -> None:
    data = write_receipt(node, RECEIPT, NOW)
    receipt, card = verify_receipt(data)
    assert receipt == RECEIPT
    assert card == node.keys.card
    check_version(receipt, export_version(ANSWERS, FILES), [PLAN])
    again = write_receipt(node, RECEIPT, NOW + timedelta(hours=1))
    assert json.loads(again)["receipt"] == json.loads(data)["receipt"]  # made again after a kill: the same bytes


def test_what_differs_is_refused(node: Node, tmp_path: Path) -> None:
    data = write_receipt(node, RECEIPT, NOW)
    for answers, files in (({**ANSWERS, "hours": 101}, FILES), (ANSWERS, {})):
        with pytest.raises(Damaged, match="differ from what was received"):
            check_version(RECEIPT, export_version(answers, files), [PLAN])
    with pytest.raises(Damaged, match=r"plan\.pdf"):
        check_version(RECEIPT, export_version(ANSWERS, FILES), [PLAN + b" "])
    other = json.loads(write_receipt(Node.create(tmp_path / "other"), RECEIPT, NOW))
    document = json.loads(data)
    with pytest.raises(BadSignature):
        verify_receipt(json.dumps({**document, "card": other["card"]}).encode())
    body = document["receipt"]
    forged = {**body, "payload": other["receipt"]["payload"][:-8] + "AAAAAAAA"}
    with pytest.raises((BadSignature, BadInput)):
        verify_receipt(json.dumps({**document, "receipt": forged}).encode())
    for text in (b"", b"[]", b"{}", json.dumps({**document, "receipt": None}).encode(), b"[" * 100_000):
        with pytest.raises(BadInput):
            verify_receipt(text)


def test_a_key_that_was_revoked_before_is_refused_by_a_newer_card(node: Node) -> None:
    data = write_receipt(node, RECEIPT, NOW - timedelta(days=1))
    late = write_receipt(node, RECEIPT, NOW - timedelta(days=1))
    card = node.keys.card
    assert card is not None
    node.keys.replace_signing_key(node.about(""), NOW - timedelta(seconds=1), revoke=card.signing[0].id)
    assert verify_receipt(data).receipt == RECEIPT  # the enclosed card does not know it
    with pytest.raises(BadSignature, match="not valid at"):
        verify_receipt(late, card=node.keys.card_envelope)


def test_the_command_verifies(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt, version, plan = tmp_path / "receipt.json", tmp_path / "version.json", tmp_path / "plan.pdf"
    receipt.write_bytes(write_receipt(node, RECEIPT, NOW))
    version.write_bytes(export_version(ANSWERS, FILES))
    plan.write_bytes(PLAN)
    card = node.keys.card
    assert card is not None
    words = ["call", "verify", str(receipt), str(plan), "--answers", str(version), "--fingerprint", card.fingerprint]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "GPU-2026-0042-5, version 3, was received at 2026-06-30T09:00:59Z." in out
    assert card.fingerprint in out
    assert main([*words[:-1], "1234"]) == Refused.exit_status
    plan.write_bytes(b"another")
    assert main(words) == Damaged.exit_status
