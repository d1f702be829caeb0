"""Lots: what is spent first, what expires, and where amounts go back to."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bongsu.credits import accounts, models, posting, storage
from bongsu.credits.balances import read_balance
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db]
SPRING = datetime(2027, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the ledger's clock, which starts on 5 March 2027."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(storage, "_read_clock", lambda: moment)

    set_clock(SPRING)
    return set_clock


@pytest.fixture
def wallet(db: None, clock: object) -> None:
    """A wallet with lots, of which 1,000 are own, 300 paid back until 30 June and 200 a bonus until 31 May."""
    accounts.open_unit(COMMAND, "KRW")
    accounts.open_account(COMMAND, "wallet", "KRW", keeper="town", lots=True)
    accounts.open_account(COMMAND, "shop", "KRW", keeper="town")
    for amount, origin, until in ((1_000, "own", None), (300, "paid-back", "2027-06-30"), (200, "bonus", "2027-05-31")):
        more = {"until": f"{until}T15:00:00Z"} if until else {}
        send(pay("issue:KRW", "wallet", amount, origin=origin, **more), issuer=TREASURY)


def _lots() -> dict[str, int]:
    return dict(models.Lot.objects.filter(account="wallet").values_list("origin", "remaining"))


def _balance(now: datetime) -> int | None:
    return read_balance(accounts.find_account("wallet"), now).free


@pytest.mark.usefixtures("wallet")
def test_the_earliest_end_is_spent_first() -> None:
    send(pay("wallet", "shop", 250))
    assert _lots() == {"bonus": 0, "paid-back": 250, "own": 1_000}
    send(pay("wallet", "shop", 251))
    assert _lots() == {"bonus": 0, "paid-back": 0, "own": 999}
    assert list(find_breaches()) == []


@pytest.mark.usefixtures("wallet")
def test_priority_decides_between_lots_of_one_end_then_age() -> None:
    for priority, origin in ((1, "grant"), (0, "usage-correction")):
        send(
            pay("issue:KRW", "wallet", 10, origin=origin, priority=priority, until="2027-04-01T00:00:00Z"),
            issuer=TREASURY,
        )
    send(pay("wallet", "shop", 15))
    assert (_lots()["grant"], _lots()["usage-correction"]) == (5, 0)


@pytest.mark.usefixtures("wallet")
def test_one_lot_can_be_named() -> None:
    own = models.Lot.objects.get(origin="own").number
    assert send(pay("wallet", "shop", 1_001, lot=own))[0].outcome == "funds"
    send(pay("wallet", "shop", 600, lot=own))
    assert _lots() == {"bonus": 200, "paid-back": 300, "own": 400}


@pytest.mark.usefixtures("wallet")
def test_a_lot_is_dead_at_its_end_though_nobody_swept(clock: Callable[[datetime], None]) -> None:
    """Until 30 June, 24:00 in Seoul = 15:00 UTC: spendable a second before, not at that second."""
    end = datetime(2027, 6, 30, 15, tzinfo=UTC)
    assert (_balance(end - timedelta(seconds=1)), _balance(end)) == (1_300, 1_000)
    clock(end - timedelta(seconds=1))
    assert send(pay("wallet", "shop", 1))[0].outcome == "done"
    assert _lots() == {"bonus": 0, "paid-back": 299, "own": 1_000}  # the bonus was expired on the way
    clock(end)
    assert send(pay("wallet", "shop", 1_001))[0].outcome == "funds"
    assert send(pay("wallet", "shop", 1_000))[0].outcome == "done"
    assert accounts.find_account("expired:KRW").posted == 200 + 299
    assert list(find_breaches()) == []


@pytest.mark.usefixtures("wallet")
def test_sweeping_expires_lots_and_voids_holds_once(clock: Callable[[datetime], None]) -> None:
    hold = str(uuid.uuid4())
    until = (SPRING + timedelta(days=1)).isoformat()
    send(
        {"do": "hold", "id": hold, "debit": "wallet", "credit": "shop", "unit": "KRW", "amount": "400", "until": until}
    )
    assert _balance(SPRING) == 1_100
    clock(SPRING + timedelta(days=1))
    assert _balance(SPRING + timedelta(days=1)) == 1_500  # free again at once
    assert send({"do": "settle", "of": hold})[0].outcome == "expired-hold"
    assert _balance(SPRING + timedelta(days=1)) == 1_500
    clock(datetime(2027, 7, 1, tzinfo=UTC))
    assert posting.sweep() == 2
    assert posting.sweep() == 0
    assert (_balance(datetime(2027, 7, 1, tzinfo=UTC)), accounts.find_account("wallet").posted) == (1_000, 1_000)
    assert list(find_breaches()) == []


@pytest.mark.usefixtures("wallet")
def test_a_reversal_gives_back_to_the_lots_last_drawn_first() -> None:
    payment = str(uuid.uuid4())
    send(pay("wallet", "shop", 550, id=payment))  # 200 bonus, 300 paid back, 50 own
    assert send({"do": "reverse", "of": payment, "amount": "100"})[0].outcome == "done"
    assert _lots() == {"bonus": 0, "paid-back": 50, "own": 1_000}
    assert send({"do": "reverse", "of": payment, "amount": "451"})[0].outcome == "limit"
    assert send({"do": "reverse", "of": payment})[0].outcome == "done"
    assert _lots() == {"bonus": 200, "paid-back": 300, "own": 1_000}
    assert send({"do": "reverse", "of": payment})[0].outcome == "limit"
    assert accounts.find_account("shop").posted == 0
    assert list(find_breaches()) == []


@pytest.mark.usefixtures("wallet")
def test_a_reversal_is_not_reversed() -> None:
    payment, reversal = str(uuid.uuid4()), str(uuid.uuid4())
    send(pay("wallet", "shop", 50, id=payment), {"do": "reverse", "id": reversal, "of": payment})
    assert send({"do": "reverse", "of": reversal})[0].outcome == "conflict"


@pytest.mark.usefixtures("clock", "db")
def test_only_whole_multiples_are_exchanged_and_there_and_back_never_gains() -> None:
    """1 H100 hour = 4 A100 hours: 101 A100 hours give 25.25; of 7 A100 seconds 4 give 1 and 3 stay."""
    for code in ("GPUH-A100", "GPUH-H100"):
        accounts.open_unit(COMMAND, code)
        accounts.open_account(COMMAND, code[-4:], code, keeper="centre", lots=True)
    day = SPRING.date()
    accounts.set_rate(COMMAND, "GPUH-A100", "GPUH-H100", (1, 4), day, "price list 2027")
    accounts.set_rate(COMMAND, "GPUH-H100", "GPUH-A100", (4, 1), day, "price list 2027")
    end = "2027-06-30T15:00:00Z"
    send(pay("issue:GPUH-A100", "A100", 101 * 3600 + 7, "GPUH-A100", until=end), issuer=TREASURY)

    def exchange(debit: str, credit: str, amount: int) -> str:
        outcome = send({"do": "exchange", "debit": debit, "credit": credit, "amount": str(amount)}, issuer=CENTRE)[0]
        assert len(outcome.transfers) == (2 if outcome.outcome == "done" else 0)
        return str(outcome.outcome)

    def balances() -> tuple[int, int]:
        return accounts.find_account("A100").posted, accounts.find_account("H100").posted

    assert exchange("A100", "H100", 101 * 3600) == "done"
    assert balances() == (7, 90_900)  # 25.25 hours
    assert exchange("A100", "H100", 7) == "done"
    assert balances() == (3, 90_901)
    assert exchange("A100", "H100", 3) == "conflict"
    assert {lot.until for lot in models.Lot.objects.filter(account="H100")} == {datetime(2027, 6, 30, 15, tzinfo=UTC)}
    assert exchange("H100", "A100", 90_901) == "done"
    assert balances() == (101 * 3600 + 7, 0)
    assert list(find_breaches()) == []


CENTRE = posting.Issuer("centre", "token centre")


@pytest.mark.usefixtures("ledger")
def test_the_ledger_takes_its_time_from_a_clock_that_is_set() -> None:
    ahead = timezone.now() + timedelta(hours=1)
    with storage.use_clock(lambda: ahead):
        (first,) = send(pay("kim", "lee", 1))
    (second,) = send(pay("kim", "lee", 1))
    at = dict(models.Transfer.objects.filter(id__in=[first.id, second.id]).values_list("id", "at"))
    assert at == {first.id: ahead, second.id: ahead}, "the ledger's time never goes back"
