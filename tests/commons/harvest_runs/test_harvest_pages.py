"""The pages of harvests: who opens them, what their forms do, and how they look in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bongsu.commons.harvest.node_entries import read_node_entries
from bongsu.commons.models import HarvestRun, HarvestSource
from bongsu.people.models import AuditLine, Person
from tests.commons.harvest_runs.conftest import Portal
from tests.people.conftest import Visitor
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = pytest.mark.django_db
HARVESTS = "/en/desk/harvests/"


@pytest.fixture
def waiting(portal: Portal) -> HarvestRun:
    """A run that waits: two of three entries would disappear, and one record is broken."""
    portal.serve("a", "b", "c", title="<b>Data</b>")
    portal.harvest()
    portal.serve("a", "d", "<i>")
    page = portal.harvest()
    assert page.state == "waiting"
    return page


def pages_of(run: HarvestRun) -> list[str]:
    return ["", f"runs/{run.key}/", f"runs/{run.key}/errors.csv", "sources/portal/"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("operator", 200),
        ("steward", 200),
        ("steward programme commons", 200),
        ("steward programme energy", 403),
        ("auditor", 200),
        ("editor", 403),
        ("", 302),
    ],
)
def test_who_opens_the_pages(
    who: str, status: int, person: Callable[..., Person], visitor: Visitor, waiting: HarvestRun
) -> None:
    if who:
        visitor.sign_in(person("visitor", who))
    for page in pages_of(waiting):
        answer = visitor.get(f"{HARVESTS}{page}")
        assert answer.status_code == status, page
        if status == 200 and not page.endswith(".csv"):
            assert b"<b>Data" not in answer.content
            assert ("Accept this harvest" in answer.content.decode()) == (who != "auditor" and page.startswith("runs/"))


@pytest.mark.parametrize("role", ["steward", "steward programme commons"])
def test_a_steward_adds_a_source_and_decides(
    role: str, person: Callable[..., Person], visitor: Visitor, portal: Portal, waiting: HarvestRun
) -> None:
    visitor.sign_in(person("lee", role))
    assert HARVESTS in visitor.get(HARVESTS).content.decode()  # in the navigation of the desk
    added = {"do": "add", "add-name": "ministry", "add-address": "https://data.example/c.ttl", "add-format": "dcat"}
    assert visitor.post(HARVESTS, added).status_code == 302
    assert b"There is a source" in visitor.post(HARVESTS, added).content
    page = f"{HARVESTS}runs/{waiting.key}/"
    text = visitor.get(page).content.decode()
    assert "portal--b" in text
    assert "2 of 3 entries would disappear" in visitor.get(HARVESTS).content.decode()
    assert visitor.post(page, {"do": "accept", "accept-why": ""}).status_code == 200  # without a reason
    assert len(read_node_entries(portal.node).entries) == 3
    assert visitor.post(page, {"do": "accept", "accept-why": "closed"}).status_code == 302
    assert "portal--b" not in read_node_entries(portal.node).entries
    assert AuditLine.objects.latest("number").why == "closed"
    assert b"does not wait" in visitor.post(page, {"do": "discard", "discard-why": "again"}).content
    source = f"{HARVESTS}sources/ministry/"
    changed = {"do": "change", "change-address": "https://new.example/c.ttl", "change-why": "moved"}
    assert visitor.post(source, changed).status_code == 302
    assert visitor.post(source, {**changed, "change-allow_private": "on"}).status_code == 403
    assert HarvestSource.objects.get(name="ministry").address == "https://new.example/c.ttl"
    assert visitor.post(source, {"do": "remove", "remove-why": ""}).status_code == 302
    assert visitor.get(source).status_code == 404


def test_an_auditor_reads_only(person: Callable[..., Person], visitor: Visitor, waiting: HarvestRun) -> None:
    visitor.sign_in(person("park", "auditor"))
    for page, do in (("", "add"), (f"runs/{waiting.key}/", "accept"), ("sources/portal/", "remove")):
        values = {"do": do, f"{do}-why": "x", f"{do}-name": "y", f"{do}-address": "https://data.example/"}
        assert visitor.post(f"{HARVESTS}{page}", values).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_a_page_of_a_run_in_progress_loads_itself_again(operator: Person, visitor: Visitor, portal: Portal) -> None:
    visitor.sign_in(operator)
    run = HarvestRun.objects.create(source=portal.source, actor="x", started=timezone.now(), pages=3, fetched=300)
    text = visitor.get(f"{HARVESTS}runs/{run.key}/").content.decode()
    assert 'http-equiv="refresh"' in text
    assert "<dd>300</dd>" in text


@pytest.mark.chromium
@pytest.mark.django_db(transaction=True)  # the server is a thread with a connection of its own
@pytest.mark.slow
def test_the_pages_in_a_real_browser(
    operator: Person, visitor: Visitor, portal: Portal, chromium: SignedInBrowser
) -> None:
    portal.serve(*"abcdefgh", None, None)
    portal.harvest()
    portal.serve("a", *(f"!{number}" for number in range(40)), count=100)
    run = portal.harvest()
    session = visitor.sign_in(operator).cookies["sessionid"].value
    chromium.check(session, (f"desk/harvests/{page}" for page in pages_of(run) if not page.endswith(".csv")))
