"""A workflow in which an application could be stuck, go two ways, or tell a decision early is refused with the field."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput
from bongsu.incubator.texts import Finding
from bongsu.incubator.workflow.check import check_workflow, exclude_one_another
from bongsu.incubator.workflow.document import parse_workflow
from bongsu.incubator.workflow.shipped import read_shipped_text
from bongsu.incubator.workflow.tables import known_actors, known_events, known_guards, known_states
from bongsu.incubator.workflow.words import WORKFLOW_FINDINGS, describe_workflow_finding
from tests.house.texts import translated

ONE_STAGE = read_shipped_text("one-stage")
SUBMIT = '["round.open", "version.complete"]'
ACCEPT = 'guard = ["decision.accept"]'
ASKED = '["reviews.enough", "discussion.asked"]'
NOT_ASKED = '["reviews.enough", "not discussion.asked"]'
DECIDE = '[decide]\nwho = ["panel"]\nguard = ["quorum.met"]\n'


def _check(*changes: tuple[str, str]) -> list[Finding]:
    text = ONE_STAGE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return check_workflow(parse_workflow(text))


def _without(event: str, *states: str) -> tuple[str, str]:
    """Returns the change that removes the transitions of an event from these states."""
    blocks = ONE_STAGE.split("[[transition]]")
    (gone,) = [one for one in blocks if f'event = "{event}"' in one and all(f'"{state}"' in one for state in states)]
    return f"[[transition]]{gone}", ""


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ([('to = "submitted"', 'to = "submited"')], "transition[0].to", "unknown-state"),
        ([('from = "draft"', 'from = "drafts"')], "transition[0].from", "unknown-state"),
        ([('event = "submit"', 'event = "send"')], "transition[0].event", "unknown-event"),
        ([('who = ["applicant"]', 'who = ["owner"]')], "transition[0].who", "unknown-actor"),
        ([('who = ["applicant"]', 'who = ["team"]')], "transition[0].who", "unknown-actor"),
        ([('tell = ["applicant", "team"]', 'tell = ["clock"]')], "transition[0].tell", "unknown-actor"),
        ([(SUBMIT, '["round.opened"]')], "transition[0].guard", "unknown-guard"),
        ([(SUBMIT, '["not round.opened"]')], "transition[0].guard", "unknown-guard"),
        ([('effect = ["receipt"]', 'effect = ["receipts"]')], "transition[0].effect", "unknown-effect"),
        ([('who = ["panel"]', 'who = ["applicant"]')], "decide.who", "unknown-actor"),
        ([('["quorum.met"]', '["quorum"]')], "decide.guard", "unknown-guard"),
        ([('from = "draft"', "from = []")], "transition[0].from", "no-start"),
        ([('who = ["applicant"]', 'who = ["applicant", "officer"]')], "transition[0].who", "may-not"),
        ([('to = "submitted"', 'to = "accepted"')], "transition[0].to", "never-leads"),
        ([(SUBMIT, '["round.open", "round.closed"]')], "transition[0].guard", "never-holds"),
        ([(SUBMIT, '["round.open", "not round.open"]')], "transition[0].guard", "never-holds"),
        ([(NOT_ASKED, '["reviews.enough"]')], "transition[9].guard", "two-ways"),
        ([(NOT_ASKED, '["not quorum.met"]')], "transition[9].guard", "two-ways"),
        ([(ACCEPT, "guard = []")], "transition[11].guard", "release-needs-decision"),
        ([(ACCEPT, 'guard = ["not decision.reject"]')], "transition[11].guard", "release-needs-decision"),
        ([(ACCEPT, 'guard = ["decision.accept", "decision.wait"]')], "transition[11].guard", "never-holds"),
        ([(ASKED, '["reviews.enough", "discussion.asked", "decision.accept"]')], "transition[8].guard",
         "decision-before-release"),
        ([('["quorum.met"]', '["not decision.wait"]')], "decide.guard", "decision-before-release"),
        ([('["quorum.met"]', '["quorum.met", "not quorum.met"]')], "decide.guard", "never-holds"),
        ([(DECIDE, "")], "decide", "nobody-decides"),
        ([(ASKED, '["reviews.enough", "discussion.asked", "quorum.met"]')], "transition[8].guard", "no-votes"),
        ([('tell = ["reviewers", "chair"]', 'tell = ["reviewers", "team"]')], "transition[8].tell", "tells-hidden"),
        ([('from = ["in-review", "discussion", "ranked"]', 'from = ["in-review", "discussion"]')], "transition[27].from",
         "button-tells"),
        ([('from = ["in-review", "discussion", "ranked"]', 'from = "ranked"')], "transition[27].from", "button-tells"),
        ([_without("start", "awarded"), _without("lapse", "awarded"), _without("give-up", "awarded")], "transition",
         "dead-end"),
        ([_without("start", "awarded")], "transition", "unreachable"),
        ([(SUBMIT, '["round.open", "round.closed"]'), (", \"version.complete\"]\neffect = [\"receipt\", \"freeze",
          ", \"not round.closed\"]\neffect = [\"receipt\", \"freeze")], "transition", "unreachable"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_with_its_field(changes: list[tuple[str, str]], field: str, code: str) -> None:
    findings = _check(*changes)
    assert (field, code) in [(one.field, one.code) for one in findings]
    for finding in findings:
        assert finding.level == "error"
        assert "{" not in describe_workflow_finding(finding, str, "ko")


def test_states_that_lead_only_to_each_other_are_found() -> None:
    loop = parse_workflow("""
format = "bongsu.workflow/1"
id = "loop"
title = { ko = "고리" }
transition = [
  { from = "draft", to = "submitted", event = "submit", who = ["applicant"] },
  { from = "submitted", to = "draft", event = "reopen", who = ["applicant"] },
]
""")
    assert [(one.level, one.code) for one in check_workflow(loop)] == [
        ("error", "no-way-out"),
        ("error", "no-way-out"),
        ("warning", "languages"),
    ]


def test_a_decision_that_is_never_released_is_found() -> None:
    text = 'format = "bongsu.workflow/1"\nid = "a"\ntitle.en = "A"\n' + DECIDE
    text += '[[transition]]\nfrom = "draft"\nto = "withdrawn"\nevent = "withdraw"\nwho = ["applicant"]\n'
    assert [one.code for one in check_workflow(parse_workflow(text))] == ["never-released", "languages"]


def test_two_actors_may_cause_one_event_with_different_results() -> None:
    """Nobody may make both transitions, so they are apart."""
    assert _check((NOT_ASKED, '["reviews.enough"]'), ('who = ["officer", "chair", "clock"]', 'who = ["chair"]'),
                  ('who = ["officer", "chair", "clock"]', 'who = ["officer"]')) == []  # fmt: skip


def test_the_near_names_are_said() -> None:
    (finding,) = _check((SUBMIT, '["round.opne", "version.complete"]'))
    assert (
        describe_workflow_finding(finding, str, "en")
        == "There is no guard “round.opne”. Near or known: round.open, round.closed."
    )


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ([("round.open", True)], [("round.closed", True)], True),
        ([("round.open", False)], [("round.closed", False)], False),
        ([("round.open", True)], [("round.closed", False)], False),
        ([("round.open", True)], [("round.open", False)], True),
        ([("decision.accept", True)], [("decision.reject", True)], True),
        ([("decision.accept", True)], [("quorum.met", True)], False),
        ([], [], False),
    ],
)
def test_guards_that_exclude_one_another(
    one: list[tuple[str, bool]], other: list[tuple[str, bool]], apart: bool
) -> None:
    assert exclude_one_another(one, other) is exclude_one_another(other, one) is apart


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('who = ["applicant"]', "who = []", "transition[0].who"),
        ('to = "submitted"', "", "transition[0].to"),
        ('to = "submitted"', 'to = "submitted"\nthen = "x"', "transition[0].then"),
        (SUBMIT, '"round.open"', "transition[0].guard"),
        (SUBMIT, str(["round.open"] * 41), "transition[0].guard"),
        ('id = "one-stage"', 'id = "One stage"', "id"),
    ],
)
def test_a_shape_that_is_wrong_is_refused_with_its_field(old: str, new: str, where: str) -> None:
    assert old in ONE_STAGE
    with pytest.raises(BadInput) as wrong:
        parse_workflow(ONE_STAGE.replace(old, new, 1))
    assert wrong.value.where == where


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadInput, match="inside tables"):
        parse_workflow(f"transition = {'[' * 300}{']' * 300}")


def test_the_tables_agree_with_each_other() -> None:
    states, guards, actors = known_states(), known_guards(), known_actors()
    assert (len(states), len(guards)) == (16, 18)
    assert all(guard.excludes <= set(guards) for guard in guards.values())
    assert all(guard.name in guards[other].excludes for guard in guards.values() for other in guard.excludes)
    assert all(states[state.seen_as].seen_as == state.seen_as for state in states.values())
    for event in known_events().values():
        assert event.to <= set(states)
        assert event.who
        assert all(actors[actor].acts for actor in event.who)


def test_every_sentence_has_three_languages() -> None:
    for language in ("ko", "fr"):
        assert set(WORKFLOW_FINDINGS.values()) <= set(translated(language))
