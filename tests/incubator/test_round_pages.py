"""The pages of a round and of a review: who sees what, by a browser without JavaScript, in three languages."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bongsu.incubator.applying.decided import read_decided
from bongsu.incubator.models import Assignment, AssignmentRun, ReviewVersion, Vote
from bongsu.incubator.running.releasing import release_round
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.web import middleware
from tests.incubator.cast import NAME, make_person, make_site
from tests.incubator.test_panel import CLOSED, LATER, SCORES, Cast, state_nothing
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db
ROUND = f"/en/desk/calls/{NAME}/rounds/first/"


@pytest.fixture
def cast(site: None) -> Cast:
    return Cast(make_site(middleware.open_node()))


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return Visitor().sign_in(cast.officer)


def read_page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


def post_form(client: Client, path: str, **values: str) -> str:
    answer = client.post(path, values, follow=True)
    assert answer.status_code == 200, re.sub("<[^>]+>", " ", answer.content.decode())[-1500:]
    return answer.content.decode()


def test_an_officer_runs_a_round_on_pages(cast: Cast, officer: Visitor) -> None:
    page = read_page(officer, ROUND)
    assert all(number in page for number in cast.numbers)
    assert "<strong>3</strong> in screening" in page
    page = post_form(officer, f"{ROUND}steps/", event="end-screening")
    assert "Applications that went on: 0." in page
    assert "enough reviewers are assigned" in page  # why
    page = post_form(officer, f"{ROUND}assign/", objective="floor", cap="1")
    assert "9 reviews" in page
    post_form(officer, f"{ROUND}assign/", adopt=str(AssignmentRun.objects.get().pk))
    assert Assignment.objects.count() == 9
    page = post_form(officer, f"{ROUND}steps/", event="end-screening")
    assert "Applications that went on: 3." in page
    cast.review(SCORES)
    post_form(officer, f"{ROUND}steps/", event="end-reviews")
    page = read_page(officer, f"{ROUND}ranking/")
    assert [page.index(number) for number in cast.numbers] == sorted(page.index(number) for number in cast.numbers)
    assert "<strong>4.67</strong> (3)" in page  # 14/3
    assert "below the threshold" in page
    assert "Not yet decided" in page
    for member in cast.panel:
        visitor = Visitor().sign_in(member)
        post_form(visitor, f"{ROUND}decide/", do="follow", why="as ranked")
    assert Vote.objects.count() == 6
    page = post_form(officer, f"{ROUND}decide/", do="release")
    assert "Released decisions" in page
    history = read_page(officer, f"/en/desk/applications/{cast.numbers[0]}/")
    for step in ("Begin an application", "end the screening", "end the reviews", "release the decisions"):
        assert step in history
    assert "officer" in history


@pytest.mark.parametrize("language", ["ko", "fr"])
def test_the_pages_are_in_other_languages(cast: Cast, officer: Visitor, language: str) -> None:
    cast.rank(SCORES)
    for path in (ROUND, f"{ROUND}ranking/", f"/en/desk/applications/{cast.numbers[0]}/"):
        page = read_page(officer, path.replace("/en/", f"/{language}/"))
        main = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
        assert not re.search(r"\b(Ranking|Reviews|Checks|Reason|Release|Answers)\b", main), main


def test_strangers_and_applicants_find_nothing(cast: Cast) -> None:
    paths = (ROUND, f"{ROUND}ranking/")
    stranger = Visitor().sign_in(make_person("stranger"))
    applicant = Visitor().sign_in(cast.applicants[0])
    for path in paths:
        assert stranger.get(path).status_code == applicant.get(path).status_code == 403
        assert Visitor().get(path).status_code in (302, 401)
    for who in (stranger, applicant):
        unknown = who.get("/en/desk/applications/CALL-2027-9999-9/")
        known = who.get(f"/en/desk/applications/{cast.numbers[0]}/")
        assert unknown.status_code == known.status_code == 404
        strip = re.compile(rb"CALL-2027-[0-9]{4}-[0-9]")
        assert strip.sub(b"", unknown.content) == strip.sub(b"", known.content)


def test_a_chair_in_conflict_is_a_stranger(cast: Cast) -> None:
    """She works where an applicant does: that application is not on any page of hers, nor counted."""
    colleague = make_person("colleague", f"call-chair call {NAME}")
    state_nothing(colleague)
    from bongsu.incubator.models import StatedAffiliation
    from bongsu.incubator.reviewers.conflicts import compare_call

    with unlock():
        StatedAffiliation.objects.create(person=colleague, domain="applicant1.example")
    compare_call(cast.call, CLOSED)
    cast.rank(SCORES)
    visitor = Visitor().sign_in(colleague)
    page = read_page(visitor, ROUND)
    assert "<strong>2</strong>" in page
    assert cast.numbers[1] not in page
    assert cast.numbers[1] not in read_page(visitor, f"{ROUND}ranking/")
    assert visitor.get(f"/en/desk/applications/{cast.numbers[1]}/").status_code == 404
    assert cast.numbers[0] in page


def reviewer_of(cast: Cast) -> tuple[Person, Visitor]:
    return cast.reviewers[0], Visitor().sign_in(cast.reviewers[0])


def test_a_reviewer_reviews_without_javascript(cast: Cast, officer: Visitor) -> None:
    person, visitor = reviewer_of(cast)
    assert "You have no review to do." in read_page(visitor, "/en/reviews/")
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    page = read_page(visitor, "/en/reviews/")
    assert all(number in page for number in cast.numbers)
    number = cast.numbers[0]
    page = read_page(visitor, f"/en/reviews/{number}/")
    assert "Crop diseases from photographs" in page
    assert "applicant0" not in page  # blind
    change = f"/en/reviews/{number}/change/"
    texts = {"to_applicant": "Good.", "to_panel": "Fund it.", "help_used": ""}
    post_form(visitor, change, do="save", **{"points-merit": "5"}, **texts)
    assert not ReviewVersion.objects.exists()
    assert "Good." in read_page(visitor, f"/en/reviews/{number}/")
    page = post_form(visitor, change, do="submit", **{"points-merit": "5"}, **texts)
    assert "needs points" in page
    points = {"points-merit": "5", "points-benefit": "4", "points-plan": "-"}
    post_form(visitor, change, do="submit", **points, **texts)
    version = ReviewVersion.objects.get()
    assert version.points == {"merit": 5, "benefit": 4, "plan": None}
    assert (version.to_applicant, version.assignment.reviewer.person) == ("Good.", person)
    post_form(visitor, change, do="submit", **{**points, "points-merit": "6"}, **texts)
    assert ReviewVersion.objects.count() == 1
    post_form(visitor, f"/en/reviews/{cast.numbers[1]}/change/", do="decline", why="no time")
    assert visitor.get(f"/en/reviews/{cast.numbers[1]}/").status_code == 404


def test_a_reviewer_declares_a_conflict_with_one_click(cast: Cast) -> None:
    person, visitor = reviewer_of(cast)
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    page = post_form(visitor, f"/en/reviews/{cast.numbers[0]}/change/", do="declare")
    assert "The conflict was recorded" in page
    assert cast.numbers[0] not in page
    assert cast.numbers[1] in page
    assert visitor.get(f"/en/reviews/{cast.numbers[0]}/").status_code == 404
    task = Assignment.objects.get(reviewer__person=person, application__number=cast.numbers[0])
    assert task.state == "stopped"


def test_a_reviewers_address_is_no_door_for_others(cast: Cast) -> None:
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    for person in (make_person("stranger"), cast.applicants[0], cast.officer, cast.chair):
        visitor = Visitor().sign_in(person)
        assert visitor.get(f"/en/reviews/{cast.numbers[0]}/").status_code == 404
        assert visitor.post(f"/en/reviews/{cast.numbers[0]}/change/", {"do": "save"}).status_code == 404
    assert Visitor().get(f"/en/reviews/{cast.numbers[0]}/").status_code in (302, 401)


def visible(page: str) -> str:
    """What a page shows, without what differs each time."""
    return re.sub(r"<[^>]+>|[0-9]{2}:[0-9]{2}(:[0-9]{2})?", " ", page[page.index("<main") :])


def test_a_decision_is_not_seen_before_its_release(cast: Cast) -> None:
    cast.rank(SCORES)
    applicants = [Visitor().sign_in(person) for person in cast.applicants]
    paths = [f"/en/applications/{number}/" for number in cast.numbers]
    for who in applicants:
        who.get("/en/applications/")  # shows that she has signed in, once
    before = [visible(read_page(who, path)) for who, path in zip(applicants, paths, strict=True)]
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    assert [visible(read_page(who, path)) for who, path in zip(applicants, paths, strict=True)] == before
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    accepted, rejected = read_page(applicants[0], paths[0]), read_page(applicants[2], paths[2])
    assert "was accepted" in accepted
    assert "was not accepted" in rejected
    for page in (accepted, rejected):
        assert "For you:" in page
        assert "SECRET" not in page
        assert not any(str(reviewer) in page for reviewer in cast.reviewers)
    korean = read_page(applicants[2], paths[2].replace("/en/", "/ko/"))
    assert "선정되지 않았습니다" in korean


def test_an_appeal_is_made_and_judged_on_pages(cast: Cast) -> None:
    cast.rank(SCORES)
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    release_round(cast.by("officer"), cast.round, timezone.now(), cast.site)
    applicant = Visitor().sign_in(cast.applicants[2])
    page = post_form(applicant, f"/en/applications/{cast.numbers[2]}/appeal/", appeal="You misread the plan.")
    assert "Your appeal was received." in page
    assert "Somebody who took no part" in page
    chair = Visitor().sign_in(cast.chair)
    place = f"/en/desk/applications/{cast.numbers[2]}/"
    assert "You misread the plan." in read_page(chair, place)
    post_form(chair, f"{place}change/", do="judge", outcome="refused", why="It was read well.")
    page = read_page(applicant, f"/en/applications/{cast.numbers[2]}/")
    assert "It was refused." in page
    assert "It was read well." in page
    assert post_form(applicant, f"/en/applications/{cast.numbers[2]}/appeal/", appeal="Again.").count("Again.") == 0


def test_the_panel_does_not_learn_who_reviewed(cast: Cast, officer: Visitor) -> None:
    cast.rank(SCORES)
    place = f"/en/desk/applications/{cast.numbers[0]}/"
    panel = read_page(Visitor().sign_in(cast.panel[0]), place)
    assert "a reviewer" in panel
    assert "SECRET 5" in panel
    for reviewer in cast.reviewers:
        assert str(reviewer) not in panel
        assert str(reviewer.pk) not in panel
        assert str(reviewer) in read_page(officer, place)


def test_the_panel_finds_its_rounds(cast: Cast) -> None:
    assert f"/en/desk/calls/{NAME}/rounds/first/" in read_page(Visitor().sign_in(cast.panel[0]), "/en/reviews/")
    assert f"/en/desk/calls/{NAME}/rounds/first/" not in read_page(Visitor().sign_in(cast.reviewers[0]), "/en/reviews/")
    assert f"/en/desk/calls/{NAME}/rounds/first/" in read_page(
        Visitor().sign_in(cast.officer), f"/en/desk/calls/{NAME}/"
    )


def hide_first(cast: Cast) -> Visitor:
    """A chair who is in conflict with the best application."""
    with unlock():
        cast.application(0).conflicts.create(
            person=cast.chair,
            kind="declared",
            code="reviewer",
            digest="d",
            severity="real",
            state="barred",
            changed=LATER,
        )
    return Visitor().sign_in(cast.chair)


def test_a_chair_in_conflict_does_not_infer_rank_and_level(cast: Cast) -> None:
    """No gap in the ranks, and no score that is computed from reviews of what is hidden."""
    cast.rank(SCORES)
    chair = hide_first(cast)
    page = read_page(chair, f"{ROUND}ranking/")
    main = " ".join(re.sub("<[^>]+>", " ", page[page.index("<tbody") :]).split())
    assert cast.numbers[0] not in page
    assert main.startswith(f"1 {cast.numbers[1]}")
    assert "levels – " in main
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    page = read_page(chair, f"{ROUND}ranking/")
    main = " ".join(re.sub("<[^>]+>", " ", page[page.index("<tbody") :]).split())
    assert main.startswith(f"1 {cast.numbers[1]}")
    assert cast.numbers[0] not in page


def test_what_is_not_there_and_what_is_hidden_are_answered_alike(cast: Cast) -> None:
    cast.rank(SCORES)
    chair = hide_first(cast)
    answers = []
    for number in (cast.numbers[0], "CALL-2027-0099-1"):
        with CaptureQueriesContext(connection) as queries:
            answer = chair.get(f"/en/desk/applications/{number}/")
        main = answer.content.decode().replace(number, "N")
        answers.append((answer.status_code, main, answer.headers["Cache-Control"], len(queries)))
    (status, body, kept, count), (other_status, other_body, other_kept, other_count) = answers
    assert (status, body, kept) == (other_status, other_body, other_kept) == (404, body, "private, no-store")
    assert abs(count - other_count) <= 3  # of some twenty


def test_applicants_do_not_compare_the_order_of_reviewers(cast: Cast) -> None:
    cast.rank([[5, 4, 1], [4, 5, 2], [3, 3, 3]])
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    given = [[5, 4, 3], [4, 5, 3], [1, 2, 3]]  # in the order of the reviewers
    shown = [[int(text[-1]) for text in read_decided(cast.application(number), LATER).reviews] for number in range(3)]
    assert [sorted(one) for one in shown] == [sorted(one) for one in given]
    assert shown != given
