"""The auditor's page: what holds, the days, and a transfer back to its command; and who may see it."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bongsu.credits import accounts, gap_watch, models, storage
from bongsu.credits.day_heads import accept_gap, find_differences, record_heads
from bongsu.credits.trace import find_transfers, trace_transfer
from bongsu.credits.verify import verify_ledger
from bongsu.people.models import Person
from bongsu.people.organisations import add_organisation
from bongsu.people.tokens import issue_token
from bongsu.store.node import Node
from bongsu.web import middleware
from tests.credits.conftest import COMMAND, TREASURY, pay, send
from tests.people.conftest import Visitor, operator, person, site, visitor  # noqa: F401 (fixtures)
from tests.web.browsed import browsed

pytestmark = [pytest.mark.django_db]
PAGE = "/en/credits/audit/"


@pytest.fixture
def node(site: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Node:  # noqa: F811
    """The node that is served, after two days of the ledger, with the heads of both."""
    node = middleware.open_node()
    settings.BONGSU_NODE = node.root
    monkeypatch.setattr(gap_watch, "_last_seen", None)
    return node


@pytest.fixture
def auditor(ledger: None, node: Node, person: Callable[..., Person]) -> Visitor:  # noqa: F811
    return Visitor().sign_in(person("audra", "auditor"))


@pytest.fixture
def treasurer(ledger: None, node: Node, person: Callable[..., Person]) -> Visitor:  # noqa: F811
    from bongsu.people.granting import require_two_steps

    require_two_steps(COMMAND, "treasurer", False)
    return Visitor().sign_in(person("theo", "treasurer"))


def _read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def _end_day(monkeypatch: pytest.MonkeyPatch, days: int = 1) -> None:
    now = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(storage, "_read_clock", lambda: now)


def test_an_auditor_sees_what_holds_and_the_days(auditor: Visitor, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "was not verified yet" in _read(auditor, PAGE)
    _end_day(monkeypatch)
    assert auditor.post(f"{PAGE}verify/").status_code == 302
    page = _read(auditor, PAGE)
    assert "The ledger holds." in page
    assert page.count("✓ 0") > 15
    (head,) = (line for line in node.journal.lines() if line.event == "ledger-day")
    assert head.detail["hash"] in page
    assert f"✓ line {head.number}" in page
    models.Account.objects.filter(pk="lee").update(posted=5)
    auditor.post(f"{PAGE}verify/")
    assert re.search(r"<strong>✗ 1</strong>: lee", _read(auditor, PAGE))


def test_a_transfer_is_taken_back_to_its_command(auditor: Visitor) -> None:
    ids = [str(uuid.uuid4()) for _ in range(4)]
    issued = {"until": (timezone.now() + timedelta(days=9)).isoformat(), "unit": "GPUH-H100", "origin": "grant"}
    send(pay("issue:GPUH-H100", "project", 7200, **issued), issuer=TREASURY)
    (done,) = send(pay("project", "centre", 3600, "GPUH-H100", id=ids[0], memo="<b>job 7</b>"))
    models.Account.objects.filter(pk="centre").update(keeper="town")
    send({"do": "reverse", "of": ids[0], "id": ids[1], "amount": "900"})
    send(pay("kim", "lee", 9, group="g", id=ids[2]), pay("lee", "kim", 9, group="g"))
    send(pay("kim", "lee", 999_999, id=ids[3]))
    page = _read(auditor, f"{PAGE}?transfer={done.id.upper()}")
    command = models.Command.objects.get(id=ids[0])
    for text in (
        '<data value="3600">1 H100 GPU hour</data>',
        "&lt;b&gt;job 7&lt;/b&gt;",
        command.digest,
        "Done.",
        "taken from it",
        "grant",
        "Reversed by",
        "0.25 H100 GPU hour",
    ):
        assert text in page, text
    assert "In one group with" in _read(auditor, f"{PAGE}?transfer={ids[2]}")
    assert "“kim” can spend 10000 KRW, not 999999 KRW." in _read(auditor, f"{PAGE}?transfer={ids[3]}")
    for nothing in ("0", "9" * 30, "x", "'", "٣", str(uuid.uuid4())):
        assert "There is no such transfer." in _read(auditor, f"{PAGE}?transfer={nothing}"), nothing
    for language, text in (("ko", "원장을 아직"), ("fr", "Grand livre")):
        assert text in _read(auditor, f"/{language}/credits/audit/?transfer=1")


def test_both_halves_of_an_exchange_have_its_command(ledger: None) -> None:
    accounts.open_unit(COMMAND, "GPUH-A100")
    accounts.open_account(COMMAND, "old", "GPUH-A100", keeper="town")
    accounts.set_rate(COMMAND, "GPUH-A100", "GPUH-H100", (1, 4), timezone.now().date(), "test")
    send(pay("issue:GPUH-A100", "old", 400, "GPUH-A100"), issuer=TREASURY)
    (done,) = send(pay("kim", "lee", 1), {"do": "exchange", "debit": "old", "credit": "project", "amount": "400"})[1:]
    for id in done.transfers:
        (row,) = find_transfers(id)
        trace = trace_transfer(row)
        assert trace.command is not None
        assert trace.command.id == done.id
        assert len(trace.group) == 1


def test_a_treasurer_accepts_a_gap_and_an_auditor_does_not(
    auditor: Visitor, treasurer: Visitor, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _end_day(monkeypatch)
    record_heads(node.journal)
    node.journal.append("ledger-day", "2100-01-01", hash="0" * 64)
    assert "A treasurer of the ledger can take commands again." in _read(auditor, PAGE)
    assert auditor.post(f"{PAGE}accept-gap/", {"why": "x"}).status_code == 403
    assert 'differ from <time datetime="2100-01-01">1 January 2100</time> on' in _read(treasurer, PAGE)
    treasurer.post(f"{PAGE}accept-gap/", {"why": " "})
    assert "needs a reason" in _read(treasurer, PAGE)
    treasurer.post(f"{PAGE}accept-gap/", {"why": "disk failure"})
    assert find_differences(node.journal) == []


def test_the_export_is_for_auditors_and_treasurers(auditor: Visitor, person: Callable[..., Person]) -> None:  # noqa: F811
    answer = auditor.get("/credits/v1/export.beancount?unit=KRW")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "balance Assets:Xkim 10000 ~ 0 KRW" in text
    assert "GPUH" not in text
    assert auditor.get("/credits/v1/export.beancount?unit=XXX").status_code == 404
    _, secret = issue_token(COMMAND, add_organisation(COMMAND, "town"))
    machine = Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})
    assert machine.get("/credits/v1/export.beancount").status_code == 403
    assert machine.get(PAGE).status_code == 403
    assert Visitor().sign_in(person("nobody")).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 401


def test_a_machine_is_told_that_no_command_is_taken(auditor: Visitor, node: Node) -> None:
    node.journal.append("ledger-day", "2100-01-01", hash="0" * 64)
    gap_watch._last_seen = None
    _, secret = issue_token(COMMAND, add_organisation(COMMAND, "town"))
    machine = Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})
    body = {"commands": [{"id": str(uuid.uuid4()), **pay("kim", "lee", 1)}]}
    answer = machine.post("/credits/v1/commands", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ledger-gap")
    accept_gap(COMMAND, node.journal, "test")
    assert machine.post("/credits/v1/commands", body, content_type="application/json").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.usefixtures("emptied_ledger")
def test_the_page_in_a_real_browser(treasurer: Visitor, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a phone, without JavaScript, by keyboard; nothing serious by axe."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    more = {"unit": "GPUH-H100", "until": (timezone.now() + timedelta(days=90)).isoformat()}
    send(pay("issue:GPUH-H100", "project", 360_000, **more), issuer=TREASURY)
    (paid,) = send(pay("project", "centre", 5_400, "GPUH-H100", memo="job 7"))
    _end_day(monkeypatch)
    record_heads(node.journal)
    node.journal.append("ledger-day", "2100-01-01", hash="0" * 64)
    verify_ledger(node.journal)
    session = treasurer.cookies["sessionid"].value
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for language, scheme, width in (("en", "light", 390), ("ko", "dark", 390), ("fr", "light", 1100)):
            context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            page.goto(f"{address}/{language}/credits/audit/?transfer={paid.id}")
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
            found = Axe().run(page).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
            context.close()
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/en/desk/")
        page.get_by_role("link", name="Ledger").press("Enter")
        page.get_by_label("Number or id of a transfer").fill("1")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Transfer 1").wait_for()
        page.get_by_label("Reason, for the audit and the journal").fill("disk failure")
        page.keyboard.press("Enter")
        page.get_by_text("Saved.").wait_for()
        page.get_by_role("button", name="Verify now").press("Enter")
        page.get_by_text("The ledger holds.").first.wait_for()
        browser.close()
