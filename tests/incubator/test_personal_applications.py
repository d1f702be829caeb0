"""A person's applications in her export, and what is left of them when her account is erased."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bongsu.incubator.applications.deleting import UNLISTED, delete_unlisted_files
from bongsu.incubator.applications.drafting import begin_application
from bongsu.incubator.applications.files import path_of_file
from bongsu.incubator.applications.team import invite_member, join_team
from bongsu.incubator.models import Application, Draft, Member, StoredFile
from bongsu.incubator.running.closing import WAIT, close_due_rounds
from bongsu.incubator.site import Site
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.people.persons import describe_person, erase_person
from bongsu.web import middleware
from tests.incubator.cast import ENDS, NAME, OPEN, make_call, make_site, submit_application, write_application
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
People = Callable[..., Person]


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def test_an_export_has_answers_versions_and_teams_but_no_decision(person: People, on_site: Site) -> None:
    make_call()
    sora, jin = person("sora"), person("jin")
    version = submit_application(sora, on_site)
    _, secret = invite_member(Actor.of_person(sora), version.application, "jin@stat.example", OPEN)
    join_team(secret, jin, OPEN)
    with unlock():
        Application.objects.update(state="ranked", pending="accept")
    (row,) = describe_person(sora)["applications"]
    assert (row["number"], row["state"]) == (version.application.number, "in-review")
    assert row["versions"][0]["answers"]["hours"] == 400
    assert row["versions"][0]["files"] == {"plan": ["plan.pdf"]}
    assert "accept" not in str(row)
    assert describe_person(jin)["applications"] == [{"number": version.application.number, "team_member_since": OPEN}]


def test_an_erasure_leaves_number_and_state(person: People, on_site: Site) -> None:
    make_call()
    sora, jin = person("sora"), person("jin")
    version = submit_application(sora, on_site)
    (file,) = version.files["plan"]
    path = path_of_file(on_site.node, version.application, file["sha256"])
    close_due_rounds(Actor.of_duty("calls"), ENDS + WAIT, on_site)
    with unlock():
        version.application.round.closed = None
        version.application.round.save()
    begin_application(Actor.of_person(sora), NAME, OPEN)
    hers = write_application(jin, on_site)
    _, secret = invite_member(Actor.of_person(jin), hers, "sora@stat.example", OPEN)
    join_team(secret, sora, OPEN)
    erase_person(COMMAND, sora)
    left = Application.objects.get(pk=version.application.pk)
    assert (left.number, left.state, left.owner) == (version.application.number, "screening", None)
    version.refresh_from_db()
    assert (version.answers, version.files) == ({}, {})
    assert version.digest
    assert list(Application.objects.exclude(pk=left.pk)) == [hers]
    assert not Member.objects.exists()
    assert not StoredFile.objects.filter(application=left).exists()
    assert Draft.objects.get().application == hers
    assert path.exists()
    now = timezone.now()
    assert delete_unlisted_files(on_site.node, now) == 0  # a file is written before its record
    assert delete_unlisted_files(on_site.node, now + 2 * UNLISTED) == 1
    assert not path.exists()


def test_what_nobody_has_examined_is_withdrawn_with_its_owner(person: People, on_site: Site) -> None:
    make_call()
    sora = person("sora")
    version = submit_application(sora, on_site)
    erase_person(COMMAND, sora)
    assert Application.objects.get(pk=version.application.pk).state == "withdrawn"
    close_due_rounds(Actor.of_duty("calls"), ENDS + WAIT, on_site)
    assert Application.objects.get(pk=version.application.pk).state == "withdrawn"
