"""Answers reach another form whole, or what is lost is said; blind reviewers see what the form says; digests are pinned."""

from __future__ import annotations

import hashlib
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.cli.language import translate
from bongsu.incubator.forms.carrying import Dropped, Reason, carry_answers, reusable_answers
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.forms.reviewing import REDACTED, anonymous_view, digest_version
from bongsu.incubator.forms.words import DROPPED, describe_dropped
from tests.incubator.compute_form import ANSWERS, COMPUTE, FILES, PLAN, read_compute

FORM = read_compute()
FOUNDED = COMPUTE[COMPUTE.index('[[question]]\nkey = "founded"') : COMPUTE.index('[[question]]\nkey = "sector"')]
HEALTH = '  { key = "health", text = { en = "Health", ko = "보건", fr = "Santé" } },\n'


def test_an_unchanged_form_takes_every_answer() -> None:
    assert carry_answers(FORM, read_compute(), ANSWERS) == (ANSWERS, ())


def test_an_answer_to_a_removed_question_is_returned() -> None:
    carried = carry_answers(FORM, read_compute((FOUNDED, "")), ANSWERS)
    assert carried.answers == {key: value for key, value in ANSWERS.items() if key != "founded"}
    assert carried.dropped == (Dropped("founded", "2021-03-02", "question-removed"),)


@pytest.mark.parametrize(
    ("change", "answers", "kept", "dropped"),
    [
        ((HEALTH, ""), {"areas": ["health", "climate"]}, {"areas": ["climate"]}, ("areas[0]", "health", "choice-removed")),
        ((HEALTH, ""), {"areas": ["health"]}, {}, ("areas[0]", "health", "choice-removed")),
        (('{ key = "academia"', '{ key = "school"'), {"sector": "academia"}, {},
         ("sector", "academia", "choice-removed")),
        (('kind = "number"', 'kind = "text"'), {"hours": 5}, {}, ("hours", 5, "kind-changed")),
        (('unit = "EUR"\ntext', 'unit = "USD"\ntext'), {"share": "5.00"}, {}, ("share", "5.00", "unit-changed")),
        (('{ key = "item"', '{ key = "name"'), {"budget": [{"item": "Disks", "amount": 5}]}, {"budget": [{"amount": 5}]},
         ("budget[0].item", "Disks", "column-removed")),
        (('kind = "money", unit = "EUR"', 'kind = "money", unit = "KRW"'), {"budget": [{"item": "Disks", "amount": 5}]},
         {"budget": [{"item": "Disks"}]}, ("budget[0].amount", 5, "unit-changed")),
    ],
)  # fmt: skip
def test_what_a_new_edition_cannot_keep_is_returned(
    change: tuple[str, str], answers: dict[str, Any], kept: dict[str, Any], dropped: tuple[str, Any, str]
) -> None:
    assert carry_answers(FORM, read_compute(change), answers) == (kept, (dropped,))


def test_a_longer_text_than_the_new_limit_is_kept() -> None:
    assert carry_answers(FORM, read_compute(("most = 200", "most = 10")), ANSWERS) == (ANSWERS, ())


def test_every_reason_has_a_sentence() -> None:
    assert set(DROPPED) == set(get_args(Reason))
    assert (
        describe_dropped(Dropped("a", 1, "unit-changed"), translate) == "The amount is now asked for in another unit."
    )


@given(st.sets(st.sampled_from(sorted(ANSWERS))), st.sets(st.sampled_from(sorted(ANSWERS))))
def test_nothing_is_lost_silently(answered: set[str], asked: set[str]) -> None:
    """Every answer is in the new answers or among the dropped ones."""
    answers = {key: ANSWERS[key] for key in sorted(answered)}
    kinds = [f'{{ key = "{key}", kind = "long-text", text.en = "Q" }}' for key in sorted(asked)]
    other = parse_form(f'format = "bongsu.form/1"\nquestion = [{", ".join([*kinds, kinds[0] if kinds else FIRST])}]')
    carried = carry_answers(FORM, other, answers)
    assert {**carried.answers, **{one.place: one.value for one in carried.dropped}} == answers


FIRST = '{ key = "first", kind = "text", text.en = "First" }'


def test_an_answer_is_used_again_by_its_reuse_key() -> None:
    later = parse_form("""
format = "bongsu.form/1"
question = [
  { key = "applicant", kind = "text", text.en = "Applicant", reuse = "organisation" },
  { key = "abstract", kind = "long-text", text.en = "Abstract", reuse = "summary" },
  { key = "hours", kind = "number", text.en = "Hours" },
  { key = "title", kind = "text", text.en = "Title", reuse = "title" },
]
""")
    assert reusable_answers(later, FORM, ANSWERS) == {"applicant": "Jeju Lab", "abstract": ANSWERS["summary"]}
    assert reusable_answers(later, FORM, {"hours": 5}) == {}


def test_a_consent_is_given_anew() -> None:
    form = read_compute(('kind = "consent"', 'kind = "consent"\nreuse = "rules"'))
    assert "rules-read" not in reusable_answers(form, form, ANSWERS)


def test_blind_reviewers_see_what_the_form_says() -> None:
    answers = {
        **ANSWERS,
        "summary": "Jeju Lab (hana@jeju.example, 0000-0002-1825-0097) and 김하나가 write at https://jeju.example/hana: "
        "JEJU\nLAB leads, Jeju Laboratory does not.",
    }
    seen = anonymous_view(FORM, answers)
    assert list(seen) == ["founded", "sector", "summary", "hours", "areas", "budget"]
    assert seen["summary"] == (
        f"{REDACTED} ({REDACTED}, {REDACTED}) and {REDACTED}가 write at {REDACTED} {REDACTED} leads, "
        "Jeju Laboratory does not."
    )
    assert {key: seen[key] for key in seen if key != "summary"} == {
        key: ANSWERS[key] for key in seen if key != "summary"
    }


def test_a_redacted_text_without_hidden_names_stays() -> None:
    assert anonymous_view(FORM, {"summary": "A model."}) == {"summary": "A model."}
    assert anonymous_view(FORM, {"summary": "A b c", "organisation": "b"}) == {"summary": "A b c"}


def test_each_part_of_a_member_is_redacted() -> None:
    answers = {
        "members": [{"name": "Marie Li Durand", "organisation": "INRIA"}],
        "summary": "Durand, M. (Inria) and Li. MARIE!",
    }
    assert anonymous_view(FORM, answers) == {"summary": f"{REDACTED}, M. ({REDACTED}) and Li. {REDACTED}!"}


def test_thirty_drafts_keep_their_answers_to_a_question_that_is_removed() -> None:
    changed = read_compute((FOUNDED, ""))
    drafts = [{**ANSWERS, "founded": f"2020-01-{day:02}"} for day in range(1, 31)]
    lost = [carry_answers(FORM, changed, draft).dropped for draft in drafts]
    assert [one.value for (one,) in lost] == [draft["founded"] for draft in drafts]


def test_the_digest_is_that_of_the_json_and_the_hashes() -> None:
    text = '{"answers":{"hours":5,"organisation":"제주"},"files":{"plan":["' + "ab" * 32 + '"]}}'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert expected == "09c8a3ca45f7dd3db64bc0f804e348b661bbef652ee01c953c8bea27db5282b0"
    assert digest_version({"organisation": "제주", "hours": 5}, {"plan": [PLAN], "other": []}) == expected
    assert digest_version({"hours": 5, "organisation": "제주"}, {"plan": [PLAN._replace(name="b")]}) == expected
    assert digest_version({"hours": "5", "organisation": "제주"}, FILES) != expected
