"""Somebody has the token of an organisation, and asks for what is not hers: over HTTP, on a ledger with a campaign."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from bongsu.credits import accounts, campaigns, models
from bongsu.credits.verify import find_breaches
from bongsu.people.organisations import add_organisation
from bongsu.people.tokens import issue_token
from bongsu.store.node import Node
from bongsu.web import middleware
from tests.credits.conftest import COMMAND, TREASURY, buy, pay, send
from tests.credits.spring import SPRING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
QUOTE = "/credits/v1/campaigns/spring-2027/quote"


def _machine(name: str) -> Client:
    _, secret = issue_token(COMMAND, add_organisation(COMMAND, name))
    return Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})


@pytest.fixture
def node(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Node:
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    settings.ALLOWED_HOSTS = ["testserver"]
    return node


@pytest.fixture
def town(node: Node) -> Client:
    """The organisation that keeps the wallets and the shops."""
    return _machine("town")


@pytest.fixture
def thief(node: Node) -> Client:
    """An organisation that keeps one account, with 1,000 won."""
    client = _machine("thief")
    accounts.open_account(COMMAND, "t:own", "KRW", holder=("organisation", "thief"), keeper="thief", lots=True)
    send(pay("issue:KRW", "t:own", 1_000), issuer=TREASURY)
    return client


def _post(client: Client, *commands: dict[str, object]) -> Any:
    body = {"commands": [{"id": str(uuid.uuid4()), **command} for command in commands]}
    return client.post("/credits/v1/commands", json.dumps(body), content_type="application/json")


def _outcomes(client: Client, *commands: dict[str, object]) -> list[str]:
    answer = _post(client, *commands)
    assert answer.status_code == 200, answer.content
    return [one["outcome"] for one in answer.json()["outcomes"]]


def _sums() -> dict[str, int]:
    return dict(models.Account.objects.values_list("pk", "posted"))


def test_another_organisation_moves_and_sees_nothing(thief: Client) -> None:
    payment = buy(100_000)
    hold = {"do": "hold", "until": "2027-03-09T00:00:00Z"}
    (held,) = send(pay("w:kim", "m:312", 500) | hold)
    before = _sums()
    lot = models.Lot.objects.get(campaign="spring-2027").number
    assert set(
        _outcomes(
            thief,
            *(
                pay(debit, "t:own", 1)
                for debit in ("w:kim", "m:312", "issue:KRW", "receivable:KRW", "expired:KRW", "nobody")
            ),
            pay("w:kim", "t:own", 1) | hold,
            pay("campaign:spring-2027", "t:own", 1, kind="payback-2"),
            {"do": "reverse", "of": payment.id},
            {"do": "reverse", "of": payment.transfers[1]},
            {"do": "settle", "of": held.id},
            {"do": "void", "of": held.id},
            {"do": "exchange", "debit": "w:kim", "credit": "t:own", "amount": "1"},
        )
    ) <= {"unknown", "conflict"}
    assert _outcomes(thief, pay("t:own", "m:312", 1, lot=lot)) == ["funds"]
    assert _sums() == before
    for path in ("accounts/w:kim", "accounts/w:kim/transfers", "accounts/campaign:spring-2027", "export.beancount"):
        assert thief.get(f"/credits/v1/{path}").status_code in (403, 404), path
    assert thief.get(f"{QUOTE}?wallet=w:kim&amount=50000").status_code == 404
    assert list(find_breaches()) == []


def test_the_id_of_another_is_not_a_replay_and_says_nothing(thief: Client, town: Client) -> None:
    id = str(uuid.uuid4())
    assert _outcomes(town, pay("w:kim", "m:312", 50_000, campaigns=True, id=id)) == ["done"]
    (other,) = _post(thief, pay("w:kim", "m:312", 50_000, campaigns=True, id=id)).json()["outcomes"]
    assert (other["outcome"], "transfers" in other, "paybacks" in other) == ("unknown", False, False)


def test_a_replay_pays_once_whatever_else_is_sent_with_it(town: Client) -> None:
    command = pay("w:kim", "m:312", 50_000, campaigns=True, id=str(uuid.uuid4()))
    assert _outcomes(town, command, command) == ["done", "seen"]
    before = _sums()
    assert _outcomes(town, command) == ["seen"]
    changes: list[dict[str, object]] = [{"amount": "50001"}, {"campaigns": False}, {"group": "g"}, {"memo": "x"}]
    changes += [{"credit": "m:313"}, {"at": "2027-03-06T12:00:00+09:00"}]
    for change in changes:
        assert _outcomes(town, command | change) == ["conflict"], change
    assert _outcomes(town, command, pay("w:lee", "m:312", 1)) == ["seen", "done"]
    assert _sums()["w:kim"] == before["w:kim"]


def test_an_amount_is_text_of_digits(town: Client) -> None:
    before = _sums()
    command = json.dumps({"id": str(uuid.uuid4()), **pay("w:kim", "m:312", 5)})
    body = f'{{"commands": [{command}]}}'
    numbers = ("5", "5.0", "5e3", "-5", "null", "true", '["5"]')
    texts = ('"-5"', '"5.0"', '"+5"', '"0x5"', '"5e3"', '"٥"')
    for amount in (*numbers, *texts):
        wrong = body.replace('"amount": "5"', f'"amount": {amount}')
        assert wrong != body
        answer = town.post("/credits/v1/commands", wrong, content_type="application/json")
        assert answer.status_code == 400, amount
    assert _sums() == before


def test_what_an_organisation_pays_to_the_ledgers_own_accounts_breaks_nothing(town: Client) -> None:
    payment = buy(100_000)
    send(pay("w:kim", "m:small", 15_000))
    send({"do": "reverse", "of": payment.id})  # 15,000 are owed
    for purpose in accounts.SYSTEM_ACCOUNTS:
        _post(town, pay("w:kim", f"{purpose}:KRW", 7), pay("w:kim", f"{purpose}:KRW", 7, campaigns=True))
    assert list(find_breaches()) == []


def test_who_pays_herself_gets_nothing_back() -> None:
    """Else own money went round between two wallets, and each time a campaign paid."""
    campaigns.stop_campaign(COMMAND, "spring-2027", "another one")
    text = SPRING.replace("spring-2027", "open-to-all").replace('merchants = "list:markets", ', "")
    campaigns.open_campaign(COMMAND, text)
    outcome = buy(100_000, "w:kim", "w:kim-b")
    assert (outcome.outcome, [one["amount"] for one in outcome.paybacks]) == ("done", [0])
    assert buy(100_000, "w:kim", "w:lee").paybacks[0]["amount"] == 15_000


def test_a_quote_refuses_other_amounts(town: Client) -> None:
    long = ("0" * 16 + "1" + "9" * 5_000, "9" * 5_000)
    for amount in ("0", "-1", "1.5", "１", "1e9", "", "1000000000000001", *long):
        assert town.get(QUOTE, {"wallet": "w:kim", "amount": amount}).status_code == 400, amount[:40]


def test_a_quote_of_odd_parties_answers(town: Client) -> None:
    accounts.open_unit(COMMAND, "EUR")
    accounts.open_account(COMMAND, "m:euro", "EUR")
    for merchant in ("w:kim", "issue:KRW", "campaign:spring-2027", "m:euro", "receivable:KRW"):
        asked = {"wallet": "w:kim", "amount": "50000", "merchant": merchant, "channel": "x" * 500}
        answer = town.get(QUOTE, asked)
        assert answer.status_code in (200, 400), merchant
        assert not any(int(one["amount"]) for one in answer.json().get("paybacks", ())), merchant
    for moment in ("9998-12-31T00:00:00Z", "1900-01-01T00:00:00Z", "x", "2027-03-06"):
        assert town.get(QUOTE, {"wallet": "w:kim", "amount": "1", "at": moment}).status_code in (200, 400)


def test_a_token_opens_no_page_and_stops_no_campaign(town: Client) -> None:
    models.Account.objects.filter(pk="m:312").update(holder="town")
    for path in (
        "",
        "accounts/m:312/",
        "accounts/m:312/takings/",
        "accounts/m:312/takings.csv",
        "campaigns/",
        "audit/",
    ):
        assert town.get(f"/en/credits/{path}").status_code in (401, 403, 404), path
    for path in ("campaigns/spring-2027/stop/", "audit/verify/", "audit/accept-gap/"):
        assert town.post(f"/en/credits/{path}", {"why": "x"}).status_code == 403, path
    assert campaigns.find_campaign("spring-2027").state == "open"
