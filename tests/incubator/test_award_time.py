"""What time does to awards: reminders, notices of under-use, recall, the waiting list, cohorts and conflicts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from bongsu.core.errors import BadInput, Refused
from bongsu.credits import storage
from bongsu.credits.accounts import open_account
from bongsu.credits.ledger.commands import TransferCommand
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.posting import post
from bongsu.incubator.awards.cohorts import agree_to_be_seen, join_cohort, list_fellows
from bongsu.incubator.awards.delivering import hand_in
from bongsu.incubator.awards.reminding import give_due_notices, remind_of_deliverables
from bongsu.incubator.awards.use import Use, answer_notice, measure_use
from bongsu.incubator.conflicts.people import Funding
from bongsu.incubator.models import Application, CohortMember, Decision, Deliverable, UseNotice, WaitingPlace
from bongsu.incubator.reviewers.profiles import read_profiles
from bongsu.incubator.running.awarding import decide_on_use
from bongsu.incubator.running.passing import lapse_due, pass_time
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Mail
from bongsu.web import middleware
from tests.incubator.award_cast import ACCEPTED, HOUR, Granted, posted
from tests.incubator.cast import ANSWERS, OPEN, make_person, make_site, submit_application
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CLOCK = Actor.of_duty("calls")


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def test_exactly_the_least_share_is_enough() -> None:
    # 50 % of 100 is 50: with 50 used nothing happens, with 49 there is a notice; 7 of 14 and 6 of 13 alike.
    assert [Use(OPEN, used, 100, 50).is_too_low for used in (0, 49, 50, 51)] == [True, True, False, False]
    assert [Use(OPEN, used, 13, 50).is_too_low for used in (6, 7)] == [True, False]
    assert not Use(OPEN, 0, 0, 50).is_too_low  # nothing was there to be used


@pytest.fixture
def ledger_clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the moment at which the ledger records."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(storage, "_read_clock", lambda: moment)

    return set_to


def use_hours(one: Granted, steps: int) -> None:
    command = TransferCommand(id=uuid4(), debit=one.account, credit="centre", amount=str(steps), unit=one.unit)
    (outcome,) = post(Issuer("", "test", trusted=True), [command])
    assert outcome.is_done


def test_notice_is_given_just_below_half_of_an_even_use(on_site: Site, ledger_clock: Any) -> None:
    """3,650 hours over 365 days are 10 hours a day: 280 in 28 days; half of them are 140."""
    one = Granted(on_site, 3650 * HOUR, 3650 * HOUR)
    ledger_clock(ACCEPTED)
    one.start()
    open_account(COMMAND, "centre", one.unit)
    window = ACCEPTED + 28 * DAY
    assert measure_use(one.award, window - SECOND) is None  # it has not run for a whole window
    ledger_clock(ACCEPTED + 10 * DAY)
    use_hours(one, 140 * HOUR - 1)
    assert measure_use(one.award, window) == Use(ACCEPTED, 140 * HOUR - 1, 280 * HOUR, 50)
    lines = AuditLine.objects.count()
    assert give_due_notices(CLOCK, window - SECOND, on_site) == 0
    assert AuditLine.objects.count() == lines
    use_hours(one, 1)
    assert give_due_notices(CLOCK, window, on_site) == 0  # exactly half
    assert give_due_notices(CLOCK, window + 10 * DAY, on_site) == 0  # the 140 hours are the first second of the window
    before = Mail.objects.count()
    assert give_due_notices(CLOCK, window + 10 * DAY + SECOND, on_site) == 1
    assert give_due_notices(CLOCK, window + 10 * DAY + SECOND, on_site) == 0  # once
    assert sorted(Mail.objects.order_by("pk")[before:].values_list("to", flat=True)) == [
        "applicant@applicant.example",
        "member@member.example",
    ]
    notice = UseNotice.objects.get()
    noticed = window + 10 * DAY + SECOND
    assert (notice.used, notice.allotted, notice.answer_by) == (0, 280 * HOUR, noticed + 14 * DAY)
    decide: Any = (one.by("officer"), one.application)
    with pytest.raises(StepRefused, match="may still answer"):
        decide_on_use(*decide, "recalled", "Not used.", notice.answer_by - SECOND, on_site)
    with pytest.raises(BadInput):
        decide_on_use(*decide, "recalled", " ", notice.answer_by, on_site)
    with pytest.raises(Refused):
        decide_on_use(one.by("owner"), one.application, "kept", "Mine.", notice.answer_by, on_site)
    assert one.application.state == "running"
    ledger_clock(notice.answer_by)
    decide_on_use(*decide, "recalled", "Not used.", notice.answer_by, on_site)
    assert one.application.state == "ended-early"
    # 40 % of 3,650 are 1,460 hours, 140 of them used: they alone stay spent.
    assert (posted(one.account), posted("gpu:academia"), one.award.kept) == (0, 3510 * HOUR, 140 * HOUR)


def test_an_answer_is_decided_on_and_the_next_window_counts(on_site: Site, ledger_clock: Any) -> None:
    one = Granted(on_site, 3650 * HOUR, 3650 * HOUR)
    ledger_clock(ACCEPTED)
    one.start()
    with pytest.raises(StepRefused):
        answer_notice(one.by("member"), one.application, "We were late.", ACCEPTED)
    noticed = ACCEPTED + 28 * DAY
    assert give_due_notices(CLOCK, noticed, on_site) == 1
    with pytest.raises(BadInput):
        answer_notice(one.by("member"), one.application, " ", noticed)
    answer_notice(one.by("member"), one.application, "The data came late.", noticed)
    decide_on_use(one.by("officer"), one.application, "kept", "It begins now.", noticed + DAY, on_site)
    assert give_due_notices(CLOCK, noticed + 29 * DAY - SECOND, on_site) == 0
    assert give_due_notices(CLOCK, noticed + 29 * DAY, on_site) == 1
    assert list(UseNotice.objects.order_by("pk").values_list("decision", flat=True)) == ["kept", ""]


def test_who_has_used_all_of_a_tranche_is_not_blamed(on_site: Site, ledger_clock: Any) -> None:
    """365 hours over 365 days are 28 in the window; 146 were paid and 140 used before: 6 were there, 3 are enough."""
    one = Granted(on_site, 365 * HOUR, 365 * HOUR)
    ledger_clock(ACCEPTED)
    one.start()
    open_account(COMMAND, "centre", one.unit)
    use_hours(one, 140 * HOUR)
    ledger_clock(ACCEPTED + 20 * DAY)
    use_hours(one, 3 * HOUR)
    assert measure_use(one.award, ACCEPTED + 29 * DAY) == Use(ACCEPTED + DAY, 3 * HOUR, 6 * HOUR, 50)
    assert give_due_notices(CLOCK, ACCEPTED + 29 * DAY, on_site) == 0


def test_reminders_are_written_once_and_to_the_second(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.start()
    due = ACCEPTED + 120 * DAY

    def remind(at: datetime) -> list[tuple[str, str]]:
        before = Mail.objects.count()
        remind_of_deliverables(at, on_site)
        return list(Mail.objects.order_by("pk")[before:].values_list("to", "subject"))

    assert remind(due - 30 * DAY - SECOND) == []
    first = remind(due - 30 * DAY)
    assert [to for to, _ in first] == ["applicant@applicant.example", "member@member.example"]
    assert "“A first model runs” is due by" in first[0][1]
    assert remind(due - 30 * DAY) == []
    assert remind(due - 7 * DAY - SECOND) == []
    assert len(remind(due - 7 * DAY)) == 2
    assert remind(due - SECOND) == []
    late = remind(due)
    assert [to.partition("@")[0] for to, _ in late] == ["applicant", "member", "officer"]
    assert "is late" in late[0][1]
    assert remind(due + 50 * DAY) == []
    hand_in(one.by("owner"), one.application, "milestone", "prototype", "Done.", [], due + DAY, on_site)
    other = Deliverable.objects.get(key="evaluation").due
    hand_in(
        one.by("owner"), one.application, "milestone", "evaluation", "Done.", [{"sha256": "0" * 64}], due + DAY, on_site
    )
    assert {subject.partition(":")[2][:11] for _, subject in remind(other)} == {
        " “Report 1”"
    }  # not of what was handed in
    assert Deliverable.objects.get(key="report-1").reminded == 0


def test_the_waiting_list_moves_by_itself_when_an_award_is_given_up(on_site: Site) -> None:

    one = Granted(on_site, 15000 * HOUR, 20000 * HOUR)  # of a line of 20,000
    other = submit_application(make_person("next"), on_site, answers={**ANSWERS, "hours": 4000}).application
    with unlock():
        other.state = "waiting-list"
        other.save()
        Decision.objects.create(
            application=other, stage=1, decision="wait", line="academia", granted=14000 * HOUR, released=ACCEPTED
        )
        WaitingPlace.objects.create(application=other, line="academia", place=1, joined=ACCEPTED)
    one.start()
    assert pass_time(CLOCK, ACCEPTED, on_site) == 0
    open_account(COMMAND, "centre", one.unit)
    use_hours(one, 5000 * HOUR)  # of 6,000 that were paid
    perform(one.by("owner"), one.application, "give-up", ACCEPTED + DAY, on_site)
    assert one.award.kept == 5000 * HOUR
    assert pass_time(CLOCK, ACCEPTED + DAY, on_site) == 1  # 20,000 - 5,000 = 15,000: 14,000 fit
    assert Application.objects.get(pk=other.pk).state == "accepted"


def test_who_does_not_accept_or_start_in_time_loses_the_place_to_the_second(on_site: Site) -> None:

    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    assert lapse_due(CLOCK, ACCEPTED + 14 * DAY - SECOND, on_site) == 0
    one.accept(ACCEPTED + 14 * DAY - SECOND)
    start_by = ACCEPTED + 44 * DAY - SECOND
    assert lapse_due(CLOCK, start_by - SECOND, on_site) == 0
    assert lapse_due(CLOCK, start_by, on_site) == 1
    assert one.application.state == "ended-early"


def test_a_cohort_is_joined_and_its_members_see_each_other_if_both_agree(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    with pytest.raises(StepRefused):
        agree_to_be_seen(one.by("owner"), one.application, True, ACCEPTED)

    one.start()
    with unlock():
        assert join_cohort(one.award, ACCEPTED)
    award = one.award
    assert (award.cohort, award.cohort_from, award.cohort_until) == (
        "example-2027/2027",
        date(2027, 6, 1),
        date(2027, 12, 31),
    )
    assert CohortMember.objects.count() == 2
    agree_to_be_seen(one.by("member"), one.application, True, ACCEPTED)
    assert list_fellows(award, one.owner) == []  # she has not agreed herself
    assert list_fellows(award, one.member) == []  # nobody else has
    agree_to_be_seen(one.by("owner"), one.application, True, ACCEPTED)
    assert [row.person for row in list_fellows(award, one.owner)] == [one.member]
    agree_to_be_seen(one.by("member"), one.application, False, ACCEPTED)
    assert list_fellows(award, one.owner) == []
    # Awards that started, and cohorts, are what "funded together" and "same cohort" compare.
    funding = read_profiles([one.owner.pk, one.member.pk, one.officer.pk])
    expected = (Funding(one.number), Funding("", "example-2027/2027", date(2027, 12, 31)))
    assert [funding[person.pk].funding for person in (one.owner, one.member)] == [expected, expected]
    assert funding[one.officer.pk].funding == ()
    perform(one.by("owner"), one.application, "give-up", ACCEPTED + DAY, on_site)
    assert read_profiles([one.owner.pk])[one.owner.pk].funding[0].until == (ACCEPTED + DAY).date()
