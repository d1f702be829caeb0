"""The interface for machines, with tokens; amounts as people write them; and what is refused whole."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, models
from bongsu.credits.ledger.commands import read_commands
from bongsu.credits.units import MAX_AMOUNT, Unit, format_amount, parse_amount
from bongsu.people.organisations import add_organisation
from bongsu.people.tokens import issue_token
from bongsu.store.node import Node
from bongsu.web import middleware
from tests.credits.conftest import COMMAND, pay

EUR, HOURS, WON = Unit("EUR", "money", 100), Unit("GPUH-H100", "compute", 3600), Unit("KRW", "money", 1)


@pytest.fixture
def machine(ledger: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Client:
    """A machine of the organisation town, with its token."""
    node = Node.create(tmp_path / "node", name="Test node", agency="TEST")
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    settings.ALLOWED_HOSTS = ["testserver"]
    _, secret = issue_token(COMMAND, add_organisation(COMMAND, "town"))
    return Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})


def _post(client: Client, *commands: dict[str, object]) -> Any:
    body = {"commands": [{"id": str(uuid.uuid4()), **command} for command in commands]}
    return client.post("/credits/v1/commands", json.dumps(body), content_type="application/json")


@pytest.mark.django_db
def test_a_machine_moves_amounts_of_its_own_accounts_only(machine: Client) -> None:
    answer = _post(machine, pay("kim", "merchant", 3_000), pay("kim", "merchant", 7_001), pay("issue:KRW", "kim", 1))
    first, second, third = answer.json()["outcomes"]
    assert (answer.status_code, first["outcome"]) == (200, "done")
    assert first["transfers"] == [first["id"]]
    assert second["outcome"] == "funds"
    assert second["message"] == "“kim” can spend 7000 KRW, not 7001 KRW."
    assert third["outcome"] == "unknown"
    assert _post(Client(), pay("kim", "merchant", 1)).status_code == 401


@pytest.mark.django_db
def test_outcomes_are_said_in_the_readers_language(machine: Client) -> None:
    machine.defaults["HTTP_ACCEPT_LANGUAGE"] = "ko"
    (outcome,) = _post(machine, pay("kim", "nobody", 1)).json()["outcomes"]
    assert outcome["message"] == "사용할 수 있는 계정 “nobody”이(가) 없습니다."


@pytest.mark.django_db
def test_an_account_shows_its_balance_and_pages_of_transfers(machine: Client) -> None:
    _post(machine, *[pay("kim", "merchant", 10, memo=f"n{number}") for number in range(3)])
    shown = machine.get("/credits/v1/accounts/kim").json()
    assert (shown["posted"], shown["free"], shown["held"]) == ("9970", "9970", "0")
    listed = machine.get("/credits/v1/accounts/kim/transfers?after=2").json()
    assert [(row["number"], row["amount"], row["memo"]) for row in listed["transfers"]] == [
        (3, "10", "n1"),
        (4, "10", "n2"),
    ]
    assert listed["next"] is None
    assert machine.get("/credits/v1/accounts/kim?as_of=2020-01-01T00:00:00Z").json()["posted"] == "0"
    for address in ("centre", "issue:KRW", "nobody"):  # of others, of the node, of nobody: the same answer
        assert machine.get(f"/credits/v1/accounts/{address}").status_code == 404
    for query in (
        "kim?as_of=2020-01-01",
        "kim?as_of=x",
        "kim?as_of=9999-12-31T23:59:59-12:00",
        "kim?as_of=2020-01-01T00:00:00Z&by=x",
        "kim/transfers?after=-1",
    ):
        assert machine.get(f"/credits/v1/accounts/{query}").status_code == 400, query
    assert Client().get("/credits/v1/accounts/kim", headers={"accept": "application/json"}).status_code == 404


GOOD: dict[str, object] = {"id": "7f0e1a52-6f0a-4f7e-9c61-0c6d1b8f6a10", **pay("kim", "merchant", 5)}
HOLD = {"do": "hold", "until": "2999-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 5},
        {"amount": 5.0},
        *(
            {"amount": text}
            for text in ("0", "-5", "5.0", "1e3", "５", " 5", "5\n", "05", "", str(2**63), "1000000000000001")
        ),
        {"id": "7f0e"},
        {"id": "７f0e1a52-6f0a-4f7e-9c61-0c6d1b8f6a10"},
        {"credit": "kim"},
        {"debit": "kim\n"},
        {"debit": "../kim"},
        {"debit": "k" * 65},
        {"unit": "K" * 65},
        {"do": "mint"},
        {"effective": "2027-02-29T00:00:00Z"},
        {"effective": "2027-03-01T00:00:00"},
        {"from": "2027-03-02T00:00:00Z", "until": "2027-03-01T00:00:00Z"},
        {"origin": "stolen"},
        {"priority": 2000},
        {"actor": "treasurer"},
        {"do": "hold"},
        {"memo": "x" * 201},
    ],
)
def test_a_call_with_a_wrong_command_is_refused_whole(wrong: dict[str, object]) -> None:
    other = GOOD | {"id": "81aa1a52-6f0a-4f7e-9c61-0c6d1b8f6a10"}
    assert len(read_commands({"commands": [other, GOOD]})) == 2
    with pytest.raises(BadInput, match=r"commands\[1\]|commands\.1|“"):
        read_commands({"commands": [other, GOOD | wrong]})


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"commands": []},
        {"commands": [GOOD] * 1001},
        {"commands": [GOOD], "more": 1},
        {"commands": [{"do": "settle", "id": GOOD["id"], "of": GOOD["id"]}]},
        {"commands": [GOOD | {"group": "g"}, GOOD, GOOD | {"group": "g"}]},
    ],
)
def test_calls_of_another_shape_are_refused(document: object) -> None:
    with pytest.raises(BadInput):
        read_commands(document)


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["{", "[1]", '{"commands": [NaN]}', "\0", '{"commands": "x"}', "[" * 100_000])
def test_a_body_that_is_no_call_changes_nothing(machine: Client, body: str) -> None:
    answer = machine.post("/credits/v1/commands", body, content_type="application/json")
    assert answer.status_code == 400
    assert models.Command.objects.filter(organisation="town").count() == 0


def test_amounts_are_read_exactly() -> None:
    """12.34 EUR = 1,234 cents; 1.5 h = 5,400 s; a job of 93,784 s on 8 GPUs = 750,272 GPU-s = 208.408889 h."""
    assert (parse_amount("12.34", EUR), parse_amount("1.5", HOURS), parse_amount("7", WON)) == (1_234, 5_400, 7)
    assert format_amount(8 * 93_784, HOURS) == "208.408889 GPUH-H100"
    assert [format_amount(steps, EUR) for steps in (1_234, 5, -5, 0, 100)] == [
        "12.34 EUR",
        "0.05 EUR",
        "-0.05 EUR",
        "0.00 EUR",
        "1.00 EUR",
    ]
    for text, unit in (
        ("12.345", EUR),
        ("0.5", WON),
        ("0", EUR),
        ("-1", EUR),
        ("1,000", WON),
        ("٣", WON),
        ("1e3", WON),
    ):
        with pytest.raises(BadInput):
            parse_amount(text, unit)
    assert parse_amount(str(MAX_AMOUNT), WON) == MAX_AMOUNT
    with pytest.raises(BadInput):
        parse_amount(str(MAX_AMOUNT + 1), WON)


@pytest.mark.django_db
@pytest.mark.usefixtures("ledger")
def test_accounts_and_units_are_opened_with_care() -> None:
    for wrong in (
        lambda: accounts.open_account(COMMAND, "kim", "KRW"),
        lambda: accounts.open_account(COMMAND, "two words", "KRW"),
        lambda: accounts.open_account(COMMAND, "new", "XXX"),
        lambda: accounts.open_account(COMMAND, "issue:EUR", "KRW"),  # EUR is not counted yet
        lambda: accounts.open_account(COMMAND, "new", "KRW", holder=("robot", "")),
        lambda: accounts.open_account(COMMAND, "new", "KRW", least=5),
        lambda: accounts.open_account(COMMAND, "new", "KRW", least=-5, lots=True),
        lambda: accounts.open_unit(COMMAND, "XXX"),
        lambda: accounts.close_account(COMMAND, "kim"),
        lambda: accounts.set_frozen(COMMAND, "issue:KRW", True, ""),
    ):
        with pytest.raises(BadInput):
            wrong()
    assert not models.Account.objects.filter(pk="new").exists()
