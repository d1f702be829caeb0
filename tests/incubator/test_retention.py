"""When records of applications are deleted: terms, warnings, what stays, and files after a kill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bongsu.incubator.applications.deleting import UNLISTED, delete_unlisted_files
from bongsu.incubator.applications.files import path_of_file
from bongsu.incubator.applications.retention import WARNED, delete_due
from bongsu.incubator.calls.check import check_call
from bongsu.incubator.calls.document import parse_call
from bongsu.incubator.calls.retention import add_months, describe_terms, known_terms
from bongsu.incubator.models import (
    Appeal,
    Application,
    Comment,
    Conflict,
    Decision,
    Draft,
    Letter,
    Member,
    ReviewVersion,
    Score,
    StoredFile,
    Version,
    Vote,
)
from bongsu.incubator.panel.appeals import make_appeal
from bongsu.incubator.panel.reviewing import add_comment
from bongsu.incubator.reviewers.conflicts import compare_call
from bongsu.incubator.running.appealing import judge_appeal
from bongsu.incubator.running.releasing import release_round
from bongsu.incubator.site import Site
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Mail
from tests.incubator.cast import ENDS, NAME, OPEN, make_call, make_files, make_person, write_application
from tests.incubator.test_panel import LATER, SCORES, Cast, on_site, state_nothing
from tests.people.conftest import COMMAND

__all__ = ["on_site"]
pytestmark = pytest.mark.django_db
DUTY = Actor.of_duty("retention")
DUE = datetime(2029, 4, 30, 9, 3, tzinfo=UTC)  # 24 months after LATER
SECOND = timedelta(seconds=1)


def decide(cast: Cast) -> Application:
    """The third application is rejected, with a comment, the others are accepted."""
    cast.rank(SCORES)
    add_comment(cast.by("chair"), cast.application(2), "PRIVATE comment", LATER)
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision, cast.chair, cast.panel[0])
    release_round(cast.by("officer"), cast.round, LATER, cast.site)
    return cast.application(2)


def test_months_end_on_the_last_day_of_shorter_ones() -> None:
    """31 January + 1 month = 28 February, in a leap year 29; 31 October + 3 = 31 January of the next year."""
    start = datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert add_months(start, 1) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert add_months(start, 13) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert add_months(start, 11) == datetime(2027, 12, 31, 12, tzinfo=UTC)
    assert add_months(datetime(2027, 10, 31, tzinfo=UTC), 3) == datetime(2028, 1, 31, tzinfo=UTC)
    assert add_months(start, 24) == datetime(2029, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("application = 5", ["retention.application"]),
        ("application = 6", []),
        ("application = 37", ["retention.reviews"]),
        ("application = 37\nreviews = 37", []),
        ("reviews = 121", ["retention.reviews"]),
        ("draft = 0", ["retention.draft"]),
    ],
)
def test_a_call_names_terms_within_the_table(said: str, fields: list[str]) -> None:
    text = make_files()["call.toml"] + f"\n[retention]\n{said}\n"
    assert [one.field for one in check_call(parse_call(text)) if one.level == "error"] == fields


def test_terms_are_told_in_words() -> None:
    first = describe_terms({"application": 60}, str, "en")[0]
    assert first.startswith("60 months after the last step of an application that has ended, the node deletes: answers")
    assert [term.months for term in known_terms().values()] == [24, 36, 12]


def test_what_was_rejected_is_deleted_after_the_warning(
    on_site: Site, django_capture_on_commit_callbacks: object
) -> None:
    cast = Cast(on_site)
    rejected = decide(cast)
    assert rejected.delete_after == DUE
    assert rejected.delete_reviews_after == add_months(LATER, 36)
    path = path_of_file(on_site.node, rejected, StoredFile.objects.get(application=rejected).sha256)
    before = Mail.objects.count()
    assert delete_due(DUTY, DUE - WARNED - SECOND, on_site).values["warned"] == 0
    assert delete_due(DUTY, DUE - WARNED, on_site).values == {"deleted": 0, "reviews": 0, "warned": 1}
    assert delete_due(DUTY, DUE - SECOND, on_site).values == {"deleted": 0, "reviews": 0, "warned": 0}
    (mail,) = Mail.objects.order_by("pk")[before:]
    assert mail.to == "applicant2@applicant2.example"
    assert "30 April 2029" in mail.subject
    assert "account" in mail.text
    barred = set(Conflict.objects.filter(application=rejected).values_list("person", "kind"))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert delete_due(DUTY, DUE, on_site).values["deleted"] == 1
    assert not path.exists()
    assert not path.parent.exists()
    left = cast.application(2)
    assert (left.number, left.state, left.owner, left.deleted) == (rejected.number, "rejected", None, DUE)
    assert (Score.objects.get(application=left).mean, Decision.objects.get(application=left).decision) == (
        "7/3",
        "reject",
    )
    version = Version.objects.get(application=left)
    assert (version.answers, version.files) == ({}, {})
    assert version.digest
    for model in (Draft, Member, StoredFile):
        assert not model.objects.filter(application=left).exists()
    assert [one.texts for one in Letter.objects.filter(application=left)] == [{}]
    with unlock():
        compare_call(cast.call, DUE)
    assert set(Conflict.objects.filter(application=left).values_list("person", "kind")) == barred
    line = AuditLine.objects.filter(action="application.delete-due").latest("number")
    assert line.after == {"number": rejected.number, "deleted": "application"}
    assert ReviewVersion.objects.filter(assignment__application=left).count() == 3
    assert delete_due(DUTY, add_months(LATER, 36) - SECOND, on_site).values["reviews"] == 0
    assert delete_due(DUTY, add_months(LATER, 36), on_site).values["reviews"] == 1
    assert not ReviewVersion.objects.filter(assignment__application=left).exists()
    assert not Comment.objects.filter(application=left).exists()
    assert Vote.objects.filter(application=left).count() == 2
    assert Version.objects.get(application=cast.application(0)).answers  # accepted: it has not ended


def test_a_node_that_was_off_warns_first(on_site: Site) -> None:
    cast = Cast(on_site)
    decide(cast)
    late = DUE + timedelta(days=400)
    assert delete_due(DUTY, late, on_site).values == {"deleted": 0, "reviews": 1, "warned": 1}
    assert delete_due(DUTY, late + WARNED - SECOND, on_site).values["deleted"] == 0
    assert delete_due(DUTY, late + WARNED, on_site).values["deleted"] == 1


def test_an_open_appeal_keeps_everything(on_site: Site) -> None:
    cast = Cast(on_site)
    rejected = decide(cast)
    make_appeal(Actor.of_person(cast.applicants[2]), rejected, "PRIVATE appeal", LATER)
    late = add_months(LATER, 40)
    for moment in (late, late + WARNED):
        assert delete_due(DUTY, moment, on_site).values == {"deleted": 0, "reviews": 0, "warned": 0}
    chair = make_person("other", f"call-chair call {NAME}")
    state_nothing(chair)
    judge_appeal(Actor.of_person(chair), rejected, "refused", "PRIVATE ruling", late, on_site)
    delete_due(DUTY, late, on_site)
    assert delete_due(DUTY, late + WARNED, on_site).values["deleted"] == 1
    appeal = Appeal.objects.get()
    assert (appeal.text, appeal.why, appeal.outcome) == ("", "", "refused")


def test_drafts_are_deleted_after_their_round_and_a_call_may_say_when(on_site: Site) -> None:
    make_call(call=("[appeal]\n", "[retention]\ndraft = 2\n\n[appeal]\n"))
    application = write_application(make_person("sora"), on_site, OPEN)
    due = add_months(ENDS, 2)
    assert delete_due(DUTY, due - WARNED, on_site).values["warned"] == 1
    assert delete_due(DUTY, due - SECOND, on_site).values["deleted"] == 0
    assert delete_due(DUTY, due, on_site).values["deleted"] == 1
    assert not Application.objects.exists()
    line = AuditLine.objects.filter(action="application.delete-due").latest("number")
    assert line.after == {"number": application.number, "deleted": "draft"}


def test_files_vanish_after_a_kill_between_record_and_disk(on_site: Site) -> None:
    """The transaction of the test never ends, so what follows a commit is not done, as after a kill."""
    make_call(call=("[appeal]\n", "[retention]\ndraft = 2\n\n[appeal]\n"))
    application = write_application(make_person("sora"), on_site, OPEN)
    path = path_of_file(on_site.node, application, StoredFile.objects.get().sha256)
    due = add_months(ENDS, 2)
    delete_due(DUTY, due - WARNED, on_site)
    delete_due(DUTY, due, on_site)
    assert path.exists()
    assert delete_unlisted_files(on_site.node, timezone.now() + 2 * UNLISTED) == 1
    assert not path.exists()


def test_who_was_erased_is_not_warned(on_site: Site) -> None:
    make_call(call=("[appeal]\n", "[retention]\ndraft = 2\n\n[appeal]\n"))
    application = write_application(make_person("sora"), on_site, OPEN)
    with unlock():
        application.owner.email = ""
        application.owner.save()
    assert delete_due(COMMAND, add_months(ENDS, 2), on_site).values == {"deleted": 1, "reviews": 0, "warned": 0}
