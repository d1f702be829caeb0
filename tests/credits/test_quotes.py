"""A quote says what a payment would get and why not more, and changes nothing; by the interface and by the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, campaigns, models
from bongsu.credits.quotes import quote_payment
from bongsu.people.organisations import add_organisation
from bongsu.people.tokens import issue_token
from bongsu.store.node import Node
from bongsu.web import middleware
from tests.credits.conftest import COMMAND, SEOUL, buy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
NOON = datetime(2027, 3, 6, 12, tzinfo=SEOUL)


def test_a_quote_is_what_the_payment_gets() -> None:
    wallet = accounts.find_account("w:kim")
    before = models.Transfer.objects.count()
    quoted = quote_payment("spring-2027", wallet, 52_000, NOON)
    assert (quoted.paybacks[0]["amount"], models.Transfer.objects.count()) == (6_000, before)
    assert buy(52_000).paybacks[0]["reasons"] == quoted.paybacks[0]["reasons"]
    capped = quote_payment("spring-2027", wallet, 100_000, NOON)
    assert capped.paybacks[0]["amount"] == 9_000
    assert capped.paybacks[0]["reasons"][-1] == ["cap", {"window": "day", "cap": 15_000, "left": 9_000}]
    assert quote_payment("spring-2027", wallet, 52_000, NOON, "m:small").paybacks[0]["amount"] == 0
    assert quote_payment("spring-2027", wallet, 10**9, NOON).outcome == "funds"


def test_the_interface_quotes_own_wallets_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    _, secret = issue_token(COMMAND, add_organisation(COMMAND, "town"))
    client = Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})
    address = "/credits/v1/campaigns/spring-2027/quote?wallet=w:kim&amount=52000&at=2027-03-06T12:00:00%2B09:00"
    answer = client.get(address).json()
    assert (answer["outcome"], answer["paybacks"][0]["amount"]) == ("done", "6000")
    assert answer["paybacks"][0]["why"] == ["From 50,000 won on, 6,000 won comes back."]
    assert Client().get(address).status_code == 404
    for wrong in ("amount=0", "amount=1.5", "amount=１"):
        assert client.get(address.replace("amount=52000", wrong)).status_code == 400


def test_only_an_open_campaign_is_quoted() -> None:
    campaigns.stop_campaign(COMMAND, "spring-2027", "enough")
    with pytest.raises(BadInput, match="is not open"):
        quote_payment("spring-2027", accounts.find_account("w:kim"), 52_000, NOON)
