"""Thousands of random commands, over days of the ledger's clock: every invariant holds, and the past stays as it was."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from bongsu.credits import accounts, models, posting, storage
from bongsu.credits.balances import read_balance, read_balance_at
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db]
START = datetime(2027, 1, 1, tzinfo=UTC)
ACCOUNTS = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize("seed", range(3))
def test_the_invariants_hold_whatever_is_sent(seed: int, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    now = START
    monkeypatch.setattr(storage, "_read_clock", lambda: now)
    accounts.open_unit(COMMAND, "KRW")
    for id in ACCOUNTS:
        accounts.open_account(COMMAND, id, "KRW", keeper="town", lots=id in "abc")
    sent: list[str] = []
    made: dict[str, list[str]] = {"pay": [], "hold": []}
    seen: dict[str, int] = {}
    past: dict[datetime, dict[str, int]] = {}

    def moment() -> str:
        return (now + timedelta(hours=draw.randint(1, 48))).isoformat()

    def command() -> dict[str, object]:
        debit, credit = draw.sample(ACCOUNTS, 2)
        kind = draw.choice(("pay", "pay", "hold", "settle", "void", "reverse"))
        id, amount = str(uuid.UUID(int=draw.getrandbits(128), version=4)), draw.randint(1, 400)
        sent.append(id)
        of = made["pay" if kind == "reverse" else "hold"][-8:] or [str(uuid.uuid4())]
        if kind in made:
            made[kind].append(id)
        match kind:
            case "pay":
                lot = {"until": moment()} if draw.random() < 0.5 else {}
                back = (
                    {"effective": (now - timedelta(hours=draw.randint(0, 30))).isoformat()}
                    if draw.random() < 0.2
                    else {}
                )
                return pay(debit, credit, amount, id=id, **lot, **back)
            case "hold":
                hold = {"do": "hold", "debit": debit, "credit": credit, "unit": "KRW", "until": moment()}
                return hold | {"id": id, "amount": str(amount)}
            case _:
                part = {"amount": str(amount)} if kind != "void" and draw.random() < 0.7 else {}
                return {"do": kind, "id": id, "of": draw.choice([*of, str(uuid.uuid4())]), **part}

    for _ in range(30):
        more = {"until": moment()} if draw.random() < 0.5 else {}
        send(pay("issue:KRW", draw.choice(ACCOUNTS), 1_000, **more), issuer=TREASURY)
        commands = [command() for _ in range(draw.randint(1, 20))]
        for first, second in zip(commands[::2], commands[1::2], strict=False):
            if draw.random() < 0.3:
                first["group"] = second["group"] = str(first["id"])
        for outcome in send(*commands):
            seen[outcome.outcome] = seen.get(outcome.outcome, 0) + 1
        if draw.random() < 0.2:
            posting.sweep()
        assert list(find_breaches()) == []
        past[now] = {id: accounts.find_account(id).posted for id in ACCOUNTS}
        now += timedelta(hours=draw.randint(1, 12))
    assert {"done", "funds", "limit", "expired-hold", "conflict", "unknown"} <= set(seen)
    for then, balances in draw.sample(sorted(past.items()), 8):
        for id, posted in balances.items():
            account = accounts.find_account(id)
            assert read_balance_at(account, then) == posted
            assert read_balance_at(account, then, by="effective") == _sum_effective(id, then)
    assert posting.sweep() >= 0
    for id in ACCOUNTS:
        account = accounts.find_account(id)
        assert read_balance(account, now).free == account.posted - account.held


def _sum_effective(account: str, moment: datetime) -> int:
    """Adds up an account's transfers that took effect by a moment, one by one."""
    rows = models.Transfer.objects.filter(state__in=("posted", "post"), effective__lte=moment)
    return sum((row.credit_id == account) * row.amount - (row.debit_id == account) * row.amount for row in rows)
