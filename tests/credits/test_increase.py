"""Campaigns that pay for the increase of a month's spending: golden amounts, and corrections after refunds."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, campaigns, models
from bongsu.credits.campaign_months import close_due_campaigns, set_baselines, settle_due_months
from bongsu.credits.ledger.increase import list_due_months
from bongsu.credits.rules.document import parse_campaign
from bongsu.credits.unit_table import known_units
from bongsu.credits.verify import find_breaches
from bongsu.people.models import AuditLine
from tests.credits.conftest import COMMAND, SEOUL, TREASURY, Clock, pay, send

INCREASE = """
format = "bongsu.campaign/1"
id = "autumn"
title = { en = "Autumn", ko = "가을", fr = "Automne" }
unit = "KRW"
zone = "Asia/Seoul"
from = 2027-09-01
to = 2027-11-30
stack = "all"
back = { kind = "increase", rate = "20/100", after_days = 14 }
caps = [{ window = "month", amount = 100000 }, { window = "all", amount = 150000 }]
budget = { total = 100000000 }
credit = { until = 2028-12-31, spend_at = "list:small" }
"""


@pytest.fixture(autouse=True)
def autumn(db: None, clock: Clock) -> None:
    """Opens the campaign with the wallets of kim (baseline 100,000), lee (0) and choi (none), 2,000,000 won in each."""
    clock.now = datetime(2027, 9, 10, tzinfo=SEOUL)
    accounts.open_unit(COMMAND, "KRW")
    for id in ("shop", "fair"):
        accounts.open_account(COMMAND, id, "KRW", keeper="town")
    for name in ("kim", "lee", "choi"):
        accounts.open_account(COMMAND, f"w:{name}", "KRW", holder=("person", name), keeper="town", lots=True)
        send(pay("issue:KRW", f"w:{name}", 2_000_000), issuer=TREASURY)
    campaigns.open_campaign(COMMAND, INCREASE)
    campaigns.add_members(COMMAND, "small", ["fair"])
    assert set_baselines(COMMAND, "autumn", b"wallet,amount\nw:kim,100000\nw:lee,0\n") == 2


def _buy(amount: int, name: str = "kim") -> Any:
    (outcome,) = send(pay(f"w:{name}", "shop", amount, campaigns=True))
    return outcome


def _settle(clock: Clock, *day: int) -> None:
    clock.now = datetime(*day, tzinfo=SEOUL)  # type: ignore[arg-type]
    settle_due_months(clock.now)
    assert list(find_breaches()) == []


def _paid(name: str = "kim", month: str | None = None) -> Sequence[int]:
    rows = models.Receipt.objects.filter(person=f"person:{name}", payment=None)
    rows = rows.filter(day=month) if month else rows
    return list(rows.order_by("pk").values_list("amount", flat=True))


def test_a_month_pays_its_increase_when_it_is_over(clock: Clock) -> None:
    assert _buy(250_000).paybacks[0]["amount"] == 0
    _buy(30_333)
    _buy(70_000, "lee")
    _buy(70_000, "choi")
    _settle(clock, 2027, 10, 14)
    assert models.Receipt.objects.filter(payment=None).count() == 0  # 14 days after the end are not over
    _settle(clock, 2027, 10, 15)
    assert _paid("kim") == [36_066]  # 20 % of 280,333 - 100,000 is 36,066.6
    assert _paid("lee") == [14_000]  # a baseline of 0: all counts
    assert _paid("choi") == [0]  # no baseline
    assert accounts.find_account("w:kim").posted == 2_000_000 - 280_333 + 36_066
    _settle(clock, 2027, 10, 16)  # once
    assert _paid("kim") == [36_066]


def test_caps_of_a_month_and_in_all(clock: Clock) -> None:
    _buy(700_000)  # 120,000: 100,000 at most
    _settle(clock, 2027, 10, 15)
    _buy(600_000)  # 100,000: 50,000 are left in all
    _settle(clock, 2027, 11, 15)
    assert _paid() == [100_000, 50_000]


def test_a_refund_is_corrected_with_the_next_month(clock: Clock) -> None:
    first = _buy(300_000)
    _settle(clock, 2027, 10, 15)
    assert _paid() == [40_000]
    (outcome,) = send({"do": "reverse", "of": first.id, "amount": "50000"})
    assert outcome.paybacks[0]["amount"] == 0  # not before the next month
    _buy(200_000)
    wallet = accounts.find_account("w:kim").posted
    _settle(clock, 2027, 11, 15)
    assert _paid(month="2027-09") == [40_000, -10_000]
    assert _paid(month="2027-10") == [20_000]
    assert accounts.find_account("w:kim").posted == wallet + 10_000


def test_what_the_next_month_does_not_cover_comes_from_the_lots_then_is_owed(clock: Clock) -> None:
    first = _buy(300_000)
    _settle(clock, 2027, 10, 15)
    send(pay("w:kim", "fair", 35_000))  # of 40,000 that were paid back
    send({"do": "reverse", "of": first.id})
    _settle(clock, 2027, 11, 15)
    assert accounts.find_account("receivable:KRW").posted == -35_000
    _buy(400_000)
    _settle(clock, 2027, 12, 15)
    assert accounts.find_account("receivable:KRW").posted == 0  # settled by 60,000 of November
    lots = models.Lot.objects.filter(account="w:kim", campaign="autumn", remaining__gt=0)
    assert [lot.remaining for lot in lots] == [25_000]


def test_a_campaign_closes_when_its_last_month_was_computed(clock: Clock) -> None:
    clock.now = datetime(2027, 11, 30, tzinfo=SEOUL)
    _buy(300_000)
    clock.now = datetime(2027, 12, 31, tzinfo=SEOUL)
    assert settle_due_months(clock.now) == 3  # one person, three months
    assert close_due_campaigns(clock.now) == 1
    assert accounts.find_account("issue:KRW").posted == -6_000_000 - 40_000
    assert list(find_breaches()) == []


def _close(clock: Clock, name: str) -> None:
    send(pay(name, "fair", accounts.find_account(name).posted))
    accounts.close_account(COMMAND, name)


def test_signed_baselines(tmp_path: Path) -> None:
    """The key and the signature are made as the manual says, by OpenSSL."""
    file, signature = tmp_path / "baselines.csv", tmp_path / "baselines.csv.sig"
    file.write_bytes(b"wallet,amount\nw:kim,5\n")
    with pytest.raises(BadInput, match="names no key"):
        set_baselines(COMMAND, "autumn", file.read_bytes(), signature=b"x" * 64)
    script = """
        openssl genpkey -algorithm ed25519 -out key.pem
        openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | base64
        openssl pkeyutl -sign -rawin -inkey key.pem -in baselines.csv -out baselines.csv.sig"""
    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    key = done.stdout.strip()
    campaigns.change_campaign(COMMAND, "autumn", f'{INCREASE}baselines = {{ signed_by = "{key}" }}\n', "a key")
    with pytest.raises(BadInput, match="a signed file only"):
        set_baselines(COMMAND, "autumn", file.read_bytes())
    good = signature.read_bytes()
    for wrong in (b"", good[:-1], bytes([good[0] ^ 1]) + good[1:]):
        with pytest.raises(BadInput, match="was not signed"):
            set_baselines(COMMAND, "autumn", file.read_bytes(), signature=wrong)
    with pytest.raises(BadInput, match="was not signed"):
        set_baselines(COMMAND, "autumn", file.read_bytes().replace(b"5", b"0"), signature=good)
    assert models.Baseline.objects.count() == 2
    assert set_baselines(COMMAND, "autumn", file.read_bytes(), signature=good) == 1
    assert AuditLine.objects.get(action="credits.set-baselines", after__key=key).after["people"] == 1


@pytest.mark.parametrize("key", ["", "x", "A" * 44, "A" * 42 + "B="])
def test_another_text_is_no_key(key: str) -> None:
    with pytest.raises(BadInput):
        parse_campaign(f'{INCREASE}baselines = {{ signed_by = "{key}" }}\n', known_units())


def test_nothing_is_paid_into_a_closed_wallet(clock: Clock) -> None:
    _buy(300_000)
    _close(clock, "w:kim")
    _settle(clock, 2027, 10, 15)
    assert _paid() == [0]
    assert models.Receipt.objects.get(payment=None, person="person:kim").reasons[-1] == ["wallet-closed", {}]
    accounts.set_frozen(COMMAND, "w:kim", False, "back again")
    _settle(clock, 2027, 11, 15)  # with the next month
    assert (_paid(), accounts.find_account("w:kim").posted) == ([0, 40_000, 0], 40_000)


def test_a_month_goes_to_another_wallet_if_one_was_closed(clock: Clock) -> None:
    accounts.open_account(COMMAND, "w:kim2", "KRW", holder=("person", "kim"), keeper="town", lots=True)
    send(pay("issue:KRW", "w:kim2", 200_000), issuer=TREASURY)
    _buy(150_000)
    _buy(150_000, "kim2")
    _close(clock, "w:kim2")
    wallet = accounts.find_account("w:kim").posted
    _settle(clock, 2027, 10, 15)
    assert accounts.find_account("w:kim").posted == wallet + 40_000


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2027, 10, 14), []),
        (date(2027, 10, 15), ["2027-09"]),
        (date(2027, 12, 15), ["2027-09", "2027-10", "2027-11"]),
        (date(2029, 1, 1), ["2027-09", "2027-10", "2027-11"]),
    ],
)
def test_a_month_is_due_after_its_days(day: date, months: list[str]) -> None:
    assert list_due_months(parse_campaign(INCREASE, known_units()), day) == months


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"wallet,amount\nw:kim,1\nw:nobody,2\n", "b.csv, 3"),
        (b"wallet,amount\nw:kim,-1\n", "b.csv, 2"),
        (b"wallet,amount\nw:kim,1.5\n", "b.csv, 2"),
        (b"wallet,amount\nw:kim,1\nw:kim,2\n", "b.csv, 3"),
        (b"holder,amount\nkim,1\n", "b.csv"),
    ],
)
def test_a_wrong_baseline_refuses_the_file(clock: Clock, text: bytes, where: str) -> None:
    with pytest.raises(BadInput) as wrong:
        set_baselines(COMMAND, "autumn", text, "b.csv")
    assert wrong.value.where == where
    assert models.Baseline.objects.count() == 2


def test_a_refund_after_the_last_month_is_corrected_when_the_campaign_closes(clock: Clock) -> None:
    clock.now = datetime(2027, 11, 30, tzinfo=SEOUL)
    payment = _buy(300_000)
    _settle(clock, 2027, 12, 15)
    assert _paid(month="2027-11") == [40_000]
    send({"do": "reverse", "of": payment.id, "amount": "150000"})  # 50,000 over the baseline are left: 10,000
    clock.now = datetime(2027, 12, 31, tzinfo=SEOUL)
    assert settle_due_months(clock.now) == 0
    close_due_campaigns(clock.now)
    assert _paid(month="2027-11") == [40_000, -30_000]
    assert accounts.find_account("issue:KRW").posted == -6_000_000 - 10_000
    assert list(find_breaches()) == []


def test_who_closes_a_campaign_also_computes_its_last_month(clock: Clock) -> None:
    clock.now = datetime(2027, 11, 30, tzinfo=SEOUL)
    _buy(300_000)
    clock.now = datetime(2027, 12, 31, tzinfo=SEOUL)
    campaigns.close_campaign(COMMAND, "autumn")  # nobody has tended
    assert _paid(month="2027-11") == [40_000]
    assert list(find_breaches()) == []


def test_a_late_refund_changes_no_month(clock: Clock) -> None:
    clock.now = datetime(2027, 11, 30, tzinfo=SEOUL)
    payment = _buy(300_000)
    clock.now = datetime(2027, 12, 31, tzinfo=SEOUL)
    assert send({"do": "reverse", "of": payment.id})[0].paybacks[0]["reasons"] == [["late", {}]]
    settle_due_months(clock.now)
    close_due_campaigns(clock.now)
    assert _paid(month="2027-11") == [40_000]


def test_a_refund_does_not_say_with_which_wallet_somebody_paid_last(clock: Clock) -> None:
    accounts.open_account(COMMAND, "w:kim2", "KRW", holder=("person", "kim"), keeper="town", lots=True)
    send(pay("issue:KRW", "w:kim2", 200_000), issuer=TREASURY)
    first = _buy(150_000)
    _buy(150_000, "kim2")
    send({"do": "reverse", "of": first.id, "amount": "1"})
    _settle(clock, 2027, 10, 15)
    assert models.Receipt.objects.get(payment=None, amount__gt=0).wallet == "w:kim2"


def test_a_campaign_is_not_closed_before_its_last_month_is_computed(clock: Clock) -> None:
    text = INCREASE + "reverse = { days = 0 }\n"
    campaigns.change_campaign(COMMAND, "autumn", text, "no days for refunds")
    row = campaigns.find_campaign("autumn")
    assert campaigns.find_closing_day(row) == date(2027, 12, 15)
