"""The export for beancount: a small checker of its own always reads it; bean-check itself where it is installed."""

from __future__ import annotations

import random
import re
import subprocess
import tracemalloc
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bongsu.core.errors import UnknownName
from bongsu.credits import accounts, models, storage
from bongsu.credits.export import name_account, write_beancount
from tests.conftest import ORACLES
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db]
START = datetime(2100, 1, 30, 22, tzinfo=UTC)

_ACCOUNT = r"(?:Assets|Equity)(?::[A-Z0-9][A-Za-z0-9-]*)+"
_UNIT = r"[A-Z][A-Z0-9-]{0,22}[A-Z0-9]"
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_META = r'(?:\n  [a-z]+: (?:"(?:[^"\\\n]|\\["\\])*"|[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}))*'
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_COMMODITY = re.compile(rf"1970-01-01 commodity {_UNIT}{_META}")
_OPEN = re.compile(rf"{_DAY} open ({_ACCOUNT}) ({_UNIT}){_META}")
_BALANCE = re.compile(rf"{_DAY} balance ({_ACCOUNT}) ({_NUMBER}) ~ 0 ({_UNIT})")
_POSTING = rf"\n  ({_ACCOUNT})  ({_NUMBER}) ({_UNIT})"
_TRANSFER = re.compile(rf'{_DAY} \* "(?:[^"\\\n]|\\["\\])*"{_META}{_POSTING}{_POSTING}')


def _check(text: str) -> int:
    """Reads an export as beancount does: accounts are open, transfers add up to 0, balances come out. Returns the transfers."""
    opened: dict[str, tuple[str, str]] = {}
    balances: dict[str, tuple[str, Decimal]] = {}
    sums: dict[str, Decimal] = {}
    last = ""
    count = 0
    for block in re.split(r"\n(?=[0-9])|\n\n", text.strip()):
        if found := _OPEN.fullmatch(block):
            assert found[2] not in opened
            opened[found[2]] = (found[1], found[3])
        elif found := _BALANCE.fullmatch(block):
            assert found[4] == opened[found[2]][1]
            balances[found[2]] = (found[1], Decimal(found[3]))
        elif found := _TRANSFER.fullmatch(block):
            count += 1
            day, *postings = found.groups()
            assert last <= day
            last = day
            for name, number, unit in (postings[:3], postings[3:]):
                assert opened[name][0] <= day < balances[name][0]
                assert opened[name][1] == unit
                sums[name] = sums.get(name, Decimal(0)) + Decimal(number)
            assert Decimal(postings[1]) + Decimal(postings[4]) == 0
        else:
            assert _COMMODITY.fullmatch(block), block
    assert opened.keys() == balances.keys()
    for name, (_, amount) in balances.items():
        assert sums.get(name, 0) == amount, name
    return count


def _bean_check(text: str, folder: Path) -> str:
    """Returns what bean-check says of an export: nothing, if it holds."""
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([ORACLES / "bean-check", "--no-cache", file], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def busy_ledger(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random transfers, holds, reversals, expiries and exchanges of three units over some days, with odd names and memos."""
    draw = random.Random(7)
    now = START
    monkeypatch.setattr(storage, "_read_clock", lambda: now)
    names = ["w:kim", "W:kim", "Xw:kim", "w.kim", "w_kim", "w-kim", "w-2ekim", "w::kim", "1:2", "w:Kim:"]
    for unit in ("KRW", "EUR", "GPUH-A100", "GPUH-H100"):
        accounts.open_unit(COMMAND, unit)
        for number, name in enumerate(names):
            accounts.open_account(COMMAND, f"{name}{unit[-4:]}", unit, keeper="town", lots=number % 3 == 0)
    accounts.set_rate(COMMAND, "GPUH-A100", "GPUH-H100", (1, 4), now.date(), "test")
    made: list[str] = []
    rows = models.Account.objects.exclude(holder_kind="system").values_list("id", "unit_id")
    by_unit: dict[str, list[str]] = {}
    for id, unit in rows.order_by("id"):
        by_unit.setdefault(unit, []).append(id)
    for _ in range(40):
        unit = draw.choice(list(by_unit))
        until = {"until": (now + timedelta(hours=30)).isoformat()} if draw.random() < 0.4 else {}
        send(pay(f"issue:{unit}", draw.choice(by_unit[unit]), 90_001, unit, **until), issuer=TREASURY)
        commands: list[dict[str, object]] = []
        for _ in range(draw.randint(1, 25)):
            unit = draw.choice(list(by_unit))
            debit, credit = draw.sample(by_unit[unit], 2)
            id, kind = str(uuid.UUID(int=draw.getrandbits(128), version=4)), draw.random()
            memo = draw.choice(["", 'says "no" \\ yes', "커피 두 잔", "a\tb\nc", "; * 2027-01-01 open", "\u2028\x85é"])
            if kind < 0.7 or not made:
                made.append(id)
                commands.append(pay(debit, credit, draw.randint(1, 4_000), unit, id=id, memo=memo))
            elif kind < 0.8:
                hold = {"do": "hold", "until": (now + timedelta(hours=9)).isoformat()}
                commands.append({**pay(debit, credit, draw.randint(1, 900), unit, id=id), **hold})
                if draw.random() < 0.7:
                    commands.append({"do": "settle", "of": id})
            elif kind < 0.9:
                commands.append({"do": "reverse", "of": draw.choice(made), "why": memo})
            else:
                a, h = draw.choice(by_unit["GPUH-A100"]), draw.choice(by_unit["GPUH-H100"])
                commands.append({"do": "exchange", "debit": a, "credit": h, "amount": str(draw.randint(4, 900))})
        send(*commands)
        now += timedelta(hours=draw.randint(1, 9))


@pytest.mark.parametrize("unit", ["", "EUR", "GPUH-H100"])
@pytest.mark.usefixtures("busy_ledger")
def test_the_export_balances(unit: str) -> None:
    posted = models.Transfer.objects.filter(state__in=("posted", "post"), unit__contains=unit)
    assert {"exchange", "reversal", "expiry"} <= set(posted.values_list("kind", flat=True)) or unit == "EUR"
    assert _check("".join(write_beancount(unit))) == posted.count() > 20


@pytest.mark.beancount
@pytest.mark.usefixtures("busy_ledger")
def test_bean_check_accepts_the_export_and_no_other_balance(tmp_path: Path) -> None:
    text = "".join(write_beancount())
    assert _bean_check(text, tmp_path) == ""
    wrong = re.sub(r"(balance Equity:issue|balance Equity:Xissue):EUR -(\d+)\.(\d)(\d) ", r"\1:EUR -\2.\g<3>9 ", text)
    assert wrong != text
    assert "Balance failed" in _bean_check(wrong, tmp_path)


def test_amounts_are_exact_and_gpu_hours_are_counted_in_steps(ledger: None) -> None:
    accounts.open_unit(COMMAND, "EUR")
    accounts.open_account(COMMAND, "shop", "EUR")
    send(
        pay("issue:EUR", "shop", 1_205, "EUR"),
        pay("issue:GPUH-H100", "project", 8 * 93_784, "GPUH-H100"),
        issuer=TREASURY,
    )
    text = "".join(write_beancount())
    assert "  Assets:Xshop  12.05 EUR\n" in text
    assert "balance Assets:Xshop 12.05 ~ 0 EUR\n" in text
    assert "  Assets:Xproject  750272 GPUH-H100-STEP\n" in text
    assert 'commodity GPUH-H100-STEP\n  unit: "GPUH-H100"\n  steps: 3600\n' in text
    with pytest.raises(UnknownName):
        write_beancount("USD")


def _read_back(name: str) -> str:
    """Returns the id of an account, from its name."""
    parts = [part.removeprefix("X") for part in name.split(":")[1:]]
    return ":".join(re.sub("-([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), part) for part in parts)


def test_the_name_of_an_account_has_its_id() -> None:
    draw = random.Random(3)
    ids = [
        "X",
        "x",
        "XX",
        "0",
        "a:",
        "a::b",
        "a-2eb",
        "issue:KRW",
        "issuer",
        *(draw.choice("aX9") + "".join(draw.choices("aXZ09.:_-", k=draw.randint(0, 12))) for _ in range(2000)),
    ]
    for id in ids:
        name = name_account(id)
        assert re.fullmatch(_ACCOUNT, name), name
        assert _read_back(name) == id
        assert name.startswith("Equity:") == (id == "issue:KRW")


def test_the_export_is_written_in_parts(ledger: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the transfers take no more memory."""

    def measure() -> int:
        tracemalloc.start()
        for _ in write_beancount():
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    for _ in range(3):
        send(*[pay("kim", "lee", 1) for _ in range(1000)])
    measure()
    small = measure()
    for _ in range(7):
        send(*[pay("kim", "lee", 1) for _ in range(1000)])
    assert measure() < 1.5 * small


def test_what_is_recorded_while_the_export_is_written_is_not_in_it(ledger: None) -> None:
    lines = write_beancount()
    text = next(lines) + next(lines) + next(lines)
    send(pay("kim", "lee", 7))
    assert _check(text + "".join(lines)) == 1
