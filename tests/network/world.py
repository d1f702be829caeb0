"""Two nodes that talk to each other in one process: a loopback carries their messages through all of the server's code.

The records are one database: that A knows B is the row of B, that B knows A is the row of A. A third node has its folder only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.test import Client as Browser

from bongsu.core.log_line import FIRST_HASH, Line
from bongsu.network import client
from bongsu.network.models import Peer
from bongsu.network.peers import add_peer, confirm_peer, trust_peer
from bongsu.network.tending import tend_peer
from bongsu.people.access import Actor
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node

COMMAND = Actor.of_command("tester")
Answer = Callable[[httpx2.Request], httpx2.Response | None]


@dataclass
class World:
    """The nodes by their addresses, where one stands now, and what a hostile network answers in a node's place."""

    folder: Path
    settings: Any
    monkeypatch: pytest.MonkeyPatch
    nodes: dict[str, Node] = field(default_factory=dict)
    answer: Answer = lambda request: None
    asked: list[str] = field(default_factory=list)

    def make_node(self, name: str) -> Node:
        """Makes a node with keys, at https://NAME.example."""
        node = Node.create(self.folder / name, name=f"Office {name}", agency=name.upper())
        url = f"https://{name}.example"
        node.keys.renew(node.about(url), datetime.now(UTC))
        self.nodes[url] = node
        return node

    def url_of(self, node: Node) -> str:
        """The address of a node."""
        return next(url for url, one in self.nodes.items() if one is node)

    @contextmanager
    def at(self, node: Node) -> Iterator[None]:
        """Within the block, this process is the node: its folder, its address."""
        with pytest.MonkeyPatch.context() as patch:
            for module in ("middleware", "context", "views", "account.views", "account.adapters"):
                patch.setattr(f"bongsu.web.{module}.open_node", lambda: node)
            before, self.settings.BONGSU_URL = self.settings.BONGSU_URL, self.url_of(node)
            try:
                yield
            finally:
                self.settings.BONGSU_URL = before

    def carry(self, request: httpx2.Request) -> httpx2.Response:
        """Carries a request to the node of its address."""
        self.asked.append(request.url.raw_path.decode())
        if (made := self.answer(request)) is not None:
            return made
        node = self.nodes[f"{request.url.scheme}://{request.url.host}"]
        headers = {
            key: value for key, value in request.headers.items() if key not in ("content-length", "content-type")
        }
        with self.at(node):
            found = Browser().generic(
                request.method,
                request.url.raw_path.decode(),
                request.read(),
                content_type=request.headers.get("content-type", ""),
                headers=headers,
            )
            body = found.getvalue()
        return httpx2.Response(found.status_code, headers=list(found.headers.items()), content=body, request=request)

    def introduce(self, one: Node, other: Node) -> Peer:
        """`one` adds and confirms `other`, as its operator does."""
        with self.at(one):
            peer = add_peer(COMMAND, one, self.url_of(other), now())
            assert other.keys.card is not None
            return confirm_peer(COMMAND, one, peer, other.keys.card.fingerprint, now())

    def befriend(self, one: Node, other: Node) -> Peer:
        """Both confirm each other, and `one` reads the log of `other`. Returns what `one` knows of it."""
        self.introduce(other, one)
        self.introduce(one, other)
        return self.tend(one, other)

    def tend(self, one: Node, other: Node, later: timedelta = timedelta()) -> Peer:
        """`one` does its duty about `other`. Raises what is wrong. Returns what it knows of it then."""
        peer = Peer.objects.get(node=other.identity.id)
        with self.at(one):
            tend_peer(one, peer, now() + later)
        return Peer.objects.get(node=other.identity.id)

    def forget_card(self, other: Node) -> None:
        """Makes the next turn of the duty fetch the card of a node again."""
        peer = Peer.objects.get(node=other.identity.id)
        peer.card_asked = None
        peer.save(update_fields=["card_asked"])

    def trust(self, other: Node, subject: str = "*") -> None:
        """Trusts a node with releases."""
        trust_peer(COMMAND, Peer.objects.get(node=other.identity.id), "releases", subject, now())


class _Loopback(httpx2.BaseTransport):
    def __init__(self, world: World) -> None:
        self.world = world

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.world.carry(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(answer.content))


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def make_world(folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Makes a world without nodes."""
    settings.ALLOWED_HOSTS = ["*"]
    world = World(folder, settings, monkeypatch)
    monkeypatch.setattr(client, "open_transport", lambda deadline: _Loopback(world))
    return world


def rewrite_log(node: Node, change: Callable[[list[Line]], list[Line]]) -> None:
    """Gives a node another past: its lines, changed, in a chain that holds."""
    before, lines = FIRST_HASH, []
    for number, line in enumerate(change(list(node.public_log.lines())), 1):
        made = Line(number, line.at, line.event, line.subject, line.detail, before).with_hash()
        lines.append(made)
        before = made.hash
    node.public_log.path.write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines), encoding="utf-8")


def moment(later: timedelta = timedelta()) -> str:
    """The time as cards have it."""
    return format_moment(now() + later)
