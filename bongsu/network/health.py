"""The health of the network as seen from here: what `bongsu doctor`, the desk and the public page say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.network.models import Peer, ReceivedQuestion
from bongsu.network.states import ACTIVE, STALE, SUSPENDED, peer_states
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node

LATE = timedelta(hours=24)  # without a reading of a peer's log, or without a witness of the own one
KEY_ENDS_SOON = timedelta(days=30)


class OwnLog(NamedTuple):
    """The public log of this node: its lines, how many a peer has witnessed, and how many peers have witnessed all."""

    lines: int
    witnessed: int
    witnesses: int


def describe_own_log(node: Node, peers: Sequence[Peer]) -> OwnLog:
    """Returns how far this node's log is witnessed by active peers."""
    lines = node.public_log.head.size
    held = [peer.witnessed_size for peer in peers if peer.state == ACTIVE]
    return OwnLog(lines, max(held, default=0), sum(size >= lines for size in held))


def find_network_problems(node: Node, now: datetime) -> Iterator[tuple[Report, bool]]:
    """Yields what needs attention about peers and keys, and whether it is wrong; else it is advice."""
    peers = list(Peer.objects.exclude(state="ended").order_by("url"))
    for peer in peers:
        yield from _find_problems_of(peer, now)
    active = [peer for peer in peers if peer.state == ACTIVE]
    own = describe_own_log(node, peers)
    asked = [peer.witnessed_at for peer in active if peer.witnessed_at]
    if active and own.witnessed < own.lines and (not asked or now - max(asked) > LATE or own.witnessed == 0):
        yield (
            Report(
                N_("No peer is a witness of the newest lines of the public log: {lines} lines, {witnessed} witnessed."),
                {"lines": own.lines, "witnessed": own.witnessed},
                fix=N_("Peers read it every 15 minutes while their “bongsu tend” runs. Call their operators."),
            ),
            True,
        )
    if peers:
        yield from _find_ending_keys(node, now)
    waiting = ReceivedQuestion.objects.filter(state="waiting").order_by("lapses")
    if (first := waiting.first()) is not None:
        yield (
            Report(
                N_("Questions of other nodes that wait for a custodian: {count}; the first lapses on {day}."),
                {"count": waiting.count(), "day": str(first.lapses.date())},
                fix=N_("“bongsu ask received” lists them."),
            ),
            False,
        )


def _find_problems_of(peer: Peer, now: datetime) -> Iterator[tuple[Report, bool]]:
    if peer.state == SUSPENDED:
        yield (
            Report(
                N_("The peer {url} is suspended."),
                {"url": peer.url},
                fix=N_("Read the evidence on its page, and call its operators: docs/network.md says how."),
            ),
            True,
        )
    elif peer.state == STALE:
        yield Report(N_("The card of the peer {url} has ended: it is stale."), {"url": peer.url}), True
    elif peer_states()[peer.state].pulled and peer.trouble and (peer.pulled is None or now - peer.pulled > LATE):
        text = N_("The log of the peer {url} could not be read for a day: {reason}")
        yield Report(text, {"url": peer.url, "reason": Report.from_json(peer.trouble).describe(str)}), True
    elif peer.state == "proposed":
        yield Report(N_("The node {url} waits to be confirmed or ended."), {"url": peer.url}), False


def _find_ending_keys(node: Node, now: datetime) -> Iterator[tuple[Report, bool]]:
    card = node.keys.card
    if card is None:
        return
    lasting = [key for key in card.signing if key.signs_at(format_moment(now + KEY_ENDS_SOON))]
    if not lasting:
        yield (
            Report(
                N_("The newest signing key ends within 30 days."),
                fix=N_("“bongsu tend” makes the next one a week before; “bongsu keys replace” makes one now."),
            ),
            False,
        )
