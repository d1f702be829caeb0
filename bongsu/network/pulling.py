"""Pulls the public log of a peer, compares it with what the peer signed before, and keeps its checkpoint: we are a witness.

A log that is shorter than it was, or that does not have a line which the peer signed, is two pasts: the checkpoints prove it.
An answer that does not fit together without such a proof is an error, and the next pull tries again.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from bongsu.core.envelope import BadSignature, Envelope, parse_envelope
from bongsu.core.errors import N_, BadInput
from bongsu.core.languages import LANGUAGES
from bongsu.core.log_line import Checkpoint, Head, Line, check_chain, open_checkpoint, parse_lines
from bongsu.core.node_card import Card
from bongsu.core.release import Withdrawal
from bongsu.network.client import Client
from bongsu.network.errors import Misbehaved
from bongsu.store.disk.clock import format_moment, parse_moment
from bongsu.store.logs.public_log import WITHDRAWN
from bongsu.store.peers.peer_folder import PeerFolder
from bongsu.store.peers.receiving import parse_release_name

CLOCKS_APART = timedelta(minutes=5)
LINES_A_REQUEST = 1000
MOST_LINES = 200_000  # of one pull


def pull_log(folder: PeerFolder, client: Client, card: Card, now: datetime) -> list[Line]:
    """Pulls the lines that are new, checks them, and keeps them with the checkpoint. Returns them.

    Raises Misbehaved with the evidence; BadInput, BadSignature or Unreachable if the answers are of no use.
    """
    envelope = parse_envelope(client.get("/network/v1/checkpoint"), "checkpoint")
    shown = open_checkpoint(card, envelope, "checkpoint")
    _check_time(shown, now)
    known, reached = folder.read_checkpoint(card), folder.reached
    if known is not None:
        _compare_checkpoints(known, shown, folder.checkpoint_envelope, envelope)
    lines = _fetch_lines(client, reached, shown)
    if (lines and lines[-1].hash != shown.head) or (not lines and reached != shown.reached):
        raise BadInput(N_("The log does not end with the line that its checkpoint states."), where="log")
    if lines and lines[0].before != reached.hash:
        raise _two_pasts(card, folder.checkpoint_envelope, envelope, lines)
    if known is not None and known.size > reached.size and _hash_at(lines, known.size) != known.head:
        raise _two_pasts(card, folder.checkpoint_envelope, envelope, lines)
    _keep_withdrawals(folder, lines)  # before the lines: a kill in between repeats them
    folder.add_lines(lines, envelope)
    return lines


def _check_time(shown: Checkpoint, now: datetime) -> None:
    early, late = format_moment(now - CLOCKS_APART), format_moment(now + CLOCKS_APART)
    if not early <= shown.at <= late:
        raise BadInput(
            N_(
                "The checkpoint says that it is {at}; here it is {now}. One of the two clocks is wrong, or the answer is old."
            ),
            at=shown.at,
            now=format_moment(now),
        )


def _compare_checkpoints(known: Checkpoint, shown: Checkpoint, before: Envelope | None, after: Envelope) -> None:
    assert before is not None
    if shown.at < known.at:
        raise BadInput(
            N_("The checkpoint of {at} is older than the known one of {known}."), at=shown.at, known=known.at
        )
    parts = {"checkpoint-known.json": before.to_json(), "checkpoint-shown.json": after.to_json()}
    if shown.size < known.size:
        raise Misbehaved(
            N_("The log of node {node} had {known} lines and has {shown} now."),
            f"shorter-log-{shown.size}",
            parts,
            node=shown.node,
            known=known.size,
            shown=shown.size,
        )
    if shown.size == known.size and shown.head != known.head:
        raise Misbehaved(
            N_("The log of node {node} has another line {number} than before."),
            f"other-log-{shown.size}",
            parts,
            node=shown.node,
            number=shown.size,
        )


def _two_pasts(card: Card, before: Envelope | None, after: Envelope, lines: list[Line]) -> Misbehaved:
    text = b"".join(json.dumps(asdict(line), ensure_ascii=False).encode() + b"\n" for line in lines)
    parts = {"checkpoint-shown.json": after.to_json(), "lines-shown.jsonl": text}
    if before is not None:
        parts["checkpoint-known.json"] = before.to_json()
    return Misbehaved(
        N_("The log of node {node} does not have the lines any more that the node signed before."),
        f"other-log-{lines[-1].number}",
        parts,
        node=card.node,
    )


def _fetch_lines(client: Client, reached: Head, shown: Checkpoint) -> list[Line]:
    """Returns the lines after `reached` up to the checkpoint, each with the hash of the one before it."""
    if shown.size - reached.size > MOST_LINES:
        raise BadInput(N_("The log has {count} new lines, more than one pull reads."), count=shown.size - reached.size)
    lines: list[Line] = []
    while (first := reached.size + len(lines) + 1) <= shown.size:
        data = client.get(f"/network/v1/log?from={first}&limit={LINES_A_REQUEST}")
        page = parse_lines(data, "log")[: shown.size - first + 1]
        if not page:
            raise BadInput(N_("The log ends before line {number}, which its checkpoint states."), number=shown.size)
        check_chain([*lines[-1:], *page], first - len(lines[-1:]))
        lines += page
    return lines


def _hash_at(lines: list[Line], number: int) -> str:
    return next((line.hash for line in lines if line.number == number), "")


def _keep_withdrawals(folder: PeerFolder, lines: list[Line]) -> None:
    found = [line for line in lines if line.event == WITHDRAWN]
    for line in found:
        try:
            parse_release_name(line.subject)
        except BadInput:  # what it withdraws cannot be here
            continue
        folder.write_withdrawal(line.subject, _read_withdrawal(line))
    if found and folder.has_releases:
        folder.releases.recover()


def _read_withdrawal(line: Line) -> Withdrawal:
    texts = {name: str(value)[:2000] for name, value in line.detail.items()}
    others = ((name.removeprefix("reason_"), text) for name, text in texts.items() if name.startswith("reason_"))
    translations = tuple((language, text) for language, text in others if language in LANGUAGES)
    try:
        at = parse_moment(texts.get("withdrawn_at", ""))
    except BadInput:
        at = line.at
    return Withdrawal(texts.get("reason", ""), at, texts.get("language", "")[:12], translations)


def compare_with_witness(folder: PeerFolder, card: Card, witness: str, envelope: Envelope) -> None:
    """Compares a checkpoint of a peer that another node holds with the log here, and keeps it for the next pull.

    Raises Misbehaved if the peer signed one past for that node and another for this one. One that it did not sign is left out.
    """
    try:
        seen = open_checkpoint(card, envelope, "witnessed")
    except (BadSignature, BadInput):
        return  # it proves nothing: the witness may have made it up
    if seen.size > folder.reached.size:
        folder.write_witnessed(witness, envelope)  # compared when the log here is as long
        return
    if seen.size and folder.hash_at(seen.size) != seen.head:
        own = folder.checkpoint_envelope
        assert own is not None
        raise Misbehaved(
            N_("The node {node} has shown node {witness} another log than this one."),
            f"two-faces-{seen.size}",
            {"checkpoint-here.json": own.to_json(), f"checkpoint-{witness}.json": envelope.to_json()},
            node=card.node,
            witness=witness,
        )


def recompare_witnessed(folder: PeerFolder, card: Card) -> None:
    """Compares the checkpoints that other nodes hold and that were longer than the log here. Raises Misbehaved."""
    for witness, envelope in folder.read_witnessed().items():
        compare_with_witness(folder, card, witness, envelope)
