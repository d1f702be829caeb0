"""Calls that several institutions run: what is read and refused, what everybody sees, who may act, and who is in conflict."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from common_grants_sdk.schemas.pydantic.responses.opportunity import OpportunitiesListResponse, OpportunityResponse
from django.utils import timezone
from lxml import etree, html

from bongsu.core.errors import BadInput
from bongsu.incubator.calls import words
from bongsu.incubator.calls.check import check_call
from bongsu.incubator.calls.document import parse_call
from bongsu.incubator.models import Call, Conflict
from bongsu.incubator.opening import add_call, change_call, newest_edition, open_call
from bongsu.incubator.reviewers.doors import is_free, is_free_officer
from bongsu.incubator.reviewers.inviting import accept_invitation, invite_reviewers
from bongsu.incubator.reviewers.officers import list_officers
from bongsu.incubator.reviewers.stating import Statement, state_profile
from bongsu.incubator.running.closing import WAIT, close_due_rounds
from bongsu.people.access import NOBODY, Actor
from bongsu.people.granting import grant_role
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.people.organisations import add_member, add_organisation, find_organisation, leave, set_parent
from bongsu.people.persons import ensure_person
from bongsu.web import middleware
from tests.incubator.cast import ANSWERS, BEFORE, ENDS, NAME, OPEN, make_call, make_files, make_site, submit_application
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
CLOCK = Actor.of_duty("calls")
HARBOUR = """
[[institution]]
key = "harbour"
title = { en = "Harbour & Sons", ko = "항만공사", fr = "Port" }
url = "https://harbour.example/?a=1&b=2"
domain = "harbour.example"
"""
TIDE = """
[[institution]]
key = "tide"
title = { en = "Tide Institute", ko = "조석연구원", fr = "Institut des marées" }
url = "https://tide.example/"
organisation = "tide"
"""
PAID = ("amount = 20000", 'amount = 20000\ninstitution = "tide"')  # the line of universities


def make_texts(*more: tuple[str, str], institutions: str = HARBOUR + TIDE) -> dict[str, str]:
    """The example, run by two institutions, with texts replaced in call.toml."""
    files = make_files(call=("\n[[round]]", f"\n{institutions}\n[[round]]"))
    for before, after in more:
        assert before in files["call.toml"]
        files["call.toml"] = files["call.toml"].replace(before, after, 1)
    return files


def open_joint(*more: tuple[str, str]) -> Call:
    add_call(COMMAND, make_texts(*more), BEFORE)
    return open_call(COMMAND, NAME, BEFORE)


@pytest.fixture
def in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are read while the first round is open."""
    monkeypatch.setattr(timezone, "now", lambda: OPEN)


def find(*more: tuple[str, str], institutions: str = HARBOUR + TIDE) -> list[tuple[str, str, str, str]]:
    """Level, field, code and sentence of what the checker finds."""
    call = parse_call(make_texts(*more, institutions=institutions)["call.toml"])
    return [(one.level, one.field, one.code, words.describe_call_finding(one, str, "en")) for one in check_call(call)]


def test_institutions_are_checked() -> None:
    assert find(PAID) == []
    unknown = ("amount = 20000", 'amount = 20000\ninstitution = "tyde"')
    assert find(unknown) == [
        (
            "error",
            "budget[0].institution",
            "unknown-institution",
            "The call has no institution “tyde”. Near or known: tide.",
        )
    ]
    (far,) = find(("amount = 20000", 'amount = 20000\ninstitution = "observatory"'))
    assert far[3] == "The call has no institution “observatory”. Near or known: harbour, tide."
    assert [one[1:3] for one in find(PAID, institutions="")] == [("budget[0].institution", "no-institutions")]
    assert [one[1:3] for one in find(institutions=TIDE + TIDE)] == [("institution", "twice")]
    assert [one[:3] for one in find((', fr = "Port" }', " }"))] == [("warning", "institution[0].title", "languages")]


def test_nine_institutions_are_read_and_ten_are_not() -> None:
    many = [TIDE.replace('"tide"', f'"tide-{number}"', 1) for number in range(10)]
    assert find(institutions="".join(many[:9])) == []
    with pytest.raises(BadInput, match="more than 9 entries"):
        find(institutions="".join(many))


@pytest.mark.parametrize(
    "change",
    [
        ("https://tide.example/", "javascript:alert(1)"),
        ("https://tide.example/", "tide.example"),
        ("https://tide.example/", "https://tide.example/ x"),
        ('organisation = "tide"', 'organisation = ""'),
        ('domain = "harbour.example"', 'domain = "harbour"'),
        ('domain = "harbour.example"', 'domain = "a@harbour.example"'),
        ('url = "https://tide.example/"', ""),
    ],
)
def test_what_no_institution_can_be(change: tuple[str, str]) -> None:
    with pytest.raises(BadInput):
        parse_call(make_texts(change)["call.toml"])


def test_an_open_call_drops_no_institution() -> None:
    call = open_joint()
    with pytest.raises(BadInput, match="“harbour” was announced, so it cannot be dropped"):
        change_call(COMMAND, NAME, make_texts(institutions=TIDE), 1, BEFORE)
    with pytest.raises(BadInput, match="“tide” was announced"):
        change_call(COMMAND, NAME, make_texts(('key = "tide"', 'key = "tides"')), 1, BEFORE)
    assert newest_edition(call).number == 1
    third = TIDE.replace('"tide"', '"third"', 1)
    assert change_call(COMMAND, NAME, make_texts(institutions=third + TIDE + HARBOUR), 1, BEFORE).number == 2


def test_a_draft_may_drop_an_institution() -> None:
    add_call(COMMAND, make_texts(), BEFORE)
    assert change_call(COMMAND, NAME, make_texts(institutions=TIDE), 1, BEFORE).number == 2


@pytest.mark.usefixtures("in_march")
def test_the_pages_name_the_institutions_and_who_pays(visitor: Visitor) -> None:
    open_joint(PAID)
    page = html.fromstring(visitor.get(f"/en/calls/{NAME}/").content)
    links = {one.get("href"): one.text for one in page.xpath("//main//a[starts-with(@href, 'https:')]")}
    assert links == {"https://harbour.example/?a=1&b=2": "Harbour & Sons", "https://tide.example/": "Tide Institute"}
    assert [one.text for one in page.xpath("//td[@data-label='Paid by']")] == ["Tide Institute", None]
    listed = html.fromstring(visitor.get("/ko/calls/").content)
    assert [one.text for one in listed.xpath("//section//a[starts-with(@href, 'https:')]")] == [
        "항만공사",
        "조석연구원",
    ]
    (shape,) = [
        one
        for one in (json.loads(script.text) for script in page.xpath("//script[@type='application/ld+json']"))
        if isinstance(one, dict) and one.get("@type") == "Grant"
    ]
    assert shape["funder"] == [
        {"@type": "Organization", "name": "Harbour & Sons", "url": "https://harbour.example/?a=1&b=2"},
        {"@type": "Organization", "name": "Tide Institute", "url": "https://tide.example/"},
    ]


@pytest.mark.usefixtures("in_march")
def test_a_call_of_one_node_names_no_institution(visitor: Visitor) -> None:
    make_call()
    page = visitor.get(f"/en/calls/{NAME}/").content.decode()
    assert "Run by:" not in page
    assert "Paid by" not in page
    assert "institutions" not in json.loads(visitor.get(f"/calls/{NAME}.json").content)["data"]["customFields"]
    feed = etree.fromstring(visitor.get("/calls.atom").content)
    assert [one.findtext("{*}name") for one in feed.iter("{*}author")] == ["Test node"]


@pytest.mark.usefixtures("in_march")
def test_programs_read_the_institutions(visitor: Visitor) -> None:
    open_joint(PAID)
    one = OpportunityResponse.model_validate_json(visitor.get(f"/calls/{NAME}.json?language=en").content).data
    (listed,) = OpportunitiesListResponse.model_validate_json(visitor.get("/calls.json").content).items
    for read in (one, listed):
        fields = {name: field.value for name, field in (read.custom_fields or {}).items()}
        assert [(each["key"], each["url"]) for each in fields["institutions"]] == [
            ("harbour", "https://harbour.example/?a=1&b=2"),
            ("tide", "https://tide.example/"),
        ]
        assert fields["institutions"][1]["title"]["fr"] == "Institut des marées"
        assert [line.get("institution") for line in fields["budget"]] == ["tide", None]
    assert one.funding
    assert one.funding.details is not None
    first, second = one.funding.details.split("; ")
    assert first.endswith(", paid by Tide Institute")
    assert "paid by" not in second
    feed = etree.fromstring(visitor.get("/calls.atom?language=fr").content)
    (entry,) = feed.findall("{*}entry")
    assert [(each.findtext("{*}name"), each.findtext("{*}uri")) for each in entry.findall("{*}author")] == [
        ("Port", "https://harbour.example/?a=1&b=2"),
        ("Institut des marées", "https://tide.example/"),
    ]


def make_worker(address: str, *roles: str, at: str = "") -> Person:
    """A person who has stated where she works, and is a member of an organisation of the node."""
    made = ensure_person(NOBODY, address, address.partition("@")[0])
    state_profile(Actor.of_person(made), made, Statement(), BEFORE)
    if at:
        with unlock():
            add_member(made, find_organisation(at))
    for role in roles:
        grant_role(COMMAND, made, role, ("call", NAME))
    return made


def make_reviewer(call: Call, address: str) -> Person:
    made = make_worker(address)
    ((_, secret),) = invite_reviewers(COMMAND, call, [address], 0, 8, BEFORE)
    accept_invitation(secret, made, 0, 8, BEFORE)
    return made


def test_officers_of_every_institution_act() -> None:
    add_organisation(COMMAND, "tide", "Tide Institute")
    add_organisation(COMMAND, "laboratory", "Laboratory")
    set_parent(COMMAND, find_organisation("laboratory"), find_organisation("tide"))
    call = open_joint()
    member = make_worker("kim@home.example", "call-officer", at="tide")
    of_part = make_worker("lee@home2.example", "call-officer", at="laboratory")
    by_domain = make_worker("park@cs.harbour.example", "call-officer")
    other = make_worker("min@else.example", "call-officer")
    for number, officer in enumerate((member, of_part, by_domain, other), start=1):
        texts = make_texts(("amount = 20000", f"amount = {20000 + number}"))
        assert change_call(Actor.of_person(officer), NAME, texts, number, BEFORE).number == number + 1
    shown = {one.person: [each.key for each in one.institutions] for one in list_officers(call, BEFORE.date())}
    assert shown == {member: ["tide"], of_part: ["tide"], by_domain: ["harbour"], other: []}


def test_who_left_an_institution_is_no_longer_shown_for_it() -> None:
    tide = add_organisation(COMMAND, "tide", "Tide Institute")
    call = open_joint()
    member = make_worker("kim@home.example", "call-officer", at="tide")
    leave(COMMAND, member, tide)
    today = timezone.now().date()
    assert [one.institutions for one in list_officers(call, today + timedelta(days=1))] == [()]
    assert [len(one.institutions) for one in list_officers(call, today)] == [1]  # until the end of the day


def test_the_desk_says_for_which_institution_an_officer_works(visitor: Visitor) -> None:
    call = open_joint()
    officer = make_worker("kim@harbour.example", "call-officer")
    make_worker("lee@else.example", "call-officer")
    page = visitor.sign_in(officer).get(f"/en/desk/calls/{NAME}/").content.decode()
    assert "<li>kim: Harbour &amp; Sons</li>" in page
    assert "<li>lee: none of the institutions</li>" in page
    assert "The node has no organisation “tide”, which call.toml names." in page
    add_organisation(COMMAND, "tide", "Tide Institute")
    assert "The node has no organisation" not in visitor.get(f"/en/desk/calls/{call.name}/").content.decode()


def test_the_institutions_bar_nobody_but_from_their_own_applications(site: None) -> None:
    """Kim and Lee work at an institution of the call: they are in conflict with its application, not with that of others."""
    on_site = make_site(middleware.open_node())
    call = open_joint()
    kim, min_ = make_reviewer(call, "kim@harbour.example"), make_reviewer(call, "min@else.example")
    lee, park = (make_worker(one, "call-officer") for one in ("lee@cs.harbour.example", "park@tide.example"))
    own = submit_application(make_worker("owner@harbour.example"), on_site).application
    team = [{"name": "Cho", "email": "cho@harbour.example", "organisation": ""}]
    joined = submit_application(
        make_worker("owner@a.example"), on_site, answers={**ANSWERS, "members": team}
    ).application
    others = submit_application(make_worker("owner@b.example"), on_site).application
    close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    assert [is_free(kim, one) for one in (own, joined, others)] == [False, False, True]
    assert [is_free(min_, one) for one in (own, joined, others)] == [True, True, True]
    assert [is_free_officer(lee, one) for one in (own, joined, others)] == [False, False, True]
    assert [is_free_officer(park, one) for one in (own, joined, others)] == [True, True, True]
    assert set(Conflict.objects.values_list("person", "kind")) == {
        (kim.pk, "same-organisation"),
        (lee.pk, "same-organisation"),
    }
