"""The public log: what it says, that it is complete after a kill and on a node that had none, and how others read it."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.test import Client as Browser

from bongsu.core.envelope import parse_envelope
from bongsu.core.errors import BadInput
from bongsu.core.log_line import Head, check_chain, open_checkpoint, parse_lines
from bongsu.store.node import Node
from tests.network.world import now
from tests.store.drafts import draft, rows

pytestmark = pytest.mark.django_db


def events(node: Node) -> list[tuple[str, str]]:
    return [(line.event, line.subject) for line in node.public_log.lines()]


def test_the_log_says_what_was_sealed_and_withdrawn_and_which_keys_sign(served_node: Node) -> None:
    node = served_node
    release, _ = node.releases.seal(draft())
    node.keys.renew(node.about("https://node.example"), now())
    node.keys.replace_signing_key(node.about("https://node.example"), now(), revoke=f"{node.identity.id}#1")
    node.releases.withdraw("TEST_FLOW", 1, "a unit was wrong")
    id_ = node.identity.id
    expected = [
        ("sealed", "TEST_FLOW 1"),
        ("root", id_),
        ("key", f"{id_}#1"),
        ("key", f"{id_}#1"),  # revoked
        ("key", f"{id_}#2"),
        ("withdrawn", "TEST_FLOW 1"),
    ]
    assert events(node) == expected
    lines = list(node.public_log.lines())
    manifest = json.loads(node.releases.manifest_path(release).read_text())
    assert lines[0].detail["seal"] == manifest["seal"]
    assert [bool(line.detail.get("revoked")) for line in lines[2:5]] == [False, True, False]
    assert lines[5].detail["reason"] == "a unit was wrong"
    node.keys.renew(node.about("https://elsewhere.example"), now())
    assert events(node) == expected  # a new card with the same keys is no event


def test_a_node_of_an_earlier_version_gets_its_log_from_its_releases(served_node: Node) -> None:
    node = served_node
    node.releases.seal(draft())
    node.releases.seal(draft(rows(5)))
    node.releases.withdraw("TEST_FLOW", 1, "wrong")
    node.public_log.path.unlink()
    expected = [("sealed", "TEST_FLOW 1"), ("withdrawn", "TEST_FLOW 1"), ("sealed", "TEST_FLOW 2")]
    assert events(Node(node.root)) == expected
    assert events(Node(node.root)) == expected  # and not again


def test_a_kill_between_steps_leaves_one_line_for_each_fact(served_node: Node) -> None:
    node = served_node
    node.keys.renew(node.about(""), now())
    node.releases.seal(draft())
    node.releases.withdraw("TEST_FLOW", 1, "wrong")
    whole = node.public_log.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept in range(2, len(lines) + 1):  # as after a kill before a line, and before the index had its row
        node.public_log.path.write_bytes(b"".join(lines[:kept]) + b'{"number": 9')
        for file in node.root.glob("index.sqlite3*"):
            file.unlink()
        again = Node(node.root)
        assert events(again)[-2:] == [("sealed", "TEST_FLOW 1"), ("withdrawn", "TEST_FLOW 1")]
        assert len(events(again)) == len(lines)


def test_others_read_the_checkpoint_and_the_lines_that_lead_to_it(client: Browser, served_node: Node) -> None:
    node = served_node
    assert client.get("/network/v1/checkpoint").status_code == 404  # no card yet
    card = node.keys.renew(node.about("https://node.example"), now())
    for count in (3, 4, 5):
        node.releases.seal(draft(rows(count)))
    checkpoint = open_checkpoint(card, parse_envelope(client.get("/network/v1/checkpoint").content))
    assert checkpoint.reached == node.public_log.head == Head(5, checkpoint.head)
    lines = parse_lines(client.get("/network/v1/log").content)
    check_chain(lines, 1)
    assert (lines[-1].number, lines[-1].hash) == (5, checkpoint.head)
    assert [line.number for line in parse_lines(client.get("/network/v1/log?from=3&limit=2").content)] == [3, 4]
    assert client.get("/network/v1/log?from=6").content == b""
    for wrong in ("from=0", "from=x", "limit=-1", "from=٢"):
        assert client.get(f"/network/v1/log?{wrong}").status_code == 400
    held = client.get("/network/v1/checkpoint?witness=1").json()
    assert (held["witnessed"], set(held["checkpoint"])) == ([], {"payload", "payloadType", "signatures"})


def test_a_sealed_file_is_served_to_the_byte_with_its_hash(client: Browser, served_node: Node) -> None:
    release, _ = served_node.releases.seal(draft())
    name = "observations.parquet"
    data = served_node.releases.path(release).read_bytes()
    address = f"/network/v1/releases/TEST_FLOW/1/{name}"
    whole = client.get(address)
    assert b"".join(whole.streaming_content) == data  # type: ignore[attr-defined]
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    assert whole.headers["ETag"] == etag
    part = client.get(address, headers={"range": "bytes=4-9", "if-range": etag})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, data[4:10])  # type: ignore[attr-defined]
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(data)}"
    changed = client.get(address, headers={"range": "bytes=4-9", "if-range": '"other"'})
    assert b"".join(changed.streaming_content) == data  # type: ignore[attr-defined]
    assert client.get(address, headers={"range": f"bytes={len(data)}-"}).status_code == 416
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    manifest = client.get("/network/v1/releases/TEST_FLOW/1/manifest.json")
    assert b"".join(manifest.streaming_content) == served_node.releases.manifest_path(release).read_bytes()  # type: ignore[attr-defined]
    for path in ("TEST_FLOW/1/secret.key", "TEST_FLOW/2/manifest.json", "OTHER/1/manifest.json", "TEST_FLOW/1/..%2Fx"):
        assert client.get(f"/network/v1/releases/{path}").status_code == 404


LINE = {
    "number": 1,
    "at": "2026-11-28T12:00:00Z",
    "event": "sealed",
    "subject": "X 1",
    "detail": {},
    "before": "0" * 64,
}


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "0" * 64},
        {"number": 0},
        {"number": "1"},
        {"at": "yesterday"},
        {"event": "Sealed"},
        {"detail": {"a": [1]}},
        {"detail": {"a": 1e400}},
        {"subject": "\ud800"},
        {"more": 1},
        {"before": "x"},
    ],
    ids=str,
)
def test_a_line_of_another_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        parse_lines(json.dumps({**LINE, "hash": "1" * 64, **change}).encode())
    for wrong in (b"[]", b"[" * 100_000, b"{", b"\xff"):
        with pytest.raises(BadInput):
            parse_lines(wrong)
