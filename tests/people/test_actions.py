"""One action: permission, change and audit line stand or fall together; a guarded record changes in no other way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from bongsu.core.errors import Damaged, Refused
from bongsu.people import audit
from bongsu.people.access import NOBODY, Actor, SignInFirst
from bongsu.people.actions import act
from bongsu.people.granting import end_grant
from bongsu.people.links import LinkEnded, make_link
from bongsu.people.models import GUARDED, AuditHead, AuditLine, Grant, Organisation, Person
from bongsu.people.organisations import add_organisation, change_organisation
from bongsu.people.persons import change_person, ensure_person
from bongsu.people.sign_in_links import use_sign_in_link
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db


def test_a_guarded_record_cannot_be_written_outside_an_action() -> None:
    for model in GUARDED:
        with pytest.raises(RuntimeError, match="guarded"):
            model().save()
        with pytest.raises(RuntimeError, match="guarded"):
            model.objects.all().delete()
        with pytest.raises(RuntimeError, match="guarded"):
            model.objects.bulk_create([model()])
    add_organisation(COMMAND, "kaist")
    with pytest.raises(RuntimeError, match="guarded"):
        Organisation.objects.update(title="x")
    with pytest.raises(RuntimeError, match="guarded"):
        Organisation.objects.get().delete()
    assert Organisation.objects.get().title == "kaist"


def test_an_action_that_fails_leaves_no_change_and_no_line() -> None:
    def fail() -> None:
        with act(COMMAND, "organisation.add"):
            Organisation(name="kaist", title="KAIST").save()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Organisation.objects.exists()
    assert not AuditLine.objects.exists()


def test_an_action_without_permission_runs_nothing(person: Callable[..., Person]) -> None:
    ran = False
    for actor, error in ((NOBODY, SignInFirst), (Actor.of_person(person("lee")), Refused)):
        lines = AuditLine.objects.count()
        with pytest.raises(error), act(actor, "organisation.add"):
            ran = True
        assert AuditLine.objects.count() == lines
    assert not ran


def test_a_line_says_who_did_what_and_what_it_was_before() -> None:
    organisation = add_organisation(COMMAND, "kaist", "KAIST")
    change_organisation(COMMAND, organisation, "Korea Advanced Institute")
    line = AuditLine.objects.latest("number")
    assert (line.actor, line.action, line.object_kind, line.object_id) == (
        "command tester",
        "organisation.change",
        "organisation",
        "kaist",
    )
    assert (line.before, line.after) == ({"title": "KAIST"}, {"title": "Korea Advanced Institute"})


def test_the_audit_has_no_personal_data(person: Callable[..., Person]) -> None:
    kim = person("kim")
    change_person(Actor.of_person(kim), kim, "Kim Hangang", "ko en")
    text = str([(line.before, line.after, line.why, line.object_id) for line in AuditLine.objects.all()])
    assert "Kim" not in text
    assert "kim@" not in text
    assert AuditLine.objects.latest("number").after == {"changed": ["name", "languages"]}


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE people_auditline SET why = 'x' WHERE number = 2", 2),
        ("UPDATE people_auditline SET actor = 'person 1' WHERE number = 3", 3),
        ("DELETE FROM people_auditline WHERE number = 2", 2),
        ("DELETE FROM people_auditline WHERE number = 3", 3),
        ("UPDATE people_auditline SET number = 9 WHERE number = 3", 3),
    ],
)
def test_an_altered_line_is_found(sql: str, line: int) -> None:
    for name in ("a", "b", "c"):
        add_organisation(COMMAND, name)
    head = audit.verify()
    assert head is not None
    assert head.number == 3
    with connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(Damaged) as wrong:
        audit.verify()
    assert wrong.value.values["number"] == line


def test_a_removed_head_is_found() -> None:
    add_organisation(COMMAND, "a")
    AuditHead.objects.all().delete()
    with pytest.raises(Damaged):
        audit.verify()


def test_a_line_outside_a_transaction_is_a_defect(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.append("nobody", "person.add", "node", "")


def _in_threads(work: Callable[[int], object], count: int) -> list[object]:
    """Runs `work` in threads of their own, each with its own connection to the database."""

    def run(number: int) -> object:
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001 - returned to the test
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_actions_at_once_make_one_chain() -> None:
    done = _in_threads(lambda number: [add_organisation(COMMAND, f"o{number}-{turn}") for turn in range(8)], 8)
    assert [error for error in done if isinstance(error, Exception)] == []
    head = audit.verify()
    assert head is not None
    assert head.number == Organisation.objects.count() == 64


@pytest.mark.django_db(transaction=True)
def test_a_link_used_at_once_is_used_by_one() -> None:
    _, secret = make_link("sign-in", "kim@stat.example")
    done = _in_threads(lambda number: use_sign_in_link(secret), 8)
    assert sum(isinstance(one, LinkEnded) for one in done) == 7, done
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_end_each_other_at_once_leave_one(person: Callable[..., Person]) -> None:
    people = [person("kim", "operator"), person("lee", "operator")]
    grants = [Grant.objects.get(person=one) for one in people]
    done = _in_threads(lambda number: end_grant(Actor.of_person(people[number]), grants[1 - number]), 2)
    assert sum(isinstance(one, Refused) for one in done) == 1, done
    assert Grant.objects.filter(role="operator", ended=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_links_of_one_new_address_make_one_person() -> None:
    done = _in_threads(lambda number: ensure_person(NOBODY, "kim@stat.example"), 8)
    assert len({one.pk for one in done if isinstance(one, Person)}) == 1, done
    assert Person.objects.count() == 1
