"""A round after its closing: screening, assignment, reviews, ranking, votes, release, waiting list, appeals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Missing, Refused
from bongsu.incubator.applications.screening import rule_on_check, run_checks, sign_overruling
from bongsu.incubator.assignment.problem import Parameters
from bongsu.incubator.models import (
    Appeal,
    Application,
    Assignment,
    AssignmentRun,
    Call,
    Decision,
    Letter,
    Profile,
    Reviewer,
    Round,
    Vote,
    WaitingPlace,
)
from bongsu.incubator.panel.appeals import make_appeal
from bongsu.incubator.panel.assigning import adopt_run, run_assignment
from bongsu.incubator.panel.reviewing import (
    add_comment,
    decline_assignment,
    find_assignment,
    save_review,
    submit_review,
    view_application,
)
from bongsu.incubator.panel.scoring import rank_round
from bongsu.incubator.panel.votes import count_votes
from bongsu.incubator.reviewers.conflicts import compare_call
from bongsu.incubator.running.appealing import judge_appeal
from bongsu.incubator.running.closing import WAIT, close_due_rounds
from bongsu.incubator.running.deciding import cast_vote, follow_ranking
from bongsu.incubator.running.releasing import offer_free_places, release_round
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import Mail, Person
from bongsu.web import middleware
from tests.incubator.cast import ANSWERS, ENDS, NAME, make_call, make_person, make_site, submit_application
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
CLOCK = Actor.of_duty("calls")
CLOSED = ENDS + WAIT
LATER = CLOSED + timedelta(days=30)
HOUR = 3600  # steps of a GPU hour
SECOND = timedelta(seconds=1)


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def state_nothing(person: Person, **expertise: str) -> None:
    """A person states that she works nowhere else."""
    with unlock():
        Profile.objects.create(person=person, expertise=expertise, answered=CLOSED, changed=CLOSED)


def make_reviewer(call: Call, person: Person, **expertise: str) -> Reviewer:
    """A reviewer who accepted."""
    state_nothing(person, **expertise)
    with unlock():
        made: Reviewer = Reviewer.objects.create(
            call=call, address=person.email, person=person, state="accepted", most=5, invited=CLOSED, answered=CLOSED
        )
        compare_call(call, CLOSED)
    return made


def state_of(number: str) -> str:
    return Application.objects.get(number=number).state


class Cast:
    """Three applicants who applied, three reviewers, a panel of two and a chair, an officer; the round has closed."""

    def __init__(self, site: Site, **replaced: tuple[str, str]) -> None:
        self.call = make_call(**replaced)
        self.site = site
        hours = (5000, 5000, 4000)
        self.applicants = [make_person(f"applicant{number}") for number in range(3)]
        for applicant, asked in zip(self.applicants, hours, strict=True):
            members = [{"name": str(applicant), "email": applicant.email}]
            submit_application(applicant, site, answers={**ANSWERS, "hours": asked, "members": members})
        self.numbers = list(Application.objects.order_by("number").values_list("number", flat=True))
        self.reviewers = [make_person(f"reviewer{number}") for number in range(3)]
        for reviewer in self.reviewers:
            make_reviewer(self.call, reviewer, en="crop diseases and their photographs")
        self.chair = make_person("chair", f"call-chair call {NAME}")
        self.panel = [make_person(f"panel{number}", f"call-panel call {NAME}") for number in range(2)]
        for member in (self.chair, *self.panel):
            state_nothing(member)
        self.officer = make_person("officer", f"call-officer call {NAME}")
        close_due_rounds(CLOCK, CLOSED, site)
        with unlock():
            compare_call(self.call, CLOSED)

    @property
    def round(self) -> Round:
        found: Round = Round.objects.select_related("call").get(call=self.call, key="first")
        return found

    def application(self, number: int) -> Application:
        found: Application = Application.objects.select_related("call", "round", "owner").get(
            number=self.numbers[number]
        )
        return found

    def assign(self) -> None:
        run, _ = run_assignment(self.by("officer"), self.round, Parameters(), CLOSED)
        adopt_run(self.by("officer"), run, CLOSED)

    def by(self, name: str) -> Actor:
        return Actor.of_person(getattr(self, name))

    def step_all(self, event: str, who: Actor) -> None:
        for number in range(3):
            perform(who, self.application(number), event, LATER, self.site)

    def review(self, points: list[list[int]]) -> None:
        """Each reviewer gives each application points for merit, benefit and plan alike."""
        for reviewer, row in zip(self.reviewers, points, strict=True):
            for number, value in enumerate(row):
                task = find_assignment(reviewer, self.numbers[number])
                given = dict.fromkeys(("merit", "benefit", "plan"), value)
                texts = {"to_applicant": f"For you: {value}", "to_panel": f"SECRET {value}"}
                save_review(Actor.of_person(reviewer), task, given, texts, CLOSED)
                submit_review(Actor.of_person(reviewer), task, CLOSED)

    def rank(self, points: list[list[int]]) -> None:
        self.assign()
        self.step_all("end-screening", self.by("officer"))
        self.review(points)
        self.step_all("end-reviews", self.by("officer"))

    def vote(self, number: int, decision: str, *people: Person) -> Application:
        for person in people or self.panel:
            voted = cast_vote(Actor.of_person(person), self.application(number), decision, "", LATER)
        return voted


@pytest.fixture
def cast(on_site: Site) -> Cast:
    return Cast(on_site)


SCORES = [[5, 4, 2], [5, 4, 3], [4, 4, 2]]  # means 14/3, 4, 7/3


def test_the_whole_way_from_screening_to_release(cast: Cast) -> None:
    assert {state_of(number) for number in cast.numbers} == {"screening"}
    with pytest.raises(StepRefused):  # nobody reviews it yet
        perform(cast.by("officer"), cast.application(0), "end-screening", CLOSED, cast.site)
    cast.assign()
    assert Assignment.objects.count() == 9
    cast.step_all("end-screening", cast.by("officer"))
    assert {state_of(number) for number in cast.numbers} == {"in-review"}
    with pytest.raises(StepRefused):
        perform(cast.by("officer"), cast.application(0), "end-reviews", CLOSED, cast.site)
    cast.review(SCORES)
    cast.step_all("end-reviews", cast.by("officer"))
    rows = rank_round(cast.round)
    assert [(row.application.number, row.row.rank, row.row.place, row.row.spent) for row in rows] == [
        (cast.numbers[0], 1, "funded", 5000 * HOUR),
        (cast.numbers[1], 2, "funded", 10000 * HOUR),
        (cast.numbers[2], 3, "below-threshold", 10000 * HOUR),
    ]
    assert [str(row.score.mean) for row in rows] == ["14/3", "4", "7/3"]
    for person in cast.panel:
        assert follow_ranking(Actor.of_person(person), cast.round, set(), "as ranked", LATER) == 3
    assert [cast.application(number).pending for number in range(3)] == ["accept", "accept", "reject"]
    assert {state_of(number) for number in cast.numbers} == {"ranked"}
    before = Mail.objects.count()
    assert release_round(cast.by("officer"), cast.round, LATER, cast.site) == 3
    assert [state_of(number) for number in cast.numbers] == ["accepted", "accepted", "rejected"]
    assert [cast.application(number).pending for number in range(3)] == ["", "", ""]
    assert cast.application(0).due == LATER + timedelta(days=14)
    decision = Decision.objects.get(application=cast.application(0))
    assert (decision.decision, decision.line, decision.granted, decision.rank) == ("accept", "academia", 5000 * HOUR, 1)
    assert decision.texts_shown
    accepted = Letter.objects.get(application=cast.application(0)).texts["en"]
    assert "accept or decline by 14 May 2027." in accepted
    assert "Granted: 5,000" in accepted
    letter = Letter.objects.get(application=cast.application(2))
    assert "not accepted" in letter.texts["en"]
    assert "You may appeal until" in letter.texts["en"]
    assert cast.application(2).due is None
    assert set(letter.texts) == {"en", "ko", "fr"}
    assert "SECRET" not in str(list(Letter.objects.values_list("texts", flat=True)))
    sent = list(Mail.objects.order_by("pk")[before:].values_list("to", "text"))
    assert sorted({to for to, _ in sent}) == [f"applicant{number}@applicant{number}.example" for number in range(3)]
    assert "5,000" not in str(sent)
    with pytest.raises(BadInput):
        release_round(cast.by("officer"), cast.round, LATER, cast.site)


def test_nothing_is_released_before_all_is_decided(cast: Cast) -> None:
    cast.rank(SCORES)
    cast.vote(0, "accept")
    with pytest.raises(BadInput, match="Not yet decided"):
        release_round(cast.by("officer"), cast.round, LATER, cast.site)
    assert {state_of(number) for number in cast.numbers} == {"ranked"}
    with pytest.raises(Refused):
        release_round(Actor.of_person(cast.panel[0]), cast.round, LATER, cast.site)


def test_no_more_is_granted_than_there_is(on_site: Site) -> None:
    cast = Cast(on_site, call=("amount = 20000", "amount = 9999"))
    cast.rank([[5, 4, 4], [5, 4, 3], [5, 4, 3]])
    assert [row.row.place for row in rank_round(cast.round)] == ["funded", "at-line", "waiting"]
    follow_ranking(Actor.of_person(cast.panel[0]), cast.round, set(), "", LATER)
    assert [cast.application(number).pending for number in range(3)] == ["", "", ""]  # one of three is no quorum
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    with pytest.raises(BadInput, match="More would be granted"):
        release_round(cast.by("officer"), cast.round, LATER, cast.site)
    assert not Decision.objects.exists()


def test_the_quorum_is_half_and_the_chair_decides_between_equals(cast: Cast) -> None:
    cast.rank(SCORES)
    assert cast.vote(0, "accept", cast.panel[0]).pending == ""  # one of three
    assert cast.vote(0, "reject", cast.panel[1]).pending == ""  # two of three, equal
    assert cast.vote(0, "reject", cast.chair).pending == "reject"
    assert cast.vote(0, "accept", cast.panel[1]).pending == "accept"  # a later vote replaces the earlier one
    assert Vote.objects.count() == 3
    assert cast.vote(1, "wait", cast.panel[0]).pending == ""
    assert cast.vote(1, "accept", cast.chair).pending == "accept"
    with pytest.raises(Refused):
        cast.vote(0, "accept", cast.reviewers[0])
    with pytest.raises(StepRefused):  # the panel decides in this workflow, not an officer
        cast.vote(0, "accept", cast.officer)
    with pytest.raises(BadInput):
        cast.vote(0, "perhaps", cast.chair)


def test_votes_are_cast_where_something_is_decided(cast: Cast) -> None:
    with pytest.raises(StepRefused):
        cast.vote(0, "accept")
    assert not Vote.objects.exists()


def test_reviews_have_points_on_the_scale_and_count_when_submitted(cast: Cast) -> None:
    cast.assign()
    with pytest.raises(Missing):  # not before the reviews open
        find_assignment(cast.reviewers[0], cast.numbers[0])
    cast.step_all("end-screening", cast.by("officer"))
    task = find_assignment(cast.reviewers[0], cast.numbers[0])
    actor = Actor.of_person(cast.reviewers[0])
    with pytest.raises(BadInput):
        submit_review(actor, task, CLOSED)
    save_review(actor, task, {"merit": 6, "benefit": 1, "plan": None}, {}, CLOSED)
    with pytest.raises(BadInput, match="merit"):
        submit_review(actor, task, CLOSED)
    save_review(actor, task, {"merit": None, "benefit": 1, "plan": None}, {}, CLOSED)
    with pytest.raises(BadInput, match="merit"):
        submit_review(actor, task, CLOSED)
    save_review(actor, task, {"merit": 4, "benefit": 5, "plan": None}, {"to_panel": " x "}, CLOSED)
    assert submit_review(actor, task, CLOSED).number == 1
    assert submit_review(actor, task, CLOSED).number == 2
    with pytest.raises(Refused):
        save_review(Actor.of_person(cast.chair), task, {}, {}, CLOSED)


def test_blind_reviewers_see_what_is_shown_and_redacted(cast: Cast) -> None:
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    view = view_application(cast.application(0))
    assert set(view.answers) == {"title", "summary", "line", "hours", "open"}
    assert view.files == {}


def test_two_officers_run_the_same_and_what_changed_is_not_adopted(cast: Cast) -> None:
    run, result = run_assignment(cast.by("officer"), cast.round, Parameters(), CLOSED)
    again, other = run_assignment(COMMAND, cast.round, Parameters(), CLOSED)
    assert (run.record, result) == (again.record, other)
    make_reviewer(cast.call, make_person("new"))
    with pytest.raises(BadInput, match="changed"):
        adopt_run(cast.by("officer"), run, CLOSED)
    assert not Assignment.objects.exists()
    cast.assign()
    assert Assignment.objects.count() == 9
    assert AssignmentRun.objects.filter(adopted__isnull=False).count() == 1


def test_who_declined_stays_declined_and_started_reviews_are_kept(cast: Cast) -> None:
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    task = find_assignment(cast.reviewers[0], cast.numbers[0])
    decline_assignment(Actor.of_person(cast.reviewers[0]), task, "no time", CLOSED)
    with pytest.raises(Missing):
        find_assignment(cast.reviewers[0], cast.numbers[0])
    kept = set(Assignment.objects.filter(state="open").values_list("reviewer", "application"))
    new = make_reviewer(cast.call, make_person("new"))
    cast.assign()
    rows = Assignment.objects.filter(application=cast.application(0))
    assert sorted(rows.values_list("reviewer", "state")) == sorted(
        [
            (one.pk, "declined" if one.person == cast.reviewers[0] else "open")
            for one in Reviewer.objects.exclude(pk=new.pk)
        ]
        + [(new.pk, "open")]
    )
    assert kept <= set(Assignment.objects.filter(state="open").values_list("reviewer", "application"))


def test_a_round_that_is_open_is_not_assigned(on_site: Site) -> None:
    call = make_call()
    with pytest.raises(BadInput):
        run_assignment(COMMAND, call.rounds.select_related("call").get(), Parameters(), CLOSED)


def test_a_discussion_that_is_asked_for_comes_before_the_ranking(cast: Cast) -> None:
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    cast.review(SCORES)
    add_comment(Actor.of_person(cast.reviewers[0]), cast.application(0), "We differ.", LATER)
    cast.step_all("end-reviews", cast.by("officer"))
    assert [state_of(number) for number in cast.numbers] == ["discussion", "ranked", "ranked"]
    with pytest.raises(Refused):
        perform(cast.by("officer"), cast.application(0), "end-discussion", LATER, cast.site)
    perform(cast.by("chair"), cast.application(0), "end-discussion", LATER, cast.site)
    assert state_of(cast.numbers[0]) == "ranked"


def test_the_waiting_list_moves_when_an_award_is_declined(on_site: Site) -> None:
    cast = Cast(on_site, call=("amount = 20000", "amount = 5000"))
    cast.rank([[5, 4, 4], [5, 4, 3], [5, 4, 3]])
    for number, decision in enumerate(("accept", "wait", "wait")):
        cast.vote(number, decision)
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    places = dict(WaitingPlace.objects.values_list("application__number", "place"))
    assert places == {cast.numbers[1]: 1, cast.numbers[2]: 2}
    letter = Letter.objects.get(application=cast.application(2)).texts["en"]
    assert "at place 2." in letter
    assert offer_free_places(CLOCK, LATER, cast.site) == 0
    perform(Actor.of_person(cast.applicants[0]), cast.application(0), "decline", LATER, cast.site)
    assert offer_free_places(CLOCK, LATER, cast.site) == 1
    assert [state_of(number) for number in cast.numbers] == ["declined", "accepted", "waiting-list"]
    assert offer_free_places(CLOCK, LATER, cast.site) == 0  # 5,000 are taken, 4,000 do not fit beside them
    lapsed = cast.application(1).due
    assert lapsed == LATER + timedelta(days=14)
    with pytest.raises(StepRefused):
        perform(CLOCK, cast.application(1), "lapse", lapsed - SECOND, cast.site)
    perform(CLOCK, cast.application(1), "lapse", lapsed, cast.site)
    assert offer_free_places(CLOCK, lapsed, cast.site) == 1
    assert state_of(cast.numbers[2]) == "accepted"


def test_an_appeal_is_made_in_time_and_judged_by_somebody_else(cast: Cast) -> None:
    cast.rank(SCORES)
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision, cast.chair, cast.panel[0])
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    rejected, applicant = cast.application(2), Actor.of_person(cast.applicants[2])
    with pytest.raises(BadInput):
        make_appeal(applicant, rejected, " ", LATER)
    with pytest.raises(BadInput):
        make_appeal(applicant, rejected, "Too late.", LATER + timedelta(days=14))
    with pytest.raises(Refused):
        make_appeal(Actor.of_person(cast.applicants[0]), rejected, "Mine.", LATER)
    with pytest.raises(BadInput):
        make_appeal(Actor.of_person(cast.applicants[0]), cast.application(0), "Accepted.", LATER)
    make_appeal(applicant, rejected, "You misread the plan.", LATER + timedelta(days=14) - SECOND)
    with pytest.raises(BadInput):
        make_appeal(applicant, rejected, "Again.", LATER + timedelta(days=1))
    with pytest.raises(Refused):
        judge_appeal(cast.by("chair"), rejected, "upheld", "She voted.", LATER, cast.site)
    chair = make_person("other", f"call-chair call {NAME}")
    state_nothing(chair)
    other = Actor.of_person(chair)
    judge_appeal(other, rejected, "upheld", "The plan was misread.", LATER, cast.site)
    assert state_of(cast.numbers[2]) == "in-review"
    assert (Appeal.objects.get().outcome, cast.application(2).delete_after) == ("upheld", None)
    perform(cast.by("officer"), cast.application(2), "end-reviews", LATER + SECOND, cast.site)
    assert not count_votes(cast.application(2)).votes  # the votes of before do not count again
    for member in (*cast.panel, cast.chair):
        cast_vote(Actor.of_person(member), cast.application(2), "accept", "", LATER + SECOND)
    release_round(cast.by("officer"), cast.round, LATER + SECOND, cast.site)
    assert state_of(cast.numbers[2]) == "accepted"
    assert list(Decision.objects.filter(application=rejected).values_list("decision", flat=True)) == [
        "reject",
        "accept",
    ]


def test_an_officer_rules_on_what_the_node_does_not_know(on_site: Site) -> None:
    rule = (
        '[[rule]]\nid = "country"\nwhen = "screening"\nkind = "knock-out"\nfield = "node.country"\nop = "is"\n'
        'value = "KOR"\nreason = { en = "Only from Korea." }\n\n[[rule]]'
    )
    cast = Cast(on_site, rules=("[[rule]]", rule))
    cast.assign()
    application = cast.application(0)
    assert application.checks.get(rule="country").question  # the applicant was asked
    with pytest.raises(StepRefused):
        perform(cast.by("officer"), application, "end-screening", LATER, cast.site)
    with pytest.raises(BadInput):
        rule_on_check(cast.by("officer"), application, "country", "no", " ", LATER)
    with pytest.raises(BadInput):  # the node knows that this one is met
        rule_on_check(cast.by("officer"), application, "hours-of-industry", "no", "I think so.", LATER)
    rule_on_check(cast.by("officer"), application, "country", "no", "From France.", LATER)
    run_checks_again(application)
    perform(cast.by("officer"), application, "end-screening", LATER, cast.site)
    assert state_of(application.number) == "ineligible"
    assert "Only from Korea." in Letter.objects.get(application=application).texts["en"]


def run_checks_again(application: Application) -> None:
    """What an officer ruled stays."""
    with unlock():
        run_checks(application, LATER)


def test_two_officers_overrule_together(on_site: Site) -> None:
    rule = (
        '[[rule]]\nid = "small"\nwhen = "screening"\nkind = "knock-out"\nfield = "hours"\nop = "<="\n'
        'value = 4999\nreason = { en = "Less than 5,000 hours." }\n\n[[rule]]'
    )
    cast = Cast(on_site, rules=("[[rule]]", rule))
    second = Actor.of_person(make_person("second", f"call-officer call {NAME}"))
    perform(cast.by("officer"), cast.application(0), "end-screening", LATER, cast.site)
    assert state_of(cast.numbers[0]) == "ineligible"
    assert sign_overruling(cast.by("officer"), cast.application(0), "The rule is new.", LATER) == 1
    assert sign_overruling(cast.by("officer"), cast.application(0), "Once more.", LATER) == 1
    with pytest.raises(StepRefused):
        perform(cast.by("officer"), cast.application(0), "overrule", LATER, cast.site)
    assert sign_overruling(second, cast.application(0), "I agree.", LATER) == 2
    perform(second, cast.application(0), "overrule", LATER, cast.site)
    check = cast.application(0).checks.get(rule="small")
    assert (state_of(cast.numbers[0]), check.truth, check.outcome) == ("screening", "no", "yes")
    cast.assign()
    perform(cast.by("officer"), cast.application(0), "end-screening", LATER, cast.site)
    assert state_of(cast.numbers[0]) == "in-review"


def test_withdrawing_stops_the_reviews(cast: Cast) -> None:
    cast.assign()
    cast.step_all("end-screening", cast.by("officer"))
    perform(Actor.of_person(cast.applicants[0]), cast.application(0), "withdraw", LATER, cast.site)
    rows: Any = Assignment.objects.filter(application=cast.application(0))
    assert set(rows.values_list("state", flat=True)) == {"stopped"}
    with pytest.raises(Missing):
        find_assignment(cast.reviewers[0], cast.numbers[0])
