"""The card at its well-known address: what is served is what the root signed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from bongsu.core.envelope import parse_envelope
from bongsu.core.node_card import open_card
from bongsu.store.node import Node


@pytest.mark.django_db
def test_card_is_served_in_its_envelope(client: Client, served_node: Node) -> None:
    assert client.get("/.well-known/bongsu-node.json").status_code == 404
    card = served_node.keys.renew(served_node.about("https://node.example"), datetime.now(UTC))
    response = client.get("/.well-known/bongsu-node.json")
    assert response.headers["Content-Type"] == "application/json"
    assert open_card(parse_envelope(response.content)) == card
    assert b"PRIVATE" not in response.content
