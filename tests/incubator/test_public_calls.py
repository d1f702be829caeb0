"""What everybody reads of calls: CommonGrants JSON, calendars and a feed, read by others' libraries; drafts are nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from common_grants_sdk.schemas.pydantic.responses.opportunity import OpportunitiesListResponse, OpportunityResponse
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar
from lxml import etree, html

from bongsu.core.languages import LANGUAGES
from bongsu.incubator.models import Call
from bongsu.incubator.opening import add_call, change_call, end_call, list_editions, name_calls, open_call
from bongsu.people.access import NOBODY
from bongsu.publish.exports.static_site import StaticSite
from bongsu.web import middleware
from tests.incubator.test_opening import ENDS, NAME, NOW, extend, texts
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FACES = ("/calls.json", "/calls.ics", "/calls.atom", "/en/calls/", "/sitemap.xml", f"/calls/{NAME}.json")
MONEY = (
    'unit = "GPUH-H100"\namount = 20000\nleast = 100\nmost = 5000',
    'unit = "EUR"\namount = "500000.50"\nleast = 1000\nmost = 50000',
)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Sets the clock of the pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: moment)
        yield


def texts_of_money() -> dict[str, str]:
    """The example with money for universities; only hours can be recalled."""
    files = texts(call=MONEY)
    return {**files, "call.toml": re.sub(r"\[award\.recall\][^\[]*", "", files["call.toml"])}


def named(name: str, **replaced: tuple[str, str]) -> dict[str, str]:
    """The example under another name."""
    return {one: text.replace(NAME, name) for one, text in texts(**replaced).items()}


def add_open(files: dict[str, str], name: str = NAME) -> Call:
    add_call(COMMAND, files, NOW)
    return open_call(COMMAND, name, NOW)


def read_one(visitor: Visitor, query: str = "") -> dict[str, Any]:
    data: dict[str, Any] = json.loads(visitor.get(f"/calls/{NAME}.json{query}").content)["data"]
    return data


def test_commongrants_reads_a_call(visitor: Visitor) -> None:
    add_open(texts())
    with at(datetime(2027, 3, 10, tzinfo=UTC)):
        answer = visitor.get(f"/calls/{NAME}.json?language=fr")
        listed = visitor.get("/calls.json").content
    read = OpportunityResponse.model_validate_json(answer.content).data
    assert (read.title, read.status.value) == ("Heures de GPU pour l’IA d’intérêt général", "open")
    assert read.status.description == "reçoit des candidatures"
    assert str(read.source) == f"http://testserver/fr/calls/{NAME}/"
    assert read.funding
    assert read.funding.details is not None
    assert read.funding.details.startswith("Universités et instituts : 20\u202f000 heures de GPU")
    assert read.funding.total_amount_available is None  # hours are no money
    assert read.key_dates
    assert read.key_dates.post_date is not None
    assert (str(read.key_dates.post_date.date), str(read.key_dates.post_date.time)) == ("2027-02-01", "09:00:00")
    assert read.key_dates.close_date is not None
    assert (str(read.key_dates.close_date.date), str(read.key_dates.close_date.time)) == ("2027-03-31", "18:00:59")
    assert set(read.key_dates.other_dates or {}) == {"first-opens", "first-closes", "first-results"}
    fields = {name: field.value for name, field in (read.custom_fields or {}).items()}
    assert fields["closesAt"] == "2027-03-31T18:00:59+09:00"
    assert (fields["zone"], fields["languages"], fields["edition"]) == ("Asia/Seoul", ["en", "fr", "ko"], 1)
    assert fields["texts"]["title"]["ko"] == "공익 인공지능을 위한 GPU 시간"
    assert [rule["id"] for rule in fields["rules"]] == ["hours-of-industry", "results-are-published"]
    assert fields["rules"][0]["any"][0] == {"field": "line", "op": "is", "value": "academia"}
    assert [one["key"] for one in fields["questions"]][:3] == ["title", "summary", "line"]
    assert fields["rounds"][0]["closes"] == "2027-03-31T09:00:59Z"
    found = OpportunitiesListResponse.model_validate_json(listed)
    assert [one.id for one in found.items] == [read.id]
    assert "rules" not in (found.items[0].custom_fields or {})


def test_money_of_one_currency_is_summed(visitor: Visitor) -> None:
    industry = (
        'unit = "GPUH-H100"\namount = 10000\nleast = 100\nmost = 2000',
        'unit = "EUR"\namount = 10000\nmost = 9000',
    )
    files = texts_of_money()
    files["call.toml"] = files["call.toml"].replace(*industry)
    add_open(files)
    with at(NOW):
        funding = OpportunityResponse.model_validate(
            {"status": 200, "message": "", "data": read_one(visitor)}
        ).data.funding
    assert funding
    assert funding.total_amount_available
    assert funding.min_award_amount
    assert funding.max_award_amount
    assert Decimal(funding.total_amount_available.amount) == Decimal("510000.50")
    assert (funding.min_award_amount.amount, funding.max_award_amount.amount) == ("1000", "50000")
    assert funding.total_amount_available.currency == "EUR"


@pytest.mark.parametrize(
    ("moment", "status", "changed"),
    [
        (NOW, "forecasted", "2027-02-01T00:00:00Z"),
        (datetime(2027, 3, 1, tzinfo=UTC), "open", "2027-03-01T00:00:00Z"),
        (ENDS - timedelta(microseconds=1), "open", "2027-03-01T00:00:00Z"),
        (ENDS, "closed", "2027-03-31T09:01:00Z"),
    ],
)
def test_the_status_follows_the_clock(visitor: Visitor, moment: datetime, status: str, changed: str) -> None:
    add_open(texts())
    with at(moment):
        data = read_one(visitor)
    assert (data["status"]["value"], data["lastModifiedAt"]) == (status, changed)


def test_lists_have_pages_and_one_query(visitor: Visitor) -> None:
    for number in range(12):
        add_open(named(f"call-{number:02}"), f"call-{number:02}")
    with at(NOW + timedelta(days=1)):
        pages = [json.loads(visitor.get(f"/calls.json?page={page}&pageSize=5").content) for page in (1, 2, 3, 4)]
        with CaptureQueriesContext(connection) as queries:
            visitor.get("/calls.json")
        assert len(queries) == 1
        for read in (lambda: list_editions(NOBODY), lambda: name_calls("ko")):
            with CaptureQueriesContext(connection) as queries:
                assert len(read()) == 12
            assert len(queries) == 1
    assert [len(page["items"]) for page in pages] == [5, 5, 2, 0]
    assert len({one["id"] for page in pages for one in page["items"]}) == 12
    assert pages[2]["paginationInfo"] == {"page": 3, "pageSize": 5, "totalItems": 12, "totalPages": 3}
    for page in pages:
        OpportunitiesListResponse.model_validate(page)
    for wrong in ("page=0", "page=-1", "pageSize=x", "page=9999999", "page=²", "language=xx"):
        assert visitor.get(f"/calls.json?{wrong}").status_code in (400, 404), wrong


def test_who_has_the_answer_gets_304(visitor: Visitor) -> None:
    add_open(texts())
    with at(NOW + timedelta(days=1)):
        for face in ("/calls.json", f"/calls/{NAME}.json", "/calls.ics", f"/calls/{NAME}.ics", "/calls.atom"):
            first = visitor.get(face)
            assert first.headers["Last-Modified"] == "Mon, 01 Feb 2027 00:00:00 GMT"
            assert "Accept-Language" in first.headers["Vary"]
            assert visitor.get(face, headers={"if-none-match": first.headers["ETag"]}).status_code == 304
            since = {"if-modified-since": first.headers["Last-Modified"]}
            assert visitor.get(face, headers=since).status_code == 304
            korean = visitor.get(face, headers={"accept-language": "ko", "if-none-match": first.headers["ETag"]})
            assert (korean.status_code, korean.headers["Content-Language"]) == (200, "ko")


def test_icalendar_reads_the_calendar(visitor: Visitor) -> None:
    add_open(texts())
    change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 1, NOW + timedelta(hours=1), "the site was down")
    with at(NOW + timedelta(days=1)):
        answer = visitor.get("/calls.ics?language=ko")
        one = visitor.get(f"/calls/{NAME}.ics?language=ko").content
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    (calendar,) = Calendar.from_ical(answer.content, multiple=True)
    events = calendar.walk("VEVENT")
    assert not [error for event in events for error in event.errors]
    opens, closes, results = events
    assert opens["dtstart"].dt == datetime(2027, 3, 1, tzinfo=UTC)
    assert (closes["dtstart"].dt, closes["dtend"].dt) == (
        datetime(2027, 4, 2, 9, 0, tzinfo=UTC),
        datetime(2027, 4, 2, 9, 1, tzinfo=UTC),
    )
    assert results["dtstart"].dt == datetime(2027, 5, 31, 3, tzinfo=UTC)
    assert closes["summary"] == "신청 마감: 공익 인공지능을 위한 GPU 시간, 1차"
    assert closes["url"] == f"http://testserver/ko/calls/{NAME}/"
    assert {int(event["sequence"]) for event in events} == {2}
    assert len({event["uid"] for event in events}) == 3
    assert one == answer.content  # there is only this call


def test_long_texts_are_folded_between_letters(visitor: Visitor) -> None:
    title = "공익 인공지능; 하나, 둘" * 12
    add_open(texts(call=('ko = "공익 인공지능을 위한 GPU 시간"', f'ko = "{title}"')))
    with at(NOW + timedelta(days=1)):
        content = visitor.get("/calls.ics?language=ko").content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert all(line.decode() for line in content.split(b"\r\n") if line)  # no letter is cut
    assert Calendar.from_ical(content).walk("VEVENT")[1]["summary"] == f"신청 마감: {title}, 1차"


def test_uids_stay_and_sequences_grow(visitor: Visitor) -> None:
    add_open(texts())

    def read() -> dict[str, tuple[int, str]]:
        with at(NOW + timedelta(days=1)):
            events = Calendar.from_ical(visitor.get("/calls.ics").content).walk("VEVENT")
        return {str(event["uid"]): (int(event["sequence"]), str(event["status"])) for event in events}

    first = read()
    assert set(first.values()) == {(1, "CONFIRMED")}
    change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 1, NOW + timedelta(hours=1))
    assert read() == dict.fromkeys(first, (2, "CONFIRMED"))
    end_call(COMMAND, NAME, "given up")
    assert read() == dict.fromkeys(first, (3, "CANCELLED"))


def test_the_feed_tells_what_happened(visitor: Visitor) -> None:
    draft = texts(call=("amount = 20000", "amount = 20001"))
    add_call(COMMAND, draft, NOW - timedelta(days=1), "the first draft")
    change_call(COMMAND, NAME, texts(), 1, NOW - timedelta(hours=1), "a secret of the draft")
    open_call(COMMAND, NAME, NOW, "approved by the board")
    change_call(COMMAND, NAME, extend("2027-04-02 18:00"), 2, NOW + timedelta(hours=1), "extended")
    text = extend("2027-04-02 18:00")
    text["call.toml"] = text["call.toml"].replace("20000", "30000")
    change_call(COMMAND, NAME, text, 3, NOW + timedelta(hours=2), "There is more to give.")
    end_call(COMMAND, NAME, "the reason for the audit")
    with at(NOW + timedelta(days=3650)):
        answer = visitor.get("/calls.atom?language=en")
    feed = etree.fromstring(answer.content)
    entries = [
        (one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}summary"), one.findtext(f"{ATOM}id"))
        for one in feed.findall(f"{ATOM}entry")
    ]
    title = "GPU hours for public-interest AI"
    told = [(head, text) for head, text, _ in entries]
    summary = "Hours on the national centre’s GPUs for projects that publish their results."
    assert sorted(told) == sorted([
        (f"Ended: {title}", summary),
        (f"Changed: {title}", "There is more to give."),
        (f"Extended: {title}", "The site was down."),
        (f"Opened: {title}", summary),
    ])  # fmt: skip
    assert len({id_ for *_, id_ in entries}) == 4
    assert all(word not in answer.content.decode() for word in ("secret", "approved", "for the audit", "first draft"))
    assert feed.findtext(f"{ATOM}title") == "Calls of Test node"


def test_a_draft_is_nowhere(visitor: Visitor) -> None:
    add_call(COMMAND, named("secret-draft"), NOW)
    add_open(texts())
    with at(NOW + timedelta(days=1)):
        faces = [*FACES, *(f"/{language}/calls/{name}" for language in LANGUAGES for name in ("", f"{NAME}/"))]
        for face in [*faces, *(f"{face}?language=ko" for face in FACES[:3])]:
            answer = visitor.get(face)
            assert answer.status_code == 200, face
            assert b"secret-draft" not in answer.content, face
        for face in ("/calls/{}.json", "/calls/{}.ics", "/en/calls/{}/", "/ko/calls/{}/"):
            draft, unknown = visitor.get(face.format("secret-draft")), visitor.get(face.format("nobody-draft"))
            assert draft.status_code == unknown.status_code == 404
            assert draft.content == unknown.content.replace(b"nobody-draft", b"secret-draft")
            assert dict(draft.headers) == dict(unknown.headers)


def test_the_address_for_reviewers_is_nowhere(visitor: Visitor) -> None:
    contact = 'contact = "calls@node.example"'
    add_open(texts(call=(contact, f'{contact}\ncontact-for-reviewers = "first-secret@node.example"')))
    later = texts(call=(contact, f'{contact}\ncontact-for-reviewers = "other-secret@node.example"'))
    change_call(COMMAND, NAME, later, 1, NOW + timedelta(hours=1), "another office answers")
    with at(NOW + timedelta(days=1)):
        for face in (*FACES, f"/en/calls/{NAME}/", f"/calls/{NAME}.ics"):
            assert b"secret" not in visitor.get(face).content, face


def test_an_officer_reads_no_draft_for_programs(visitor: Visitor, person: Any) -> None:
    add_call(COMMAND, texts(), NOW)
    visitor.sign_in(person("officer", "call-officer"))
    assert visitor.get(f"/en/calls/{NAME}/").status_code == 200
    for face in ("json", "ics"):
        assert visitor.get(f"/calls/{NAME}.{face}").status_code == 404
        assert NAME.encode() not in visitor.get(f"/calls.{face}").content
    assert NAME.encode() not in visitor.get("/calls.atom").content


def test_the_sitemap_and_the_navigation_lead_to_calls(visitor: Visitor) -> None:
    add_open(texts())
    with at(NOW + timedelta(days=1)):
        sitemap = etree.fromstring(visitor.get("/sitemap.xml").content)
        found = {
            one.findtext("{*}loc"): one.findtext("{*}lastmod") for one in sitemap if "/calls/" in one.findtext("{*}loc")
        }
        page = visitor.get("/fr/").content.decode()
    assert found[f"http://testserver/ko/calls/{NAME}/"] == "2027-02-01T00:00:00+00:00"
    assert found["http://testserver/fr/calls/"] is None
    assert '<a href="/fr/calls/">Appels</a>' in page


def test_the_page_names_its_other_faces(visitor: Visitor) -> None:
    files = texts_of_money()
    files["call.toml"] = files["call.toml"].replace("GPUH-H100", "EUR").replace(
        'en = "GPU hours for', 'en = "</script><script>alert(1)</script> for'
    )  # fmt: skip
    add_open(files)
    with at(NOW + timedelta(days=1)):
        page = visitor.get(f"/en/calls/{NAME}/")
        listed = visitor.get("/en/calls/")
        for one in (page, listed):
            links = html.fromstring(one.content).xpath("//link[@rel='alternate'][@type]")
            for link in links:
                if link.get("href").startswith("/calls"):
                    assert visitor.get(link.get("href")).headers["Content-Type"].startswith(link.get("type"))
            assert len([link for link in links if link.get("href").startswith("/calls")]) == 3
    shapes = [
        json.loads(one.text) for one in html.fromstring(page.content).xpath("//script[@type='application/ld+json']")
    ]
    (grant,) = [one for one in shapes if isinstance(one, dict) and one.get("@type") == "MonetaryGrant"]
    assert grant["amount"] == {"@type": "MonetaryAmount", "value": "510000.50", "currency": "EUR"}
    assert grant["name"] == "</script><script>alert(1)</script> for public-interest AI"
    assert grant["funder"]["name"] == "Test node"


def test_the_static_site_has_the_calls(tmp_path: Path, visitor: Visitor) -> None:
    add_call(COMMAND, named("secret-draft"), NOW)
    add_open(texts())
    with at(NOW + timedelta(days=1)):
        site = StaticSite(middleware.open_node(), tmp_path / "site", "https://stats.example/")
        site.waiting = [
            "/calls.json",
            "/calls.atom",
            "/sitemap.xml",
            *(f"/{language}/calls/" for language in LANGUAGES),
        ]
        while site.waiting and site.round < 3:
            site.write_waiting(lambda: None)
        site.finish()
    written = {str(path.relative_to(site.folder)) for path in site.folder.rglob("*") if path.is_file()}
    assert {f"{language}/calls/{NAME}/index.html" for language in LANGUAGES} <= written
    assert len([name for name in written if name.startswith(f"calls/{NAME}-") and name.endswith(".ics")]) == len(
        LANGUAGES
    )
    page = (site.folder / "en" / "calls" / NAME / "index.html").read_text()
    assert 'id="check"' not in page  # it needs a running node
    assert not [name for name in written if b"secret-draft" in (site.folder / name).read_bytes()]
