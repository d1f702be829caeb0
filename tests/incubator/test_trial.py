"""A call is tried with made-up people: the five workflows go through, what gets stuck is said, and nothing is left behind."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from bongsu.cli import call_try, main
from bongsu.core.errors import CheckFailed
from bongsu.incubator.calls.folder import parse_files, write_example
from bongsu.incubator.eligibility.document import parse_rules
from bongsu.incubator.eligibility.evaluate import evaluate
from bongsu.incubator.forms.answers import AnswerFile, check_answers
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.models import Application, Call
from bongsu.incubator.opening import add_call
from bongsu.incubator.trial.answers import Drawer
from bongsu.incubator.trial.apart import run_apart
from bongsu.incubator.trial.course import try_call
from bongsu.incubator.trial.people import count_needed
from bongsu.incubator.trial.report import TrialReport
from bongsu.incubator.trial.words import list_parts
from bongsu.incubator.workflow.tables import known_states
from bongsu.people.models import AuditLine, Job, Mail, Person
from bongsu.web import middleware
from bongsu.web.jobs.child import JobProgress
from bongsu.web.jobs.kinds import RUNNERS
from tests.incubator.cast import BEFORE, NAME, make_person
from tests.people.conftest import COMMAND, Visitor

WORKFLOWS = ("one-stage", "concept-then-full", "rolling", "fast-compute", "cohort-jury")
TODAY = date(2027, 3, 10)
PERSON = {"name": "Team 1", "email": "team@team-1.example"}
FEW = 3  # applicants whose answers are valid: the course is the same, and shorter


def list_ways(report: TrialReport) -> set[tuple[str, str, str]]:
    return {(move.event, move.start, move.to) for moment in report.moments for move in moment.moves}


@pytest.mark.django_db
@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_the_shipped_workflows_go_through_and_leave_nothing(workflow: str) -> None:
    report = try_call(write_example(workflow), valid=FEW)
    assert report.holds, (report.stuck, report.reasons)
    waiting = {"draft"} if workflow == "rolling" else set()  # for the second round, which has not closed
    assert {state for state in report.states if not known_states()[state].is_end} == waiting
    assert sum(report.states.values()) == FEW + 3 + 2  # late, incomplete, one who leaves, and one for each of two rules
    assert report.never_fired == ()
    assert report.letters == ()
    ways = list_ways(report)
    assert {to for _, start, to in ways if start == "ranked"} >= {"accepted"}
    assert {("accept", "accepted", "awarded"), ("start", "awarded", "running")} <= ways
    assert ("complete", "running", "completed") in ways
    if workflow != "fast-compute":
        assert report.reviewing is not None
        assert report.reviewing.assigned == 3 * FEW
        assert [one.days for one in report.timings][:1] == [60]  # 31 March to 31 May 2027, as announced
    else:
        assert report.reviewing is None
    spent = {row.line: row.granted for row in report.budget}
    assert all(0 <= granted <= row.amount for row, granted in zip(report.budget, spent.values(), strict=True))
    for model in (Call, Application, Person, AuditLine, Mail):
        assert not model._default_manager.exists()


@pytest.mark.django_db
def test_a_workflow_that_gets_stuck_says_where_and_why() -> None:
    """Nobody who is screened is on a waiting list, so no place is free for her: the checker cannot know it."""
    files = write_example("fast-compute")
    for name, before, after in (
        (
            "workflow",
            'guard = ["checks.done", "not checks.failed"]',
            'guard = ["checks.done", "not checks.failed", "place.free"]',
        ),
        ("call", ', ko = "공익 인공지능을 위한 GPU 시간"', ""),
    ):
        assert before in files[f"{name}.toml"]
        files[f"{name}.toml"] = files[f"{name}.toml"].replace(before, after, 1)
    report = try_call(files, valid=FEW)
    again = try_call(files, valid=FEW)
    assert msgspec.to_builtins(report) == msgspec.to_builtins(again)  # the same seed, the same trial
    stuck = {(one.state, one.event): one for one in report.stuck}
    assert not report.holds
    assert stuck["screening", "end-screening"].guards == ("place.free",)
    assert stuck["screening", "end-screening"].count == FEW
    words = {part.title: part for part in list_parts(report, parse_files(files), str, "en")}
    row = words["What got stuck"].rows[0]
    assert row[:3] == ("in screening", "end the screening", "a place is free for this application")


@pytest.mark.django_db
def test_the_command_prints_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "spring"
    assert main(["call", "init", str(folder), "--workflow", "fast-compute"]) == 0
    monkeypatch.setattr(
        call_try, "_prepare_records", lambda root: None
    )  # the tests' own records, which it leaves empty
    capsys.readouterr()
    assert main(["call", "try", str(folder / "call.toml"), "--json", "--seed", "7"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["seed"], printed["holds"], printed["call"]) == (7, True, "example-2027")
    assert printed["budget"][0]["line"] == "academia"


def test_reviewers_needed() -> None:
    """Nine applications with 3 reviews each are 27 reviews; at most 8 each: 27 / 8 = 3.4, so 4. Two need 3 who differ."""
    files = parse_files(write_example("one-stage"))
    assert count_needed(files, 9) == 4
    assert count_needed(files, 8) == 3
    assert count_needed(files, 2) == 3


FORM = """
format = "bongsu.form/1"
question = [
  {key="name", kind="text", text={en="Name"}, least=10, most=12, required=true},
  {key="born", kind="date", text={en="Founded"}, required=true},
  {key="share", kind="number", text={en="Share"}, least="0.25", most="0.75", required=true},
  {key="hours", kind="number", text={en="Hours"}, most=500, required=true},
  {key="fields", kind="many", text={en="Fields"}, most=2, choices=[
    {key="a",text={en="A"}},{key="b",text={en="B"}},{key="c",text={en="C"}}]},
  {key="costs", kind="table", text={en="Costs"}, least=2, columns=[
    {key="amount",kind="number",text={en="Amount"},most=100,required=true}]},
  {key="team", kind="team", text={en="Team"}, least=2, required=true},
  {key="plan", kind="file", text={en="Plan"}, types=["png"], required=true},
  {key="ok", kind="consent", text={en="Consent"}, required=true},
]
"""
RULES = """
format = "bongsu.rules/1"
rule = [
  {id="young", when="screening", kind="knock-out", field="born", op="age-days", value=[0, 365], reason={en="Young."}},
  {id="small", when="submit", kind="knock-out", field="hours", op="<=", value=400, reason={en="Small."}},
  {id="exact", when="submit", kind="warn", field="hours", op="is", value=77, reason={en="Exact."}},
  {id="costs", when="submit", kind="knock-out", field="costs.amount", op="sum", value=[0, 120], reason={en="Costs."}},
  {id="not-a", when="submit", kind="knock-out", field="fields", op="not-in", value=["a"], reason={en="Not A."}},
  {id="country", when="screening", kind="knock-out", field="node.country", op="is", value="KOR", reason={en="Korea."}},
]
"""


@pytest.mark.parametrize("breaking", ["", "young", "small", "exact", "costs", "not-a"])
@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_answers_are_complete_and_break_one_rule_alone(breaking: str, seed: int) -> None:
    form, rules = parse_form(FORM), parse_rules(RULES)
    drawn = Drawer(form, rules, TODAY, Random(seed)).draw(PERSON, "ko", breaking)
    assert drawn is not None
    files = {key: [AnswerFile("0" * 64, key, one, 1) for one in types] for key, types in drawn.files.items()}
    assert check_answers(form, drawn.answers, files) == []
    outcomes = {one.rule.id: one.truth for one in evaluate(rules, form, drawn.answers, {}, TODAY, files)}
    assert outcomes.pop("country") == "unknown"
    warned = outcomes.pop("exact")  # a warning: that it is met or not is asked for only when it is to be broken
    assert breaking != "exact" or warned == "no"
    assert {id for id, truth in outcomes.items() if truth == "no"} == {breaking} - {"", "exact"}


def test_a_rule_that_only_the_node_decides_cannot_be_broken() -> None:
    assert Drawer(parse_form(FORM), parse_rules(RULES), TODAY, Random(1)).draw(PERSON, "en", "country") is None


def test_a_rule_that_the_form_itself_demands_is_broken_by_incomplete_answers() -> None:
    rules = parse_rules(
        'format = "bongsu.rules/1"\n[[rule]]\nid = "ok"\nwhen = "submit"\nkind = "knock-out"\nfield = "ok"\nop = "is"\n'
        'value = true\nreason = { en = "Consent." }\n'
    )
    drawn = Drawer(parse_form(FORM), rules, TODAY, Random(1)).draw(PERSON, "en", "ok")
    assert drawn is not None
    assert drawn.answers["ok"] is False


@pytest.mark.django_db
def test_an_officer_tries_a_draft_on_its_page(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    report = try_call(write_example("fast-compute"), valid=FEW)
    printed = {**msgspec.to_builtins(report), "holds": report.holds}
    add_call(COMMAND, write_example("fast-compute"), BEFORE)
    officer = Visitor().sign_in(make_person("officer", f"call-officer call {NAME}"))
    page = f"/en/desk/calls/{NAME}/try/"
    assert page in officer.get(f"/en/desk/calls/{NAME}/").content.decode()
    assert b"Trial of edition" not in officer.get(page).content
    assert officer.post(page).status_code == 302
    waiting = officer.get(page).content.decode()
    assert 'http-equiv="refresh"' in waiting
    assert officer.post(page, follow=True).content.count(b"This is queued already.") == 1
    job = Job.objects.get()
    assert job.actor == f"person {Person.objects.get().pk}"
    monkeypatch.setattr("bongsu.web.jobs.kinds.run_apart", lambda texts: json.loads(json.dumps(printed)))
    outcome = RUNNERS["try"].run(middleware.open_node(), job, JobProgress())
    Job.objects.update(state="done", report=outcome.report.to_json(), result=outcome.result)
    for language, words in (("en", "Step by step"), ("ko", "단계별 진행"), ("fr", "Étape par étape")):
        shown = officer.get(page.replace("/en/", f"/{language}/")).content.decode()
        assert words in shown
    assert Visitor().sign_in(make_person("stranger")).post(page).status_code == 403


def test_what_the_command_says_instead_of_a_report_is_the_error() -> None:
    """Of a call that cannot be opened: the process of its own says why."""
    with pytest.raises(CheckFailed, match="has no file"):
        run_apart({"form.toml": FORM})
