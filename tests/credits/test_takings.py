"""What a shop takes in: by day and by campaign, on a page, as CSV and by the command; only its own people see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, campaigns, models
from bongsu.credits.audit_models import DayHead
from bongsu.credits.day_heads import compute_heads
from bongsu.credits.takings import CampaignSums, Sums, read_takings
from bongsu.people.granting import end_grant, require_two_steps
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.people.organisations import add_member, add_organisation, find_organisation
from tests.credits.conftest import COMMAND, SEOUL, TREASURY, Clock, buy, pay, send
from tests.credits.spring import SPRING
from tests.credits.test_campaigns import refund
from tests.people.conftest import Visitor, person, site  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
PAGE = "/en/credits/accounts/m:312/takings/?month=2027-03"
MARCH = "2027-03"


@pytest.fixture
def market(spring: None) -> None:
    """The organisation market holds m:312."""
    add_organisation(COMMAND, "market")
    models.Account.objects.filter(pk="m:312").update(holder="market")


def _read(month: str = MARCH) -> tuple[dict[date, Sums], list[CampaignSums]]:
    found = read_takings(accounts.find_account("m:312"), month)
    return dict(found.days), list(found.campaigns)


def test_payments_refunds_and_paybacks_by_day(clock: Clock) -> None:
    """6 March: 50,000 + 29,999 came, 6,000 went back; 7 March: 100,000 came (15,000), 40,000 were refunded (-9,000)."""
    first = buy(50_000)
    buy(29_999, "w:lee")
    buy(30_000, merchant="m:313")
    send(pay("issue:KRW", "m:312", 500), issuer=TREASURY)  # no customer paid it
    clock.now += timedelta(days=1)
    second = buy(100_000)
    refund(second, 40_000)
    days, found = _read()
    assert days == {
        date(2027, 3, 6): Sums(2, 79_999, 0, 0, 6_000),
        date(2027, 3, 7): Sums(1, 100_000, 1, 40_000, 6_000),
    }
    assert found == [CampaignSums("spring-2027", "Spring payback", 2, 12_000)]
    total = read_takings(accounts.find_account("m:312"), MARCH).total
    assert (total, total.net) == (Sums(3, 179_999, 1, 40_000, 12_000), 139_999)
    clock.now = datetime(2027, 4, 2, tzinfo=SEOUL)
    refund(first)  # a refund counts on its own day
    assert _read("2027-04")[0] == {date(2027, 4, 2): Sums(0, 0, 1, 50_000, -6_000)}
    assert _read()[0] == days


def test_a_settled_hold_is_a_payment_and_an_open_one_is_not() -> None:
    hold = {"do": "hold", **{k: v for k, v in pay("w:kim", "m:312", 500).items() if k != "do"}}
    (made,) = send(hold | {"until": "2027-03-07T00:00:00Z"})
    assert _read()[0] == {}
    send({"do": "settle", "of": made.id, "amount": "300"})
    assert _read()[0] == {date(2027, 3, 6): Sums(1, 300, 0, 0, 0)}


def test_days_and_months_are_those_of_the_campaigns_zone(clock: Clock) -> None:
    clock.now = datetime(2027, 3, 31, 23, 59, tzinfo=SEOUL)
    buy(1_000)
    clock.now += timedelta(minutes=1)
    buy(2_000)
    DayHead.objects.bulk_create(compute_heads(None, date(2027, 4, 3), {}))
    assert _read()[0] == {date(2027, 3, 31): Sums(1, 1_000)}
    assert _read("2027-04")[0] == {date(2027, 4, 1): Sums(1, 2_000)}
    assert _read("")[0] == _read("2027-04")[0]  # this month, by the ledger's clock
    assert _read("2027-02")[0] == _read("2027-05")[0] == {}


@pytest.mark.parametrize("month", ["2027", "2027-13", "2027-3", "２027-03", "0027-03", "x"])
def test_another_text_is_no_month(month: str) -> None:
    with pytest.raises(BadInput):
        _read(month)


def _page(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"</?(time|data|a|strong)\b[^>]*>", "", answer.content.decode()))


@pytest.mark.usefixtures("market")
def test_a_member_reads_the_takings_and_nothing_else_of_the_account(person: Callable[..., Person]) -> None:  # noqa: F811
    buy(50_000)
    member = person("dana")
    with unlock():
        add_member(member, find_organisation("market"))
    dana = Visitor().sign_in(member)
    assert "takings/" in dana.get("/en/credits/").content.decode()
    page = _page(dana)
    assert "50,000 won: 50,000 won received, 0 won refunded. Campaigns paid 6,000 won back to your customers." in page
    assert '<data value="50000">50,000 won</data>' in dana.get(PAGE).content.decode()
    assert '<time datetime="2027-03-06">6 March 2027</time>' in dana.get(PAGE).content.decode()
    assert "w:kim" not in page
    for language, month in (("ko", "2027년 3월"), ("fr", "mars 2027")):
        assert month in _page(dana, PAGE.replace("/en/", f"/{language}/"))
    assert dana.get("/en/credits/accounts/m:312/").status_code == 404
    assert dana.get(PAGE.replace("m:312", "m:313")).status_code == 404
    assert dana.get(PAGE.replace("2027-03", "march")).status_code == 400


@pytest.mark.usefixtures("market")
def test_others_see_no_takings(person: Callable[..., Person]) -> None:  # noqa: F811
    former = person("mina", "manager organisation market")
    mina = Visitor().sign_in(former)
    assert mina.get(PAGE).status_code == 200
    end_grant(COMMAND, former.grants.get())
    add_organisation(COMMAND, "fair")
    for visitor in (mina, Visitor().sign_in(person("nari", "manager organisation fair")), Client()):
        for address in (PAGE, PAGE.replace("takings/", "takings.csv"), PAGE.replace("m:312", "w:kim")):
            assert visitor.get(address).status_code == 404


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("role", ["campaign-officer", "treasurer", "auditor"])
def test_officers_read_takings_but_not_of_persons(person: Callable[..., Person], role: str) -> None:  # noqa: F811
    require_two_steps(COMMAND, role, False)
    visitor = Visitor().sign_in(person("olga", role))
    assert visitor.get(PAGE).status_code == 200
    assert visitor.get(PAGE.replace("m:312", "w:kim")).status_code == 404


@pytest.mark.usefixtures("market")
def test_the_csv_has_the_days_and_a_column_for_each_campaign(person: Callable[..., Person]) -> None:  # noqa: F811
    campaigns.open_campaign(COMMAND, SPRING.replace("spring-2027", "second") + 'stack = "all"\n')
    refund(buy(50_000), 20_001)
    mina = Visitor().sign_in(person("mina", "manager organisation market"))
    answer = mina.get(PAGE.replace("takings/", "takings.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "day,unit,payments,received,refunds,refunded,net,paid_back,paid_back second,paid_back spring-2027",
        "2027-03-06,KRW,1,50000,1,20001,29999,0,0,0",
    ]


@pytest.mark.usefixtures("market")
def test_the_page_reads_as_much_for_many_payments_as_for_few(person: Callable[..., Person], clock: Clock) -> None:  # noqa: F811
    mina = Visitor().sign_in(person("mina", "manager organisation market"))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            mina.get(PAGE)
        return len(queries)

    buy(30_000)
    few = count()
    for _ in range(4):
        refund(buy(30_000), 10)
        clock.now += timedelta(days=1)
    assert count() == few
