"""Payback with a payment, its caps and budgets, refunds and what is owed: the numbers of CREDITS.md section 9."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, campaigns, models, posting, storage
from bongsu.credits.balances import read_balance
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, MARKETS, SEOUL, TOWN, TREASURY, Clock, buy, pay, send
from tests.credits.spring import SPRING

HOLD = {"amount": "1", "unit": "KRW", "until": "2027-03-07T00:00:00Z"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]


def refund(payment: Any, amount: int | None = None) -> Any:
    """Reverses a payment, or a part of it."""
    part = {} if amount is None else {"amount": str(amount)}
    (outcome,) = send({"do": "reverse", "of": payment.id, **part})
    assert outcome.outcome == "done"
    return outcome


def back(outcome: Any) -> int:
    """Returns what the campaign paid, or took back (below zero), by an outcome."""
    return sum(int(one["amount"]) for one in outcome.paybacks)


def paid_back(wallet: str) -> int:
    """Returns what is left of what was paid back to a wallet."""
    balance = read_balance(accounts.find_account(wallet), storage._read_clock())
    return sum(lot.remaining for lot in balance.lots if lot.origin == "paid-back")


def owed() -> int:
    """Returns what people owe the campaign."""
    return -accounts.find_account("receivable:KRW").posted


def test_payment_and_payback_are_one(clock: Clock) -> None:
    outcome = buy(52_000)
    assert (outcome.outcome, len(outcome.transfers), back(outcome)) == ("done", 2, 6_000)
    assert [code for code, _ in outcome.paybacks[0]["reasons"]] == ["step"]
    wallet = accounts.find_account("w:kim")
    assert wallet.posted == 500_000 - 52_000 + 6_000
    assert accounts.find_account("campaign:spring-2027").posted == 90_000_000 - 6_000
    (again,) = send(pay("w:kim", "m:312", 52_000, campaigns=True, id=outcome.id))
    assert (again.outcome, again.transfers, back(again)) == ("seen", outcome.transfers, 6_000)
    assert accounts.find_account("w:kim").posted == wallet.posted
    assert list(find_breaches()) == []


def test_caps_of_a_person_over_two_wallets() -> None:
    assert back(buy(100_000)) == 15_000
    assert back(buy(100_000)) == 0  # the cap of the day
    assert back(buy(100_000, "w:kim-b")) == 15_000  # not for the group B
    assert back(buy(100_000, "w:kim-b")) == 10_000  # 40,000 in all
    assert back(buy(100_000, "w:kim-b")) == 0
    assert back(buy(100_000, "w:lee")) == 15_000  # another person
    assert list(find_breaches()) == []


def test_a_new_day_has_a_new_cap(clock: Clock) -> None:
    clock.now = datetime(2027, 3, 6, 23, 59, 59, tzinfo=SEOUL)
    assert back(buy(100_000)) == 15_000
    assert back(buy(100_000)) == 0
    clock.now += timedelta(seconds=1)
    assert back(buy(100_000)) == 15_000


def test_paid_back_money_is_spent_first_and_never_earns_again(clock: Clock) -> None:
    buy(100_000)
    campaigns.add_members(COMMAND, "small", MARKETS)
    clock.now += timedelta(days=1)
    outcome = buy(32_000)  # 15,000 of it are paid back: 17,000 count
    assert back(outcome) == 0
    assert [code for code, _ in outcome.paybacks[0]["reasons"]] == ["origin", "least"]
    assert paid_back("w:kim") == 0


def test_paid_back_money_is_for_the_shops_of_a_list() -> None:
    buy(100_000)
    send(pay("w:kim", "w:lee", 400_000))  # own money: what was paid back cannot go there
    assert paid_back("w:kim") == 15_000
    assert send(pay("w:kim", "w:lee", 1))[0].outcome == "funds"
    assert send(pay("w:kim", "m:small", 15_001))[0].outcome == "funds"
    assert send(pay("w:kim", "m:small", 15_000))[0].outcome == "done"


def test_paid_back_money_ends_with_its_last_day(clock: Clock) -> None:
    buy(100_000)
    clock.now = datetime(2027, 6, 30, 23, 59, tzinfo=SEOUL)
    assert send(pay("w:kim", "m:small", 5_000))[0].outcome == "done"
    assert paid_back("w:kim") == 10_000  # first, before own money
    clock.now = datetime(2027, 7, 1, tzinfo=SEOUL)
    assert send(pay("w:kim", "m:small", 400_001))[0].outcome == "funds"
    posting.sweep()
    assert accounts.find_account("expired:KRW").posted == 10_000
    assert list(find_breaches()) == []


def test_a_refund_takes_back_what_would_not_have_been_paid() -> None:
    payment = buy(100_000)
    assert back(refund(payment, 40_000)) == -9_000  # 60,000 are left: 6,000
    assert back(refund(payment, 20_000)) == -3_000  # 40,000: 3,000
    assert paid_back("w:kim") == 3_000
    assert back(refund(payment)) == -3_000
    assert (paid_back("w:kim"), owed()) == (0, 0)
    wallet = accounts.find_account("w:kim")
    assert wallet.posted == 500_000
    assert accounts.find_account("campaign:spring-2027").posted == 90_000_000
    assert back(buy(100_000)) == 15_000  # the cap of the day is free again
    assert list(find_breaches()) == []


def test_what_was_spent_is_owed_and_settled_by_the_next_payback(clock: Clock) -> None:
    payment = buy(100_000)
    send(pay("w:kim", "m:small", 15_000))
    assert back(refund(payment, 40_000)) == -9_000
    assert (paid_back("w:kim"), owed()) == (0, 9_000)
    clock.now += timedelta(days=1)
    outcome = buy(50_000)
    assert back(outcome) == 6_000
    assert (paid_back("w:kim"), owed()) == (0, 3_000)
    assert ["receivable", {"amount": 6_000}] in outcome.paybacks[0]["reasons"]
    assert back(buy(50_000)) == 6_000
    assert (paid_back("w:kim"), owed()) == (3_000, 0)
    assert list(find_breaches()) == []


def test_a_refund_takes_its_own_lot_first(clock: Clock) -> None:
    buy(100_000)
    clock.now += timedelta(days=1)
    second = buy(50_000)
    refund(second)
    lots = models.Lot.objects.filter(campaign="spring-2027").order_by("number")
    assert [lot.remaining for lot in lots] == [15_000, 0]


def test_a_refund_takes_other_lots_of_the_campaign_before_it_owes(clock: Clock) -> None:
    first = buy(100_000)
    send(pay("w:kim", "m:small", 10_000))  # 5,000 of the first are left
    clock.now += timedelta(days=1)
    send(pay("w:kim", "m:small", 5_000))
    buy(50_000)  # 6,000
    assert back(refund(first)) == -15_000
    assert (paid_back("w:kim"), owed()) == (0, 9_000)


def test_what_had_expired_is_not_owed(clock: Clock) -> None:
    campaigns.change_campaign(COMMAND, "spring-2027", f"{SPRING}reverse = {{ days = 200 }}", "later refunds")
    payment = buy(100_000)
    send(pay("w:kim", "m:small", 4_000))  # 11,000 expire
    clock.now = datetime(2027, 7, 2, tzinfo=SEOUL)
    outcome = refund(payment)
    assert back(outcome) == -15_000
    assert ["forgiven", {"amount": 11_000}] in outcome.paybacks[0]["reasons"]
    assert owed() == 4_000
    row = campaigns.find_campaign("spring-2027")
    total, *_ = campaigns.list_budgets(row, campaigns.read_rules(row))
    assert total.paid == 11_000  # what expired did not come back to the budget
    assert list(find_breaches()) == []


def test_a_refund_takes_nothing_from_a_lot_that_has_ended(clock: Clock) -> None:
    """What the refund itself gives back to such a lot expires."""
    campaigns.change_campaign(COMMAND, "spring-2027", SPRING.replace("2027-06-30", "2027-03-14"), "a short end")
    campaigns.add_members(COMMAND, "small", MARKETS)
    buy(100_000)
    clock.now += timedelta(days=1)
    payment = buy(100_000)  # 15,000 of it are paid back: 85,000 count
    assert back(payment) == 6_000
    clock.now = datetime(2027, 3, 15, 9, tzinfo=SEOUL)
    outcome = refund(payment)
    assert ["forgiven", {"amount": 6_000}] in outcome.paybacks[0]["reasons"]
    assert (paid_back("w:kim"), owed()) == (0, 0)
    assert list(find_breaches()) == []
    posting.sweep()
    assert accounts.find_account("expired:KRW").posted == 21_000


@pytest.mark.parametrize(("short", "paid"), [("part", 2_000), ("none", 0)])
def test_a_group_without_money_never_stops_a_payment(short: str, paid: int) -> None:
    text = SPRING.replace("A = 60000000", "A = 17000").replace('"part"', f'"{short}"')
    campaigns.change_campaign(COMMAND, "spring-2027", text, "a small budget")
    buy(100_000)
    outcome = buy(30_000, "w:lee")
    assert (outcome.outcome, back(outcome)) == ("done", paid)
    assert back(buy(30_000, "w:kim-b")) == 3_000  # the end of A is not the end of B


def test_a_larger_budget_counts_from_its_edition_on() -> None:
    campaigns.change_campaign(COMMAND, "spring-2027", SPRING.replace("A = 60000000", "A = 3000"), "less")
    assert back(buy(30_000)) == 3_000
    assert back(buy(30_000)) == 0
    campaigns.change_campaign(COMMAND, "spring-2027", SPRING.replace("total = 90000000", "total = 90000001"), "more")
    assert back(buy(30_000)) == 3_000
    assert accounts.find_account("campaign:spring-2027").posted == 90_000_001 - 6_000


def test_a_stopped_campaign_pays_nothing_and_still_takes_back() -> None:
    payment = buy(50_000)
    campaigns.stop_campaign(COMMAND, "spring-2027", "enough")
    assert buy(50_000).paybacks == ()
    assert back(refund(payment)) == -6_000


def test_a_campaign_closes_after_the_days_for_refunds_and_returns_its_money(clock: Clock) -> None:
    payment = buy(50_000)
    clock.now = datetime(2027, 4, 13, 23, 59, tzinfo=SEOUL)  # 30 days after 14 March
    assert campaigns.list_due_campaigns(clock.now) == []
    clock.now += timedelta(minutes=1)
    (due,) = campaigns.list_due_campaigns(clock.now)
    campaigns.close_campaign(COMMAND, due.pk)
    assert accounts.find_account("campaign:spring-2027").posted == 0
    assert accounts.find_account("issue:KRW").posted == -1_500_000 - 6_000
    outcome = refund(payment)
    assert (back(outcome), outcome.paybacks[0]["reasons"]) == (0, [["closed", {}]])
    assert list(find_breaches()) == []


def test_refunds_count_until_the_days_for_them_have_passed(clock: Clock) -> None:
    """Also if nobody has closed the campaign yet."""
    payment = buy(50_000)
    clock.now = datetime(2027, 4, 13, 23, 59, tzinfo=SEOUL)  # 30 days after 14 March
    assert back(refund(payment, 10_000)) == -3_000
    clock.now += timedelta(minutes=1)
    outcome = refund(payment)
    assert (outcome.outcome, back(outcome), outcome.paybacks[0]["reasons"]) == ("done", 0, [["late", {}]])
    assert paid_back("w:kim") == 3_000
    assert list(find_breaches()) == []


def test_a_refund_reaches_a_wallet_that_was_emptied_and_closed() -> None:
    """A treasurer opens it again."""
    payment = buy(100_000)
    send(pay("w:kim", "m:313", 400_000), pay("w:kim", "m:small", 15_000))
    accounts.close_account(COMMAND, "w:kim")
    (outcome,) = send({"do": "reverse", "of": payment.id})
    assert outcome.outcome == "frozen"
    with pytest.raises(BadInput):
        accounts.set_frozen(COMMAND, "w:kim", True, "not from closed")
    accounts.set_frozen(COMMAND, "w:kim", False, "a refund")
    assert back(refund(payment)) == -15_000
    assert (accounts.find_account("w:kim").posted, owed()) == (100_000, 15_000)
    assert list(find_breaches()) == []


def test_the_payers_moment_gives_the_day_if_it_is_near(clock: Clock) -> None:
    clock.now = datetime(2027, 3, 15, 0, 9, tzinfo=SEOUL)
    assert back(buy(30_000, at="2027-03-14T23:59:59+09:00")) == 3_000
    assert buy(30_000, at="2027-03-14T23:58:59+09:00").paybacks == ()  # more than ten minutes ago
    assert buy(30_000).paybacks == ()


def test_the_same_id_of_two_organisations_is_two_payments() -> None:
    accounts.open_account(COMMAND, "w:choi", "KRW", holder=("person", "choi"), keeper="city", lots=True)
    campaigns.add_members(COMMAND, "group:A", ["w:choi"])
    send(pay("issue:KRW", "w:choi", 100_000), issuer=TREASURY)
    id = str(uuid.uuid4())
    assert back(buy(30_000, id=id)) == 3_000
    (outcome,) = send(pay("w:choi", "m:312", 30_000, campaigns=True, id=id), issuer=posting.Issuer("city", "city"))
    assert back(outcome) == 3_000


def test_a_payback_is_not_reversed_by_itself() -> None:
    payment = buy(30_000)
    (outcome,) = send({"do": "reverse", "of": payment.transfers[1]}, issuer=TREASURY)
    assert outcome.outcome == "conflict"


def test_a_failed_group_leaves_no_payback() -> None:
    outcomes = send(
        pay("w:kim", "m:312", 100_000, campaigns=True, group="g"), pay("w:lee", "m:312", 500_001, group="g")
    )
    assert [one.outcome for one in outcomes] == ["linked", "funds"]
    assert models.Receipt.objects.count() == models.Used.objects.count() == 0
    assert back(buy(100_000)) == 15_000


def test_what_does_not_count_says_why() -> None:
    assert buy(30_000, merchant="m:small").paybacks[0]["reasons"] == [["merchant", {"list": "markets"}]]
    assert buy(30_000, channel="kiosk").paybacks[0]["reasons"] == [["channel", {"channel": "kiosk"}]]
    accounts.open_account(COMMAND, "plain", "KRW", keeper="town")
    send(pay("w:lee", "plain", 30_000))
    assert buy(30_000, "plain").paybacks[0]["reasons"] == [["lots", {}]]


def _open_other(**changes: str) -> None:
    text = SPRING.replace('id = "spring-2027"', 'id = "rate-2027"').replace(
        'back = { kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]] }',
        'back = { kind = "rate", rate = "1/10" }',
    )
    campaigns.open_campaign(COMMAND, text + f'stack = "{changes["stack"]}"\n')


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("first", {"rate-2027": 5_000}),
        ("best", {"spring-2027": 6_000}),
        ("all", {"rate-2027": 5_000, "spring-2027": 6_000}),
    ],
)
def test_campaigns_beside_each_other(stack: str, expected: dict[str, int]) -> None:
    _open_other(stack=stack)  # 5,000 of 50,000; its name comes first
    outcome = buy(50_000)
    assert {one["campaign"]: one["amount"] for one in outcome.paybacks if one["amount"]} == expected
    assert list(find_breaches()) == []


@pytest.mark.parametrize(
    ("sql", "invariant"),
    [
        ("UPDATE credits_used SET counted = counted + 1 WHERE \"window\" = 'all'", "tallies"),
        ("UPDATE credits_used SET counted = counted - 1 WHERE \"window\" = 'budget'", "tallies"),
        ("DELETE FROM credits_used WHERE \"window\" = '2027-03-06'", "tallies"),
        ("UPDATE credits_account SET posted = posted - 1 WHERE id = 'campaign:spring-2027'", "budgets"),
    ],
)
def test_tallies_that_were_changed_are_found(sql: str, invariant: str) -> None:
    buy(50_000)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert invariant in {breach.invariant.name for breach in find_breaches()}


def test_receipts_never_change() -> None:
    buy(50_000)
    for sql in (
        "UPDATE credits_receipt SET amount = 1",
        "DELETE FROM credits_receipt",
        "UPDATE credits_edition SET text = ''",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_campaign_that_contradicts_itself_is_not_opened() -> None:
    text = SPRING.replace("spring-2027", "other").replace("[50000, 6000]", "[50000, 2000]")
    with pytest.raises(BadInput) as wrong:
        campaigns.open_campaign(COMMAND, text)
    assert wrong.value.where.startswith("back.steps")


def test_nobody_moves_a_campaigns_money_by_a_command() -> None:
    account = "campaign:spring-2027"
    for issuer in (TOWN, TREASURY):
        outcomes = send(
            pay("w:kim", account, 1),
            pay(account, "m:312", 1),
            {"do": "hold", **HOLD, "debit": "w:kim", "credit": account},
            issuer=issuer,
        )
        assert {one.outcome for one in outcomes} <= {"conflict", "unknown"}
    assert send(pay("w:kim", "m:312", 1, kind="campaign-budget"))[0].outcome == "conflict"
    budget = models.Transfer.objects.get(kind="campaign-budget")
    assert send({"do": "reverse", "of": budget.id}, issuer=TREASURY)[0].outcome == "conflict"
    with pytest.raises(BadInput):
        accounts.open_account(COMMAND, "campaign:other", "KRW")
    assert accounts.find_account(account).posted == 90_000_000


def test_a_refund_of_joined_payments_counts_their_budget_once() -> None:
    campaigns.stop_campaign(COMMAND, "spring-2027", "another one follows")
    text = SPRING.replace("least = 30000 }", 'least = 30000, join = "day" }').replace("A = 60000000", "A = 15000")
    campaigns.open_campaign(COMMAND, text.replace("spring-2027", "joined"))
    assert back(buy(100_000)) == 15_000  # the whole budget of the group
    second = buy(50_000)
    assert back(second) == 0
    assert back(refund(second)) == 0  # 100,000 are left: 15,000 as before
    assert (paid_back("w:kim"), owed()) == (15_000, 0)
    assert list(find_breaches()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("A = 60000000", "A = 17000")], []),
        (
            [("amount = 15000", "amount = 15001")],
            [("amount = 15000", "amount = 90000"), ("amount = 40000", "amount = 90000")],
        ),
    ],
)
def test_what_a_later_edition_paid_takes_nothing_from_an_earlier_payment(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    def change(*changes: tuple[str, str]) -> None:
        text = SPRING
        for old, new in changes:
            text = text.replace(old, new)
        campaigns.change_campaign(COMMAND, "spring-2027", text, "other limits")

    change(*before)
    payment = buy(100_000)
    change(*after)
    buy(100_000, "w:lee")
    buy(100_000)
    assert back(refund(payment, 1)) == -9_000  # 99,999 are left: 6,000


def test_an_edition_keeps_how_payments_are_joined() -> None:
    with pytest.raises(BadInput):
        campaigns.change_campaign(
            COMMAND, "spring-2027", SPRING.replace("least = 30000 }", 'least = 30000, join = "day" }'), "x"
        )


def test_the_accounts_of_a_campaign_stay_open_until_it_is_closed(clock: Clock) -> None:
    accounts.open_account(COMMAND, "region", "KRW")
    send(pay("issue:KRW", "region", 1_000_000), issuer=TREASURY)
    text = (
        SPRING.replace("spring-2027", "small")
        .replace("90000000", "1000000")
        .replace("60000000", "60000")
        .replace("30000000", "30000")
    )
    campaigns.open_campaign(COMMAND, text, "region")
    for account in ("region", "campaign:small"):
        with pytest.raises(BadInput, match="is needed by a campaign"):
            accounts.close_account(COMMAND, account)
