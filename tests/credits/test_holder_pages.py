"""The pages of who holds accounts: the accountant's three questions on one page, and nobody sees another's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bongsu.credits import models
from bongsu.people.granting import end_grant
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.people.organisations import add_member, add_organisation
from tests.credits.conftest import TREASURY, Clock, buy, pay, send
from tests.credits.test_campaigns import refund
from tests.people.conftest import COMMAND, Visitor, person, site  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
ACCOUNT = "/en/credits/accounts/w:kim/"


@pytest.fixture
def kim(person: Callable[..., Person]) -> Visitor:  # noqa: F811
    """The person who holds w:kim."""
    kim = person("kim")
    models.Account.objects.filter(pk="w:kim").update(holder=str(kim.pk))
    return Visitor().sign_in(kim)


def _read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"</?(time|data|a|strong)\b[^>]*>", "", answer.content.decode()))


def _number(outcome: Any) -> int:
    return models.Transfer.objects.get(id=outcome.id).number


def test_the_balance_in_words(kim: Visitor) -> None:
    buy(50_000)
    send(
        {
            "do": "hold",
            **{k: v for k, v in pay("w:kim", "m:312", 500).items() if k != "do"},
            "until": "2027-03-07T00:00:00Z",
        }
    )
    assert "w:kim: 456,000 won" in _read(kim, "/en/credits/")
    page = _read(kim, ACCOUNT)
    assert "456,000 won, of which 500 won are held, of which:" in page
    assert "6,000 won: payback (Spring payback), until 30 June 2027, only at the shops of the list “small”" in page
    assert '<data value="6000">6,000 won</data>' in kim.get(ACCOUNT).content.decode()
    assert "2027년 6월 30일까지" in _read(kim, ACCOUNT.replace("/en/", "/ko/"))
    assert "jusqu’au 30 juin 2027" in _read(kim, ACCOUNT.replace("/en/", "/fr/"))


def test_pages_take_the_time_from_the_ledgers_clock(kim: Visitor, clock: Clock) -> None:
    send(pay("issue:KRW", "w:kim", 1_000, origin="bonus", until="2027-03-10T00:00:00Z"), issuer=TREASURY)
    assert "501,000 won" in _read(kim, ACCOUNT)
    clock.now += timedelta(days=4)
    assert "500,000 won" in _read(kim, ACCOUNT)


def test_a_receipt_answers_the_three_questions(kim: Visitor) -> None:
    buy(100_000)
    models.Used.objects.filter(window="2027-03-06").update(counted=12_000)  # 3,000 are left of the day
    payment = buy(50_000)
    payback = models.Transfer.objects.get(id=payment.transfers[1])
    for number in (_number(payment), payback.number):  # the page of the payback is that of its payment
        page = _read(kim, f"{ACCOUNT}{number}/")
        assert f"<h1>Receipt {_number(payment)}</h1>" in page
        assert "50,000 won: own money, without an end, came with transfer" in page  # where from
        assert "From 50,000 won on, 6,000 won comes back." in page  # why not 6,000
        assert "A person gets at most 15,000 won a day: 3,000 won was left." in page
        assert "Paid back: 3,000 won" in page
        assert "until 30 June 2027" in page  # when does it end


def test_a_refund_says_what_it_took_back(kim: Visitor) -> None:
    payment = buy(100_000)
    refund(payment, 40_000)
    page = _read(kim, f"{ACCOUNT}{_number(payment)}/")
    assert "Taken back: 9,000 won" in page
    assert "After the refund, 9,000 won is taken back." in page
    assert "6,000 won of it are left" in page
    assert models.Receipt.objects.count() == 2


def test_nobody_sees_anothers(kim: Visitor, person: Callable[..., Person]) -> None:  # noqa: F811
    number = _number(buy(50_000))
    other = _number(buy(50_000, "w:lee"))
    lee = Visitor().sign_in(person("lee"))
    for address in (ACCOUNT, f"{ACCOUNT}{number}/", "/en/credits/accounts/nothing/"):
        assert lee.get(address).status_code == 404
        assert Client().get(address).status_code == 404
    assert "You hold no account" in _read(lee, "/en/credits/")
    assert Client().get("/en/credits/").status_code == 401
    assert kim.get(f"{ACCOUNT}{other}/").status_code == 404  # of another account


def test_a_manager_reads_her_organisations_account(person: Callable[..., Person]) -> None:  # noqa: F811
    add_organisation(COMMAND, "market")
    models.Account.objects.filter(pk="m:312").update(holder="market")
    number = _number(buy(50_000))
    mina = Visitor().sign_in(person("mina", "manager organisation market"))
    assert "m:312: 50,000 won (market)" in _read(mina, "/en/credits/")
    page = _read(mina, f"/en/credits/accounts/m:312/{number}/")
    assert "a person’s account" in page  # the shop does not learn whose wallet it was, nor what came back
    assert "w:kim" not in page
    assert "Spring payback" not in page


def test_members_and_former_managers_see_no_account(person: Callable[..., Person]) -> None:  # noqa: F811
    market = add_organisation(COMMAND, "market")
    models.Account.objects.filter(pk="m:312").update(holder="market")
    member, former = person("dana"), person("mina", "manager organisation market")
    with unlock():
        add_member(member, market)
    end_grant(COMMAND, former.grants.get())
    for someone in (member, former):
        visitor = Visitor().sign_in(someone)
        assert 'm:312/"' not in visitor.get("/en/credits/").content.decode()
        assert visitor.get("/en/credits/accounts/m:312/").status_code == 404


def test_pages_read_as_much_for_many_rows_as_for_few(kim: Visitor) -> None:
    first = buy(50_000)
    addresses = ("/en/credits/", ACCOUNT, f"{ACCOUNT}{_number(first)}/")

    def count() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                kim.get(address)
            counts.append(len(queries))
        return counts

    few = count()
    for _ in range(6):
        refund(first, 1_000)
        buy(1_000)
    assert count() == few
