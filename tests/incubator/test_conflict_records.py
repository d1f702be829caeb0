"""Conflicts as records: the cases of the specification through the functions that the product calls, and who is free."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bongsu.core.errors import BadInput, Refused
from bongsu.incubator.applications import reading
from bongsu.incubator.applications.files import attach_file
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.applications.team import invite_member, remove_member
from bongsu.incubator.conflicts.people import Affiliation, Relation, Work
from bongsu.incubator.models import Application, Assignment, Call, Conflict, Reviewer, StoredFile
from bongsu.incubator.reviewers.conflicts import compare_call
from bongsu.incubator.reviewers.doors import is_free, is_free_officer, list_barred, list_free
from bongsu.incubator.reviewers.inviting import accept_invitation, invite_reviewers
from bongsu.incubator.reviewers.ruling import declare_conflict, rule_on_conflict
from bongsu.incubator.reviewers.stating import Statement, check_statement, state_profile
from bongsu.incubator.running.closing import WAIT, close_due_rounds
from bongsu.incubator.running.submitting import submit
from bongsu.incubator.site import Site
from bongsu.incubator.steps.messages import TOLD
from bongsu.incubator.steps.take import list_acting
from bongsu.people.access import NOBODY, Actor, may
from bongsu.people.granting import grant_role
from bongsu.people.guarded import unlock
from bongsu.people.models import Mail, Person
from bongsu.people.organisations import add_organisation, claim_domain, set_parent
from bongsu.people.persons import ensure_person
from bongsu.web import middleware
from tests.incubator.cast import (
    ANSWERS,
    BEFORE,
    ENDS,
    NAME,
    OPEN,
    make_call,
    make_site,
    make_written_pdf,
    submit_application,
    write_application,
)
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
CLOCK = Actor.of_duty("calls")
People = Callable[..., Person]
CLOSES = date(2027, 3, 31)


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def make_person(address: str, **stated: Any) -> Person:
    """A person with an account, who has stated what is given."""
    person = ensure_person(NOBODY, address, address.partition("@")[0])
    state_profile(Actor.of_person(person), person, Statement(**stated), BEFORE)
    return person


def make_reviewer(call: Call, address: str, **stated: Any) -> Person:
    person = make_person(address, **stated)
    ((_, secret),) = invite_reviewers(COMMAND, call, [address], 0, 8, BEFORE)
    accept_invitation(secret, person, 0, 8, BEFORE)
    return person


def apply(person: Person, site: Site, **answers: Any) -> Application:
    return submit_application(person, site, answers={**ANSWERS, **answers}).application


def close(site: Site) -> None:
    close_due_rounds(CLOCK, ENDS + WAIT, site)


def kinds(person: Person, application: Application) -> set[str]:
    return set(Conflict.objects.filter(person=person, application=application).values_list("kind", flat=True))


def add_address(person: Person, address: str) -> None:
    EmailAddress.objects.create(user=person, email=address, verified=False)


LEFT = {"affiliations": (Affiliation("Tide Institute", until=date(2024, 3, 31)),)}
LONG_AGO = {"affiliations": (Affiliation("Tide Institute", until=date(2024, 3, 30)),)}
THERE = {"affiliations": (Affiliation("Tide Institute"),)}
DOI = {"works": (Work("On tides", 2024, "10.1000/TIDE"),)}
EARLIER = {"works": (Work("On tides", 2023, "https://doi.org/10.1000/tide"),)}


@pytest.mark.parametrize(
    ("reviewer", "stated", "owner", "said", "expected"),
    [
        ("kim@cs.snu.ac.kr", {}, "lee@snu.ac.kr", {}, {"same-organisation"}),
        ("kim@snu.ac.kr", {}, "park@kaist.ac.kr", {}, set()),
        ("a@hust.edu.cn", {}, "b@hust.edu.vn", {}, set()),
        ("a@gmail.com", {}, "b@gmail.com", {}, set()),
        ("kim+x@gmail.com", {}, "kim@gmail.com", {}, {"own"}),
        ("r@a.kr", LEFT, "o@b.kr", THERE, {"former-organisation"}),
        ("r@a.kr", LONG_AGO, "o@b.kr", THERE, set()),
        ("r@a.kr", DOI, "o@b.kr", {"works": (Work("Tides", 2024, "10.1000/tide"),)}, {"co-author"}),
        ("r@a.kr", EARLIER, "o@b.kr", EARLIER, set()),
        ("r@a.kr", {"relations": (Relation("family", "O@B.kr"),)}, "o@b.kr", {}, {"relation"}),
        ("r@a.kr", {}, "o@b.kr", {"relations": (Relation("supervised", "r@a.kr"),)}, {"relation"}),
        ("r@a.kr", {"orcid": "0000-0002-1825-0097"}, "o@b.kr", {"orcid": "0000000218250097"}, {"own"}),
    ],
)
def test_the_cases(
    reviewer: str, stated: dict[str, Any], owner: str, said: dict[str, Any], expected: set[str], on_site: Site
) -> None:
    who = make_reviewer(make_call(), reviewer, **stated)
    application = apply(make_person(owner, **said), on_site)
    assert not is_free(who, application)  # everybody is compared when the round has closed
    close(on_site)
    assert kinds(who, application) == expected
    assert is_free(who, application) == (not expected)


def test_the_team_that_the_answers_name_counts(on_site: Site) -> None:
    call = make_call()
    named, colleague, inside = (make_reviewer(call, one) for one in ("sora@gmail.com", "kim@tide.kr", "r@other.kr"))
    state_profile(Actor.of_person(inside), inside, Statement(**THERE), BEFORE)
    members = [
        {"name": "Sora", "email": "SORA+cv@gmail.com", "organisation": ""},
        {"name": "Lee", "email": "lee@cs.tide.kr", "organisation": "Tide  Institute"},
    ]
    application = apply(make_person("o@b.kr"), on_site, members=members)
    close(on_site)
    assert [kinds(one, application) for one in (named, colleague, inside)] == [
        {"team"},
        {"same-organisation"},
        {"same-organisation"},
    ]


def test_the_organisations_of_the_node_have_titles_and_domains(on_site: Site) -> None:
    tide = add_organisation(COMMAND, "tide", "Tide Institute")
    call = make_call()
    who = make_reviewer(call, "r@tide-lab.example")
    application = apply(make_person("o@b.kr", **THERE), on_site)
    close(on_site)
    assert is_free(who, application)
    claim_domain(COMMAND, tide, "tide-lab.example")
    assert kinds(who, application) == {"same-organisation"}


def test_the_parent_of_an_organisation_bars_and_may_be_waived(on_site: Site) -> None:
    university, institute = (add_organisation(COMMAND, name, name.title()) for name in ("university", "institute"))
    claim_domain(COMMAND, university, "uni.example")
    claim_domain(COMMAND, institute, "lab.example")
    call = make_call()
    who = make_reviewer(call, "r@uni.example")
    application = apply(make_person("o@lab.example"), on_site)
    close(on_site)
    assert is_free(who, application)
    set_parent(COMMAND, institute, university)
    assert kinds(who, application) == {"related-organisation"}
    with pytest.raises(BadInput, match="is a part of"):
        set_parent(COMMAND, university, institute)
    with pytest.raises(BadInput, match="is a part of"):
        set_parent(COMMAND, university, university)
    set_parent(COMMAND, institute, None)
    assert is_free(who, application)


def test_the_organisation_that_applies_bars_those_who_work_there(on_site: Site) -> None:
    """The owner writes from another address; only the answer says for whom she applies."""
    add_organisation(COMMAND, "tide", "Tide Institute")
    call = make_call(call=('line = "line"', 'line = "line"\norganisation = "title"'))
    inside, outside = (make_reviewer(call, one) for one in ("r@a.kr", "r@c.kr"))
    state_profile(Actor.of_person(inside), inside, Statement(**THERE), BEFORE)
    application = apply(make_person("o@gmail.com"), on_site, title="Tide  Institute")
    close(on_site)
    assert (kinds(inside, application), kinds(outside, application)) == ({"same-organisation"}, set())


def test_who_is_named_in_an_answer_is_barred_and_her_colleagues_are_not(on_site: Site) -> None:
    call = make_call()
    named, by_orcid, colleague, own = (
        make_reviewer(call, one) for one in ("sora@a.kr", "r@b.kr", "lee@a.kr", "owner@c.kr")
    )
    state_profile(Actor.of_person(by_orcid), by_orcid, Statement(orcid="0000-0002-1825-0097"), BEFORE)
    text = "Advised by Sora (SORA@a.kr), https://orcid.org/0000-0002-1825-0097; write to owner@c.kr."
    application = apply(own, on_site, summary=text)
    close(on_site)
    assert [kinds(one, application) for one in (named, by_orcid, colleague, own)] == [
        {"named"}, {"named"}, set(), {"own"},
    ]  # fmt: skip


def test_who_is_named_in_a_file_is_barred(on_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a PDF, which is read before the application is compared, and in a text; a text that is deleted names nobody."""
    call = make_call(form=('types = ["pdf"]', 'types = ["pdf", "csv"]\nmost = 3'))
    in_pdf, in_text, colleague = (make_reviewer(call, one) for one in ("sora@a.kr", "lee@b.kr", "min@a.kr"))
    owner = make_person("owner@c.kr")
    application = write_application(owner, on_site)
    actor = Actor.of_person(owner)
    for name, data in (("letter.pdf", make_written_pdf("Ask sora@a.kr.")), ("list.csv", b"name,mail\nLee,LEE@b.kr\n")):
        attach_file(actor, application, "plan", name, data, OPEN, on_site.node)
    assert [one.named for one in StoredFile.objects.order_by("pk")] == [[], None, ["LEE@b.kr"]]
    submit(actor, application, OPEN, on_site)
    monkeypatch.setattr(reading, "MOST", 0)
    close(on_site)
    assert kinds(in_text, application) == set()  # nothing is compared while a file is not read
    compare_call(call, ENDS + WAIT)  # as when an organisation changes meanwhile
    assert not is_free(in_text, application)
    monkeypatch.undo()
    close(on_site)
    assert [one.named for one in StoredFile.objects.order_by("pk")] == [[], ["sora@a.kr"], ["LEE@b.kr"]]
    assert [kinds(one, application) for one in (in_pdf, in_text, colleague)] == [{"named"}, {"named"}, set()]


def test_a_reviewer_who_applies_competes_in_her_round_and_budget_line(on_site: Site) -> None:
    call = make_call()
    who = make_reviewer(call, "r@a.kr")
    same, other = apply(make_person("o@b.kr"), on_site), apply(make_person("o@c.kr"), on_site, line="industry")
    own = apply(who, on_site, line="industry")
    close(on_site)
    assert (kinds(who, same), kinds(who, other), kinds(who, own)) == ({"competitor"}, {"competitor"}, {"own"})
    assert set(Conflict.objects.filter(kind="competitor").values_list("code", flat=True)) == {"round"}


def test_an_address_that_is_added_stops_and_one_that_goes_frees(on_site: Site) -> None:
    call = make_call()
    who = make_reviewer(call, "kim@gmail.com")
    application = apply(make_person("lee@snu.ac.kr"), on_site)
    close(on_site)
    assert is_free(who, application)
    add_address(who, "kim@cs.snu.ac.kr")  # not confirmed
    assert not is_free(who, application)
    EmailAddress.objects.get(email="kim@cs.snu.ac.kr").delete()
    assert is_free(who, application)


def test_a_change_of_the_applicant_counts(on_site: Site) -> None:
    call = make_call()
    who = make_reviewer(call, "kim@snu.ac.kr")
    owner = make_person("lee@gmail.com")
    application = apply(owner, on_site)
    close(on_site)
    assert is_free(who, application)
    state_profile(Actor.of_person(owner), owner, Statement(affiliations=(Affiliation(domain="snu.ac.kr"),)), OPEN)
    assert not is_free(who, application)
    member, _ = invite_member(Actor.of_person(owner), application, "kim@snu.ac.kr", OPEN)
    assert kinds(who, application) == {"same-organisation", "team"}
    remove_member(Actor.of_person(owner), application, member)
    assert kinds(who, application) == {"same-organisation"}


def test_without_a_profile_nobody_looks(person: People, on_site: Site) -> None:
    make_call()
    chair = person("chair", "call-chair call example-2027")
    application = apply(make_person("o@b.kr"), on_site)
    close(on_site)
    assert list_barred(chair, Application.objects.all()) == {application.pk}
    state_profile(Actor.of_person(chair), chair, Statement(), OPEN)
    assert list_barred(chair, Application.objects.all()) == set()


def test_a_waiver_needs_a_plan_and_holds_for_its_evidence(person: People, on_site: Site) -> None:
    officer = Actor.of_person(person("officer", "call-officer"))
    who = make_reviewer(make_call(), "r@a.kr", **LEFT)
    application = apply(make_person("o@b.kr", **THERE), on_site)
    close(on_site)
    found = Conflict.objects.get(person=who)
    with pytest.raises(BadInput, match="plan"):
        rule_on_conflict(officer, found, "waive", " ", OPEN)
    with pytest.raises(Refused):
        rule_on_conflict(Actor.of_person(who), found, "waive", "I shall be fair.", OPEN)
    rule_on_conflict(officer, found, "waive", "The chair reads the review.", OPEN)
    assert is_free(who, application)
    compare_call(application.call, OPEN)
    assert is_free(who, application)
    found.refresh_from_db()
    assert (found.state, found.plan, found.decided_by) == ("waived", "The chair reads the review.", officer.person)
    state_profile(Actor.of_person(who), who, Statement(**LEFT, relations=(Relation("friend", "o@b.kr"),)), OPEN)
    assert not is_free(who, application)
    with pytest.raises(BadInput, match="cannot be waived"):
        rule_on_conflict(officer, Conflict.objects.get(kind="relation"), "waive", "plan", OPEN)


def test_one_click_declares(on_site: Site) -> None:
    who = make_reviewer(make_call(), "r@a.kr")
    application = apply(make_person("o@b.kr"), on_site)
    close(on_site)
    me = Actor.of_person(who)
    declare_conflict(me, application, OPEN)
    assert not is_free(who, application)
    compare_call(application.call, OPEN)
    assert not is_free(who, application)  # the machine does not take back what a person said
    with pytest.raises(Refused):
        declare_conflict(me, application, OPEN)  # it does not exist for her any more


def test_a_chair_in_conflict_has_a_deputy(person: People, on_site: Site) -> None:
    make_call()
    chair, *panel = (
        person(name, f"{role} call example-2027")
        for name, role in (("chair", "call-chair"), ("first", "call-panel"), ("second", "call-panel"))
    )
    for one in (chair, *panel):
        state_profile(Actor.of_person(one), one, Statement(), BEFORE)
    application = apply(make_person("o@b.kr"), on_site)
    close(on_site)
    target = target_of_application(application)

    def leading() -> list[str]:
        led = [one.name for one in (chair, *panel) if may(Actor.of_person(one), "application.end-discussion", target)]
        assert {one.name for one in list_free("call-chair", application)} == set(led)
        return led

    assert leading() == ["chair"]
    declare_conflict(Actor.of_person(panel[0]), application, OPEN)
    assert leading() == ["chair"]
    declare_conflict(Actor.of_person(chair), application, OPEN)
    assert leading() == ["second"]  # the oldest grant among those who are free
    assert not may(Actor.of_person(chair), "application.end-reviews", target)


def test_an_officer_keeps_away_from_her_own_and_the_operators_hear_if_nobody_is_left(
    person: People, operator: Person, on_site: Site
) -> None:
    first, second = person("first", "call-officer"), ensure_person(NOBODY, "second@b.kr")
    make_call()
    application = apply(make_person("o@b.kr"), on_site)
    assert is_free_officer(first, application)
    assert not Mail.objects.filter(to=operator.email).exists()
    grant_role(COMMAND, second, "call-officer")
    assert (is_free_officer(first, application), is_free_officer(second, application)) == (True, False)
    assert may(Actor.of_person(first), "application.see", target_of_application(application))
    assert not may(Actor.of_person(second), "application.see", target_of_application(application))
    declare_conflict(Actor.of_person(first), application, OPEN)
    mail = Mail.objects.get(to=operator.email)
    assert application.number not in mail.text + mail.subject
    assert not may(Actor.of_person(first), "application.see", target_of_application(application))


def test_the_queries_do_not_grow_with_reviewers_and_applications(on_site: Site) -> None:
    call = make_call()

    def count(name: str, pairs: int) -> int:
        for number in range(pairs):
            make_reviewer(call, f"r{number}{name}@a.kr")
            apply(make_person(f"o{number}{name}@a.kr"), on_site)
        before = Conflict.objects.count()
        with CaptureQueriesContext(connection) as queries:
            compare_call(call, OPEN)
        assert Conflict.objects.count() > before
        return len(queries)

    assert count("first", 1) == count("then", 4)


def test_a_statement_is_checked() -> None:
    for stated, text in (
        (Statement(orcid="12"), "not an ORCID"),
        (Statement(affiliations=(Affiliation("x" * 201),)), "more than 200 characters"),
        (Statement(affiliations=(Affiliation(domain="not a domain!"),)), "not a domain"),
        (Statement(affiliations=(Affiliation("x", start=CLOSES, until=date(2020, 1, 1)),)), "before the beginning"),
        (Statement(relations=(Relation("pal", "a@b.kr"),)), "no relation"),
        (Statement(relations=(Relation("friend", " "),)), "with whom"),
        (Statement(works=(Work("", 2024),)), "title"),
        (Statement(works=(Work("x", 2024, "doi"),)), "not a DOI"),
        (Statement(reads=("xx",)), "languages"),
        (Statement(works=(Work("x", 2024),) * 201), "200 rows"),
    ):
        with pytest.raises(BadInput, match=text):
            check_statement(stated, 2027)


def test_messages_of_steps_go_to_those_who_are_free(person: People, on_site: Site) -> None:
    make_call()
    first, second = (person(name, f"call-chair call {NAME}") for name in ("first", "second"))
    for one in (first, second):
        state_profile(Actor.of_person(one), one, Statement(), BEFORE)
    application = apply(make_person("o@b.kr"), on_site)
    close(on_site)
    declare_conflict(Actor.of_person(first), application, OPEN)
    assert [one.name for one in TOLD["chair"](application)] == ["second"]
    assert list_acting(Actor.of_person(first), "end-discussion", target_of_application(application)) == []
    assert list_acting(Actor.of_person(second), "end-discussion", target_of_application(application)) == ["chair"]


def test_an_address_that_is_added_stops_a_running_review_and_the_officers_hear(person: People, on_site: Site) -> None:
    call = make_call()
    officer, who = person("officer", "call-officer"), make_reviewer(call, "kim@gmail.com")
    application = apply(make_person("lee@snu.ac.kr"), on_site)
    close(on_site)
    with unlock():
        task = Assignment.objects.create(
            reviewer=Reviewer.objects.get(), application=application, made=OPEN, changed=OPEN
        )
    add_address(who, "kim@cs.snu.ac.kr")
    task.refresh_from_db()
    assert (task.state, task.why) == ("stopped", "conflict")
    mail = Mail.objects.get(to=officer.email)
    assert application.number not in mail.text + mail.subject
