"""A ledger with a few accounts, on SQLite or, if BONGSU_DATABASE names one, on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from bongsu.credits import accounts, campaigns, storage
from bongsu.credits.ledger.commands import read_commands
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.posting import post
from bongsu.people.access import Actor
from tests.credits.spring import SPRING

COMMAND = Actor.of_command("tester")
TOWN = Issuer("town", "token town")
TREASURY = Issuer("", "command tester", trusted=True)
SEOUL = ZoneInfo("Asia/Seoul")
MARKETS = ("m:312", "m:313")


@pytest.fixture
def emptied_ledger() -> Iterator[None]:
    """Empties the ledger after a test with transactions of its own; its triggers refuse that otherwise."""
    yield
    triggers = import_module("bongsu.credits.migrations.0004_campaigns")
    heads = import_module("bongsu.credits.migrations.0005_day_heads")
    with connection.schema_editor() as editor:
        heads.drop_triggers(None, editor)  # they use the function that the others drop
        triggers.drop_triggers(None, editor)
        for table in ("transfer", "draw", "lot", "receipt", "edition"):
            editor.execute(f"DELETE FROM credits_{table}")
        triggers.add_triggers(None, editor)
        editor.execute("DELETE FROM credits_dayhead")
        heads.add_triggers(None, editor)


def send(*commands: dict[str, object], issuer: Issuer = TOWN) -> list[Any]:
    """Posts commands written as in JSON, each with an id of its own unless it has one, and returns the outcomes."""
    return post(issuer, read_commands({"commands": [{"id": str(uuid.uuid4()), **command} for command in commands]}))


def pay(debit: str, credit: str, amount: int, unit: str = "KRW", **more: object) -> dict[str, object]:
    """Returns a transfer command."""
    return {"do": "transfer", "debit": debit, "credit": credit, "amount": str(amount), "unit": unit, **more}


@pytest.fixture
def ledger(db: None) -> None:
    """Won in the wallets of kim (10,000) and lee (0) and with a merchant, GPU hours with a project (lots, none yet)."""
    accounts.open_unit(COMMAND, "KRW")
    accounts.open_unit(COMMAND, "GPUH-H100")
    for id in ("kim", "lee", "merchant"):
        accounts.open_account(COMMAND, id, "KRW", keeper="town")
    accounts.open_account(COMMAND, "project", "GPUH-H100", holder=("project", "42"), keeper="town", lots=True)
    accounts.open_account(COMMAND, "centre", "GPUH-H100", keeper="centre")
    send(pay("issue:KRW", "kim", 10_000), issuer=TREASURY)


class Clock:
    """The ledger's clock, for a test."""

    def __init__(self) -> None:
        self.now = datetime(2027, 3, 6, 12, tzinfo=SEOUL)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Lets a test set the ledger's time."""
    clock = Clock()
    monkeypatch.setattr(storage, "_read_clock", clock)
    return clock


@pytest.fixture
def spring(db: None, clock: Clock) -> None:
    """The campaign, two markets, and wallets with 500,000 won: kim (A), kim-b (B, the same person) and lee (A)."""
    accounts.open_unit(COMMAND, "KRW")
    for id in (*MARKETS, "m:small"):
        accounts.open_account(COMMAND, id, "KRW", keeper="town")
    for id, person in (("w:kim", "kim"), ("w:kim-b", "kim"), ("w:lee", "lee")):
        accounts.open_account(COMMAND, id, "KRW", holder=("person", person), keeper="town", lots=True)
        send(pay("issue:KRW", id, 500_000), issuer=TREASURY)
    campaigns.add_members(COMMAND, "markets", MARKETS)
    campaigns.add_members(COMMAND, "small", ["m:small"])
    campaigns.add_members(COMMAND, "group:A", ["w:kim", "w:lee"])
    campaigns.add_members(COMMAND, "group:B", ["w:kim-b"])
    campaigns.open_campaign(COMMAND, SPRING)


def buy(amount: int, wallet: str = "w:kim", merchant: str = "m:312", **more: object) -> Any:
    """Pays with campaigns, and returns the outcome."""
    (outcome,) = send(pay(wallet, merchant, amount, campaigns=True, **more))
    return outcome
