"""What peers send about questions: offers asked for, questions, and how far one is."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from bongsu.core.errors import TryAgain
from bongsu.network.incoming import answer_peers
from bongsu.network.models import Peer
from bongsu.network.questions.answering import (
    describe_reply,
    find_received,
    finish_question,
    make_offers,
    receive_question,
)
from bongsu.store.node import Node


@answer_peers("GET")
def show_offers(node: Node, peer: Peer, document: Any, now: datetime) -> tuple[int, Any]:
    """Tells a peer which holdings are open to its questions."""
    return 200, make_offers(node, peer, now)


@answer_peers("POST")
def receive(node: Node, peer: Peer, document: Any, now: datetime) -> tuple[int, Any]:
    """Keeps a question; one that an agreement covers is answered at once."""
    row = receive_question(node, peer, document, now)
    with suppress(TryAgain):  # the duty lets the desk answer then
        row = finish_question(node, row, now)
    return describe_reply(node, row, now)


@answer_peers("GET")
def show(node: Node, peer: Peer, document: Any, now: datetime, id: UUID) -> tuple[int, Any]:
    """Tells a peer how far its question is, with the answer when there is one."""
    return describe_reply(node, find_received(peer, id), now)
