"""A ledger with a few accounts, on SQLite or, if BONGSU_DATABASE names one, on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from bongsu.credits import accounts
from bongsu.credits.ledger.commands import read_commands
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.posting import post
from bongsu.people.access import Actor

COMMAND = Actor.of_command("tester")
TOWN = Issuer("town", "token town")
TREASURY = Issuer("", "command tester", trusted=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keeps the records in a file, as a node does: SQLite in memory knows no transactions beside each other."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("records") / "records.sqlite3")


@pytest.fixture
def emptied_ledger() -> Iterator[None]:
    """Empties the ledger after a test with transactions of its own; its triggers refuse that otherwise."""
    yield
    triggers = import_module("bongsu.credits.migrations.0004_campaigns")
    with connection.schema_editor() as editor:
        triggers.drop_triggers(None, editor)
        for table in ("transfer", "draw", "lot", "receipt", "edition"):
            editor.execute(f"DELETE FROM credits_{table}")
        triggers.add_triggers(None, editor)
        heads = import_module("bongsu.credits.migrations.0005_day_heads")
        heads.drop_triggers(None, editor)
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
