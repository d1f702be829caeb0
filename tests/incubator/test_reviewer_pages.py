"""Pages about reviewers and conflicts: invited, stated, accepted; listed and ruled on; and what a stranger sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from bongsu.incubator.conflicts.people import Affiliation, Relation
from bongsu.incubator.models import Conflict, Profile, Reviewer
from bongsu.incubator.reviewers.conflicts import compare_call
from bongsu.incubator.reviewers.stating import Statement, read_statement, state_profile
from bongsu.people.access import NOBODY, Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import Mail, Person
from bongsu.people.persons import describe_person, ensure_person, erase_person
from bongsu.web import middleware
from tests.incubator.cast import BEFORE, NAME, OPEN, make_call, make_site, submit_application
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db
People = Callable[..., Person]
REVIEWERS = f"/en/desk/calls/{NAME}/reviewers/"
CONFLICTS = f"/en/desk/calls/{NAME}/conflicts/"
EMPTY = {
    f"{prefix}-{name}": value for prefix in "arw" for name, value in (("TOTAL_FORMS", "2"), ("INITIAL_FORMS", "0"))
}


@pytest.fixture
def officer(person: People) -> Person:
    make_call()
    return person("officer", "call-officer")


def test_a_reviewer_is_invited_states_where_she_works_and_accepts(officer: Person, visitor: Visitor) -> None:
    visitor.sign_in(officer)
    sent = {
        "do": "invite",
        "addresses": "sora@farm.example, kim@tide.example\nsora@farm.example",
        "least": 1,
        "most": 4,
    }
    assert visitor.post(REVIEWERS, sent).status_code == 302
    assert list(Reviewer.objects.order_by("address").values_list("address", "state")) == [
        ("kim@tide.example", "invited"),
        ("sora@farm.example", "invited"),
    ]
    assert "has not answered" in visitor.get(REVIEWERS).content.decode()
    reader = Visitor()
    link = reader.read_link("sora@farm.example")
    page = reader.get(link).content.decode()
    assert "sora@farm.example" in page
    assert "account/login" in page
    assert reader.post(link, {"do": "accept", "least": 1, "most": 3}).status_code == 401
    sora = ensure_person(NOBODY, "sora@farm.example", "Sora")
    reader.sign_in(sora)
    page = reader.get(link).content.decode()
    assert "First: where you work" in page
    assert 'value="accept"' not in page
    profile = re.search(r'href="(/en/reviewing/\?next=[^"]*)"', page)
    assert profile
    stated = {
        **EMPTY,
        "do": "save",
        "orcid": "0000-0002-1825-0097",
        "reads": ["en", "ko"],
        "expertise_en": "Crop diseases",
        "complete": "on",
        "a-0-organisation": "Farm Institute",
        "a-0-until": "2025-01-31",
        "r-0-kind": "family",
        "r-0-other": "lee@tide.example",
        "w-0-title": "Blight",
        "w-0-year": "2025",
        "w-0-authors": "Sora; Lee",
    }
    answer = reader.post(profile[1], stated)
    assert (answer.status_code, answer.headers["Location"]) == (302, link)
    read = read_statement(sora)
    assert read.affiliations == (Affiliation("Farm Institute", until=date(2025, 1, 31)),)
    assert read.relations == (Relation("family", "lee@tide.example"),)
    assert (read.expertise, read.works[0].authors) == ({"en": "Crop diseases"}, ("Sora", "Lee"))
    assert reader.post(link, {"do": "accept", "least": 5, "most": 3}).status_code == 200
    assert reader.post(link, {"do": "accept", "least": 1, "most": 3}).status_code == 302
    row = Reviewer.objects.get(address="sora@farm.example")
    assert (row.state, row.person, row.least, row.most) == ("accepted", sora, 1, 3)
    assert reader.get(link).status_code == 410
    reader.post("/en/reviewing/", {"do": "withdraw", "reviewer": row.pk})
    row.refresh_from_db()
    assert row.state == "declined"


def test_who_declined_is_not_invited_again(officer: Person, visitor: Visitor) -> None:
    visitor.sign_in(officer)
    sent = {"do": "invite", "addresses": "sora@farm.example", "least": 0, "most": 4}
    visitor.post(REVIEWERS, sent)
    link = Visitor().read_link("sora@farm.example")
    assert Visitor().post(link, {"do": "decline"}).status_code == 200  # without an account
    count = Mail.objects.filter(to="sora@farm.example").count()
    visitor.post(REVIEWERS, sent)
    assert (Reviewer.objects.get().state, Mail.objects.filter(to="sora@farm.example").count()) == ("declined", count)
    assert visitor.post(REVIEWERS, {**sent, "addresses": "nobody"}).status_code == 200
    visitor.post(REVIEWERS, {**sent, "addresses": "kim@tide.example"})
    kim = Reviewer.objects.get(address="kim@tide.example")
    visitor.post(REVIEWERS, {"do": "end", "reviewer": kim.pk})
    kim.refresh_from_db()
    assert kim.state == "ended"
    assert Visitor().get(Visitor().read_link("kim@tide.example")).status_code == 410


def test_an_officer_rules_on_a_conflict_and_relations_stay_in_confidence(
    officer: Person, person: People, visitor: Visitor
) -> None:
    chair = person("chair", f"call-chair call {NAME}")
    place = (Affiliation("Tide Institute", until=date(2026, 1, 1)),)
    relations = (Relation("dispute", "sora@farm.example"),)
    state_profile(Actor.of_person(chair), chair, Statement(affiliations=place, relations=relations), BEFORE)
    sora = ensure_person(NOBODY, "sora@farm.example")
    state_profile(Actor.of_person(sora), sora, Statement(affiliations=(Affiliation("Tide Institute"),)), BEFORE)
    application = submit_application(sora, make_site(middleware.open_node())).application
    compare_call(application.call, OPEN)
    visitor.sign_in(officer)
    page = visitor.get(CONFLICTS).content.decode()
    assert "share an organisation: Tide Institute" in page
    assert "stated in confidence" in page
    assert "dispute" not in page
    found = Conflict.objects.get(kind="former-organisation")
    path = f"{CONFLICTS}{found.pk}/"
    assert "with a plan only" in visitor.post(path, {"ruling": "waive", "plan": ""}).content.decode()
    assert visitor.post(path, {"ruling": "dismiss", "plan": "x"}).status_code == 200
    found.refresh_from_db()
    assert found.state == "barred"
    assert visitor.post(path, {"ruling": "waive", "plan": "A second reviewer reads it."}).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("waived", officer)
    assert "A second reviewer reads it." in visitor.get(f"{CONFLICTS}?state=waived").content.decode()


def test_an_officer_in_conflict_sees_the_bytes_of_an_unknown_number(
    officer: Person, person: People, visitor: Visitor
) -> None:
    chair = person("chair", f"call-chair call {NAME}")
    application = submit_application(officer, make_site(middleware.open_node())).application
    with unlock():
        hidden = Conflict.objects.create(
            person=chair, application=application, kind="declared", code="reviewer", state="barred", changed=OPEN
        )
    visitor.sign_in(officer)
    assert application.number not in visitor.get(CONFLICTS).content.decode()
    pages = [visitor.get(f"{CONFLICTS}{number}/") for number in (hidden.pk, hidden.pk + 1000)]
    assert [page.status_code for page in pages] == [404, 404]
    hide = re.compile(rb"conflicts/\d+/")  # the address of the page itself
    shown = [hide.sub(b"", page.content) for page in pages]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_every_page_in_three_languages(language: str, officer: Person, visitor: Visitor) -> None:
    visitor.sign_in(officer)
    for path in (REVIEWERS, CONFLICTS, "/en/reviewing/"):
        assert visitor.get(path.replace("/en/", f"/{language}/")).status_code == 200


def test_strangers_are_refused(officer: Person, person: People, visitor: Visitor) -> None:
    assert "/account/login/" in visitor.get("/en/reviewing/").headers["Location"]
    visitor.sign_in(person("lee"))
    assert {visitor.get(path).status_code for path in (REVIEWERS, CONFLICTS)} == {403}


def test_a_profile_is_not_saved_before_it_is_complete(person: People, visitor: Visitor) -> None:
    visitor.sign_in(person("lee"))
    assert visitor.post("/en/reviewing/", {**EMPTY, "do": "save"}).status_code == 200
    wrong = {**EMPTY, "do": "save", "complete": "on", "a-0-role": "Professor"}
    page = visitor.post("/en/reviewing/", wrong).content.decode()
    assert "An affiliation needs the name" in page
    assert not Profile.objects.exists()


def test_what_was_stated_is_exported_and_erased(officer: Person, person: People) -> None:
    lee = person("lee", f"call-chair call {NAME}")
    me = Actor.of_person(lee)
    state_profile(me, lee, Statement(relations=(Relation("friend", "sora@farm.example"),)), BEFORE)
    application = submit_application(person("kim"), make_site(middleware.open_node())).application
    compare_call(application.call, OPEN)
    assert Conflict.objects.filter(person=lee).exists()
    (row,) = describe_person(lee)["reviewing"]
    assert row["relations"][0]["other"] == "sora@farm.example"
    erase_person(me, lee)
    assert not Conflict.objects.filter(person=lee).exists()
    assert read_statement(lee) == Statement()
