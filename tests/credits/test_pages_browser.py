"""Every page of the ledger in a real browser: on a phone, nothing serious by axe, by keyboard alone and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bongsu.credits import campaigns, models
from bongsu.people.granting import grant_role, require_two_steps
from bongsu.people.models import Person
from bongsu.people.organisations import add_organisation
from bongsu.web.access import routes
from tests.credits.conftest import COMMAND, buy, pay, send
from tests.credits.test_campaigns import refund
from tests.people.conftest import Visitor, chromium, person, site  # noqa: F401 (fixtures)
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]
# The pages, by route; the other routes are forms, files, and the interface for machines.
PAGES = {
    "credits-accounts": "credits/",
    "credits-account-page": "credits/accounts/w:kim/",
    "credits-receipt": "credits/accounts/w:kim/{payment}/",
    "credits-takings": "credits/accounts/m:312/takings/?month=2027-03",
    "credits-campaigns": "credits/campaigns/",
    "credits-campaign": "credits/campaigns/spring-2027/",
    "credits-audit": "credits/audit/?transfer={payment}",
}
OTHERS = {
    *("credits-commands", "credits-account", "credits-transfers", "credits-quote", "credits-export"),
    *("credits-takings-csv", "credits-stop-campaign", "credits-audit-verify", "credits-audit-accept-gap"),
}


@pytest.fixture
def session(emptied_ledger: None, spring: None, person: Callable[..., Person]) -> str:  # noqa: F811
    """The session of kim: holder of w:kim, manager of the market, campaign officer and treasurer."""
    add_organisation(COMMAND, "market")
    for role in ("campaign-officer", "treasurer"):
        require_two_steps(COMMAND, role, False)
    kim = person("kim", "manager organisation market")
    for role in ("campaign-officer", "treasurer"):
        grant_role(COMMAND, kim, role)
    models.Account.objects.filter(pk="w:kim").update(holder=str(kim.pk))
    models.Account.objects.filter(pk="m:312").update(holder="market")
    return Visitor().sign_in(kim).cookies["sessionid"].value


def _fill_pages() -> int:
    """Makes payments, a refund and what is to look at; returns the number of the payment that was refunded."""
    payment = buy(100_000)
    for _ in range(4):
        buy(30_300)
    refund(payment, 40_000)
    send(pay("w:kim", "m:small", 1_000))
    return models.Transfer.objects.get(id=payment.id).number


def _list_pages(payment: int) -> list[str]:
    return [path.format(payment=payment) for path in PAGES.values()]


def test_every_page_is_listed() -> None:
    assert {name for name in routes() if name.startswith("credits-")} == PAGES.keys() | OTHERS


@pytest.mark.parametrize("turn", range(3))
def test_pages_on_a_phone(session: str, chromium: SignedInBrowser, turn: int) -> None:  # noqa: F811
    pages = _list_pages(_fill_pages())
    chromium.check(session, [*pages[turn:], *pages[:turn]])


def test_what_can_be_pressed_is_reached_by_tab(session: str, chromium: SignedInBrowser) -> None:  # noqa: F811
    for path in _list_pages(_fill_pages()):
        page, _ = chromium.open(session, f"/en/{path}", java_script_enabled=False)
        wanted = page.locator("main").locator("a[href], button, input:not([type=hidden]), select").count()
        seen = _press_tab(page)
        assert len(seen) == wanted, (path, seen)
        page.context.close()


def _press_tab(page: Any) -> list[str]:
    """Presses Tab through a page, and returns what of its main part had the focus, which must be visible."""
    focused = page.locator("main :focus")
    seen: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        if focused.count():
            assert focused.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            seen.append(focused.evaluate("one => one.outerHTML"))
        elif seen:
            break
    return seen


def test_three_readers_without_javascript(session: str, chromium: SignedInBrowser) -> None:  # noqa: F811
    payment = _fill_pages()
    page, _ = chromium.open(session, "/en/account/", java_script_enabled=False)
    page.get_by_role("link", name="Your credits").press("Enter")
    page.get_by_role("link", name="w:kim").press("Enter")
    page.get_by_role("link", name=str(payment), exact=True).press("Enter")
    page.get_by_text("Taken back:").wait_for()
    page.goto(page.url.partition("/credits/")[0] + "/credits/")
    page.get_by_role("heading", name="Takings").wait_for()
    page.get_by_role("listitem").filter(has_text="m:312 (market)").get_by_role("link").press("Enter")
    page.get_by_role("link", name="February 2027").press("Enter")
    page.get_by_text("Nothing was paid in this month.").wait_for()
    page.get_by_role("link", name="March 2027").press("Enter")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").press("Enter")
    assert download.value.suggested_filename == "m-312-2027-03.csv"
    page.goto(page.url.partition("/credits/")[0] + "/credits/campaigns/")
    page.get_by_role("link", name="Spring payback").press("Enter")
    page.get_by_label("Reason, for the audit").fill("misuse is examined")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert campaigns.find_campaign("spring-2027").state == "stopped"
