"""The demonstration of a call runs to its end, on a smaller scale: `make demo-call` runs it with all of its teams."""

from __future__ import annotations

import pytest

from bongsu.credits.models import Transfer
from bongsu.incubator.models import Assignment, Award, Conflict, Letter
from bongsu.web import middleware
from tests.people.conftest import Visitor
from tools.demo_call import TEAMS, Demo, list_hints, run_demo

pytestmark = pytest.mark.django_db
FATES = ("completes", "gives up", "waits", "elsewhere", "late")
FEW = tuple(next(team for team in TEAMS if team.fate == fate) for fate in FATES)


def test_the_demonstration_runs_to_its_end(site: None, settings: object) -> None:
    """Of 20,000 hours 19,000 are granted: the team that waits asks for 3,000, and gets them when one gives up."""
    colleague = next(team for team in TEAMS if team.fate == "colleague")
    teams = tuple(one._replace(hours=5000) if one.fate == "completes" else one for one in FEW)
    filled = tuple(colleague._replace(place=f"jongi-hak{number}", hours=5000) for number in ("", "2"))
    demo = Demo(middleware.open_node(), (*teams[:2], *filled, *teams[2:]))
    assert len(list(run_demo(demo))) == 5
    states = {team.fate: demo.application(team).state for team in demo.teams}
    assert states == {
        "completes": "running",
        "gives up": "ended-early",
        "colleague": "running",
        "waits": "awarded",
        "elsewhere": "ineligible",
        "late": "withdrawn",
    }
    barred = Conflict.objects.filter(kind="same-organisation", state="barred").values_list("application", "person")
    assert barred
    assert not set(barred) & set(Assignment.objects.values_list("application", "reviewer__person"))
    award = Award.objects.get(application=demo.application(demo.team_with("completes")))
    assert set(award.tranches.values_list("key", "state")) == {("first", "paid"), ("second", "paid"), ("last", "held")}
    assert Transfer.objects.filter(credit=award.account).exists()
    waits = demo.application(demo.team_with("waits"))
    assert list(Letter.objects.filter(application=waits).order_by("written").values_list("kind", flat=True)) == [
        "release",
        "offer",
    ]
    for what, (address, language, path) in list_hints(demo).items():
        visitor = Visitor().sign_in(demo.people[address])
        assert visitor.get(f"/{language}/{path}").status_code == 200, what
    assert "/en/commons/entries/outcome-" in Visitor().get("/en/calls/gpu-demo/").content.decode()
    officer = Visitor().sign_in(demo.people["officer@office.example"])
    page = officer.get("/en/desk/calls/gpu-demo/rounds/first/ranking/").content.decode()
    assert "Released decisions" in page
    for number in range(1, 4):
        application = demo.application(demo.teams[number - 1])
        assert officer.get(f"/en/desk/applications/{application.number}/").status_code == 200
    late = Visitor().sign_in(demo.people["lead@slow-snail.example"])
    page = late.get(f"/en/applications/{demo.application(demo.team_with('late')).number}/").content.decode()
    assert "Nothing was submitted before the round closed" in page
    assert "Invite" not in page
