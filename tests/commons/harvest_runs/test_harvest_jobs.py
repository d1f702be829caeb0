"""A harvest as a long action: it is queued on the page of its source, and what it finds is kept as a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.commons.models import HarvestRun
from bongsu.people.models import Job, Person
from bongsu.web.jobs.child import JobProgress
from bongsu.web.jobs.kinds import RUNNERS
from tests.commons.harvest_runs.conftest import Portal
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db
SOURCE = "/en/desk/harvests/sources/portal/"


def test_a_steward_has_a_source_harvested(person: Callable[..., Person], visitor: Visitor, portal: Portal) -> None:
    steward = person("lee", "steward")
    answer = visitor.sign_in(steward).post(SOURCE, {"do": "run", "run-why": "a new section"})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/en/desk/jobs/{job.key}/")
    portal.serve("a", "b", "c")
    done = RUNNERS["harvest"].run(portal.node, job, JobProgress())
    assert (done.failed, done.result["new"], HarvestRun.objects.get().actor) == (False, 3, f"person {steward.pk}")
    portal.serve("a")
    held = RUNNERS["harvest"].run(portal.node, job, JobProgress())
    assert (held.failed, HarvestRun.objects.latest("pk").state) == (True, "waiting")


def test_an_auditor_has_nothing_harvested(person: Callable[..., Person], visitor: Visitor, portal: Portal) -> None:
    visitor.sign_in(person("park", "auditor"))
    assert b"Harvest now" not in visitor.get(SOURCE).content
    assert visitor.post(SOURCE, {"do": "run"}).status_code == 403
    assert not Job.objects.exists()
