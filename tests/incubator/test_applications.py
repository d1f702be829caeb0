"""Applications as records: begun, written by several, submitted in time, closed; and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from PIL import Image

from bongsu.core.errors import BadInput, Missing, Refused
from bongsu.incubator.applications.drafting import NotOpen, begin_application, reuse_answers, save_draft
from bongsu.incubator.applications.files import attach_file, detach_file, path_of_file, read_file, rewrite_file
from bongsu.incubator.applications.finding import list_own
from bongsu.incubator.applications.judging import judge
from bongsu.incubator.applications.team import invite_member, join_team, remove_member
from bongsu.incubator.applications.versions import sign_receipts
from bongsu.incubator.arrivals import ArrivalClock
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.opening import add_call, change_call, open_call
from bongsu.incubator.receipts import verify_receipt
from bongsu.incubator.running.closing import WAIT, close_due_rounds, move_waiting_drafts
from bongsu.incubator.running.submitting import NotComplete, submit
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Mail, Person
from bongsu.web import middleware
from tests.incubator.cast import (
    ANSWERS,
    ENDS,
    NAME,
    OPEN,
    make_call,
    make_files,
    make_pdf,
    make_site,
    submit_application,
    write_application,
)
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
CLOCK = Actor.of_duty("calls")
SECOND = timedelta(seconds=1)
People = Callable[..., Person]


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def state_of(application: Application) -> str:
    application.refresh_from_db()
    return application.state


def test_an_application_is_written_submitted_and_closed(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    assert application.number == "CALL-2027-0001-9"
    version = submit(Actor.of_person(sora), application, OPEN, on_site)
    assert (version.number, state_of(application)) == (1, "submitted")
    assert version.receipt
    receipt = verify_receipt(version.receipt.encode()).receipt
    assert (receipt.number, receipt.digest, receipt.received_at) == (
        "CALL-2027-0001-9",
        version.digest,
        "2027-03-10T03:00:00Z",
    )
    assert close_due_rounds(CLOCK, ENDS + WAIT - SECOND, on_site) == 0  # what arrived in time may still be on its way
    with pytest.raises(StepRefused):  # the round is still open
        perform(CLOCK, application, "close-round", ENDS - SECOND, on_site)
    assert close_due_rounds(CLOCK, ENDS + WAIT, on_site) == 1
    assert state_of(application) == "screening"
    version.refresh_from_db()
    assert version.frozen
    application.round.refresh_from_db()
    last = list(on_site.node.journal.lines())[-1]
    assert (application.round.closed, application.round.head) == (ENDS + WAIT, last.hash)
    assert last.subject == f"{NAME}/first"
    assert close_due_rounds(CLOCK, ENDS + WAIT, on_site) == 0
    lines = AuditLine.objects.filter(object_id=str(application.pk)).order_by("number")
    assert [line.action for line in lines] == [
        "application.begin",
        "application.submit",
        "application.close-round",
    ]
    assert "Crop" not in str([(line.before, line.after) for line in lines])  # states and hashes only
    mail = Mail.objects.filter(to="sora@stat.example").latest("pk")
    assert "CALL-2027-0001-9" in mail.subject
    assert "/".join(("https://node.example", "application", "CALL-2027-0001-9")) in mail.text
    assert "Crop" not in mail.text + mail.subject


def test_the_last_second_counts_and_the_next_is_late(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    actor = Actor.of_person(sora)
    application = write_application(sora, on_site)
    last = ENDS - timedelta(microseconds=1)
    save_draft(actor, application, {"hours": 500}, 9, last)
    with pytest.raises(NotOpen):
        save_draft(actor, application, {"hours": 600}, 9, ENDS)
    with pytest.raises(NotOpen):
        submit(actor, application, ENDS, on_site)
    assert submit(actor, application, last, on_site).answers["hours"] == 500
    with pytest.raises(NotOpen):
        begin_application(actor, NAME, ENDS)
    with pytest.raises(NotOpen):
        begin_application(actor, NAME, datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC))


def test_two_tabs_submit_and_the_later_counts(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    first = submit(Actor.of_person(sora), application, OPEN, on_site)
    save_draft(Actor.of_person(sora), application, {"hours": 700}, 9, OPEN + SECOND)
    second = submit(Actor.of_person(sora), application, OPEN + SECOND, on_site)
    assert [first.number, second.number] == [1, 2]
    assert first.digest != second.digest
    close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    frozen = Version.objects.get(application=application, frozen=True)
    assert (frozen.number, frozen.answers["hours"]) == (2, 700)


def test_what_is_taken_up_again_keeps_its_last_version(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    submit(Actor.of_person(sora), application, OPEN, on_site)
    perform(Actor.of_person(sora), application, "reopen", OPEN, on_site)
    save_draft(Actor.of_person(sora), application, {"hours": None}, 9, OPEN)
    with pytest.raises(NotComplete):
        submit(Actor.of_person(sora), application, OPEN, on_site)
    close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    assert state_of(application) == "screening"
    assert Version.objects.get(application=application, frozen=True).answers["hours"] == 400


def test_a_draft_without_a_version_is_withdrawn_at_closing(person: People, on_site: Site) -> None:
    make_call()
    application = write_application(person("sora"), on_site)
    close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    assert state_of(application) == "withdrawn"
    assert application.delete_after


def test_a_late_draft_is_completed_within_a_quarter_of_an_hour(person: People, on_site: Site) -> None:
    make_call(call=('workflow = "one-stage"', 'late-drafts = true\nworkflow = "one-stage"'))
    late, done = person("late"), person("done")
    application = write_application(late, on_site, ENDS - SECOND)
    other = write_application(done, on_site, ENDS - SECOND)
    submit(Actor.of_person(done), other, ENDS - SECOND, on_site)
    with pytest.raises(NotOpen):  # it has a version: the minutes are for what is not complete
        submit(Actor.of_person(done), other, ENDS, on_site)
    assert close_due_rounds(CLOCK, ENDS + WAIT, on_site) == 0
    with pytest.raises(NotOpen):
        submit(Actor.of_person(late), application, ENDS + timedelta(minutes=15), on_site)
    submit(Actor.of_person(late), application, ENDS + timedelta(minutes=15) - SECOND, on_site)
    assert close_due_rounds(CLOCK, ENDS + timedelta(minutes=15) + WAIT, on_site) == 1
    assert state_of(application) == "screening"


def test_two_people_write_at_once_and_lose_nothing(person: People, on_site: Site) -> None:
    make_call()
    sora, jin = person("sora"), person("jin")
    application = begin_application(Actor.of_person(sora), NAME, OPEN)
    with pytest.raises(Refused):
        save_draft(Actor.of_person(jin), application, {"hours": 1}, 0, OPEN)
    _, secret = invite_member(Actor.of_person(sora), application, "jin@stat.example", OPEN)
    join_team(secret, jin, OPEN)
    base = save_draft(Actor.of_person(sora), application, {"title": "One", "hours": 100}, 0, OPEN).draft.revision
    save_draft(Actor.of_person(jin), application, {"title": "Two"}, base, OPEN)
    saved = save_draft(Actor.of_person(sora), application, {"title": "Three", "hours": 200}, base, OPEN)
    assert saved.conflicts == {"title": "Two"}
    assert saved.draft.answers == {"title": "Two", "hours": 200}
    again = save_draft(Actor.of_person(sora), application, {"title": "Three"}, saved.draft.revision, OPEN)
    assert (again.conflicts, again.draft.answers["title"]) == ({}, "Three")
    with pytest.raises(Refused):  # only the owner submits
        submit(Actor.of_person(jin), application, OPEN, on_site)
    assert list_own(jin) == [application]
    remove_member(Actor.of_person(sora), application, application.members.get())
    with pytest.raises(Refused):
        save_draft(Actor.of_person(jin), application, {"hours": 1}, 0, OPEN)


def test_an_invitation_is_for_its_address_and_works_once(person: People, on_site: Site) -> None:
    make_call()
    sora, jin, eve = person("sora"), person("jin"), person("eve")
    application = begin_application(Actor.of_person(sora), NAME, OPEN)
    _, secret = invite_member(Actor.of_person(sora), application, " JIN@stat.example ", OPEN)
    with pytest.raises(Refused):
        join_team(secret, eve, OPEN)
    join_team(secret, jin, OPEN)
    with pytest.raises(Refused):
        join_team(secret, jin, OPEN)
    with pytest.raises(BadInput):
        invite_member(Actor.of_person(sora), application, "sora@stat.example", OPEN)
    with pytest.raises(BadInput):
        invite_member(Actor.of_person(sora), application, "jin@stat.example", OPEN)
    with pytest.raises(Refused):
        invite_member(Actor.of_person(jin), application, "eve@stat.example", OPEN)


def test_a_draft_follows_a_new_edition_and_sets_aside_what_it_cannot_keep(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    form = make_files()["form.toml"]
    start = form.index('[[question]]\nkey = "hours"')
    end = form.index("[[question]]", start + 5)
    without = form[:start] + form[end:]
    rules = 'format = "bongsu.rules/1"\n'
    files = make_files(call=('amount = "hours"', ""))  # each applies for the most of its line
    change_call(COMMAND, NAME, {**files, "form.toml": without, "rules.toml": rules}, 1, OPEN)
    saved = save_draft(Actor.of_person(sora), application, {"title": "New"}, 1, OPEN)
    assert "hours" not in saved.draft.answers
    assert saved.draft.dropped == [["hours", 400, "question-removed"]]
    assert saved.draft.edition.number == 2
    with pytest.raises(BadInput):
        save_draft(Actor.of_person(sora), application, {"hours": 3}, 1, OPEN)


def test_earlier_answers_are_used_again(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    write_application(sora, on_site)
    again = begin_application(Actor.of_person(sora), NAME, OPEN)
    assert again.number == "CALL-2027-0002-7"
    save_draft(Actor.of_person(sora), again, {"title": "Mine"}, 0, OPEN)
    assert reuse_answers(Actor.of_person(sora), again, OPEN) == ["summary", "members"]
    assert Draft.objects.get(application=again).answers["title"] == "Mine"
    assert not reuse_answers(Actor.of_person(sora), again, OPEN)


def test_what_is_missing_and_what_the_rules_say(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = begin_application(Actor.of_person(sora), NAME, OPEN)
    save_draft(Actor.of_person(sora), application, {**ANSWERS, "line": "industry", "hours": 2001}, 0, OPEN)
    judgement = judge(application, Draft.objects.get(application=application), OPEN)
    assert [(one.question, one.code) for one in judgement.findings] == [("plan", "missing")]
    assert judgement.summary.refused == ("hours-of-industry",)
    assert not judgement.may_be_submitted


def test_files_are_rewritten_and_kept_by_their_content(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    draft = Draft.objects.get(application=application)
    (row,) = draft.files["plan"]
    stored, data = read_file(on_site.node, application, row["sha256"])
    assert (stored.name, stored.type) == ("plan.pdf", "pdf")
    assert b"Kim Sora" not in data
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not dict(pdf.docinfo)
        assert len(pdf.pages) == 1
    assert path_of_file(on_site.node, application, row["sha256"]).stat().st_mode & 0o077 == 0
    with pytest.raises(BadInput):
        attach_file(
            Actor.of_person(sora), application, "plan", "plan.pdf", b"<html>%PDF-1.7</html>", OPEN, on_site.node
        )
    with pytest.raises(Missing):
        attach_file(Actor.of_person(sora), application, "title", "plan.pdf", make_pdf(), OPEN, on_site.node)
    with pytest.raises(BadInput):
        attach_file(
            Actor.of_person(sora), application, "plan", "x.pdf", b"%PDF-" + b"0" * 20_000_001, OPEN, on_site.node
        )
    detach_file(Actor.of_person(sora), application, "plan", row["sha256"], OPEN)
    assert Draft.objects.get(application=application).files == {}


def scripted_pdf() -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('SCRIPT')")
        made.Root.OpenAction = action
        made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", action]))
        made.attachments["secret.txt"] = b"ATTACHED"
        with made.open_metadata() as metadata:
            metadata["dc:creator"] = ["WRITER"]
        written = io.BytesIO()
        made.save(written, compress_streams=False)
    return written.getvalue()


def test_a_pdf_loses_scripts_attachments_and_metadata() -> None:
    sent = scripted_pdf()
    assert all(word in sent for word in (b"SCRIPT", b"ATTACHED", b"WRITER"))
    _, kept = rewrite_file(sent, ("pdf",))
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
    for word in (b"SCRIPT", b"ATTACHED", b"WRITER", b"secret.txt"):
        assert word not in kept
    assert rewrite_file(sent, ("pdf",)) == ("pdf", kept)  # the same file again has the same hash


def test_an_image_loses_what_its_camera_wrote() -> None:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Kim Sora"  # Artist
    Image.new("RGB", (4, 2)).save(written, "JPEG", exif=exif)
    assert b"Kim Sora" in written.getvalue()
    type_, kept = rewrite_file(written.getvalue(), ("jpeg", "png"))
    assert type_ == "jpeg"
    assert b"Kim Sora" not in kept


@pytest.mark.parametrize(
    ("data", "allowed"),
    [
        (b"PK\x03\x04 a document", ("pdf", "txt", "csv")),
        (b"\xff\xfe text", ("txt",)),
        (b"a\x00b", ("csv",)),
        (b"a,b\n", ("pdf",)),
        (b"%PDF-1.7 nothing", ("pdf",)),
        (b"\x89PNG\r\n\x1a\nnothing", ("png",)),
    ],
)
def test_a_file_that_is_something_else_is_refused(data: bytes, allowed: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        rewrite_file(data, allowed)


def test_texts_are_kept_as_they_are() -> None:
    assert rewrite_file("\ufeff가,나\n".encode(), ("csv",)) == ("csv", "가,나\n".encode())
    assert rewrite_file(b"plain\n", ("txt", "pdf")) == ("txt", b"plain\n")


def test_a_receipt_is_made_again_after_a_kill(person: People, on_site: Site, monkeypatch: Any) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)

    def killed(*values: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bongsu.incubator.running.submitting.sign_receipts", killed)
        with pytest.raises(KeyboardInterrupt):
            submit(Actor.of_person(sora), application, OPEN, on_site)
    version = Version.objects.get(application=application)
    assert (version.receipt, state_of(application)) == ("", "submitted")
    assert sign_receipts(on_site.node, OPEN + SECOND) == 1
    version.refresh_from_db()
    assert version.receipt
    assert verify_receipt(version.receipt.encode()).receipt.digest == version.digest
    assert sign_receipts(on_site.node, OPEN + SECOND) == 0


def test_a_rolling_call_takes_late_drafts_in_the_next_round(person: People, on_site: Site) -> None:
    add_call(COMMAND, make_files("rolling"), OPEN)
    open_call(COMMAND, NAME, OPEN)
    sora = person("sora")
    application = write_application(sora, on_site)
    with pytest.raises(NotOpen):  # late for the first, and the second is not open yet
        submit(Actor.of_person(sora), application, ENDS, on_site)
    close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    assert state_of(application) == "draft"
    assert move_waiting_drafts(CLOCK, ENDS + WAIT) == 1
    assert move_waiting_drafts(CLOCK, ENDS + WAIT) == 0
    application.refresh_from_db()
    assert application.round.key == "second"
    submit(Actor.of_person(sora), application, datetime(2027, 4, 2, tzinfo=UTC), on_site)
    assert state_of(application) == "submitted"


def test_closing_goes_on_where_it_was_cut_short(person: People, on_site: Site, monkeypatch: Any) -> None:
    make_call()
    versions = [submit_application(person(f"p{number}"), on_site) for number in range(3)]
    calls = []

    def perform_two(*values: Any) -> Application:
        calls.append(values)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return perform(*values)

    with monkeypatch.context() as patch:
        patch.setattr("bongsu.incubator.running.closing.perform", perform_two)
        with pytest.raises(KeyboardInterrupt):
            close_due_rounds(CLOCK, ENDS + WAIT, on_site)
    states = [state_of(version.application) for version in versions]
    assert states == ["screening", "screening", "submitted"]
    assert close_due_rounds(CLOCK, ENDS + WAIT, on_site) == 1
    assert {state_of(version.application) for version in versions} == {"screening"}
    assert Mail.objects.filter(to="p0@stat.example", subject__contains="CALL").count() == 2  # submitted, then screening


def test_versions_do_not_arrive_before_the_one_before(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    application = write_application(sora, on_site)
    submit(Actor.of_person(sora), application, OPEN, on_site)
    again = submit(Actor.of_person(sora), application, OPEN - SECOND, on_site, now=OPEN)
    assert again.received_at == OPEN


def test_arrivals_never_go_back() -> None:
    wall, monotonic = [1000.0], [0.0]
    arrivals = ArrivalClock(lambda: wall[0], lambda: monotonic[0])

    def read(at: float, after: float) -> tuple[float, float]:
        wall[0], monotonic[0] = at, after
        moment, behind = arrivals.read()
        return (moment - datetime.fromtimestamp(0, UTC)).total_seconds(), behind.total_seconds()

    assert read(1010.0, 10.0) == (1010.0, 0)
    assert read(700.0, 20.0) == (1020.0, 320.0)  # the machine was set back
    assert read(1029.0, 30.0) == (1030.0, 0)  # a second behind: a usual correction
    assert read(2000.0, 31.0) == (2000.0, 0)  # set forward


def test_strangers_do_nothing_with_an_application(person: People, on_site: Site) -> None:
    make_call()
    sora, eve = person("sora"), person("eve")
    application = write_application(sora, on_site)
    for event in ("submit", "withdraw", "end-screening", "release"):
        with pytest.raises(Refused):
            perform(Actor.of_person(eve), application, event, OPEN, on_site)
    officer = person("officer", f"call-officer call {NAME}")
    with pytest.raises(Refused):  # an officer neither writes nor submits
        save_draft(Actor.of_person(officer), application, {"hours": 1}, 0, OPEN)
    with pytest.raises(Refused):
        submit(Actor.of_person(officer), application, OPEN, on_site)
    with pytest.raises(RuntimeError):
        application.save()
    with unlock():
        application.save()
