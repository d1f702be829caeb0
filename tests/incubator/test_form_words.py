"""Findings are sentences in three languages; numbers, amounts and days follow the locale."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bongsu.core.languages import LANGUAGES
from bongsu.incubator.forms.answers import AnswerFinding, check_answers, read_answers
from bongsu.incubator.forms.words import (
    ANSWER_FINDINGS,
    DROPPED,
    FORM_FINDINGS,
    KINDS,
    describe_answer_finding,
    describe_form_finding,
    describe_removed,
)
from bongsu.incubator.texts import Finding, pick_text, write_value
from tests.house.texts import translated
from tests.incubator.compute_form import ANSWERS, FILES, read_compute


def _say(finding: AnswerFinding) -> list[str]:
    return [
        describe_answer_finding(finding, lambda text, to=language: translated(to).get(text, text), language)
        .replace("\u202f", " ").replace("\xa0", " ")
        for language in LANGUAGES
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "texts"),
    [
        ("share", "50000.01", ("50,000.01 euros is above the most, 50,000 euros.",
                               "50,000.01유로은(는) 최대 50,000유로보다 큽니다.",
                               "50 000,01 euros dépasse le maximum, 50 000 euros.")),
        ("founded", "2027-01-01", ("1 January 2027 is above the most, 31 December 2026.",
                                   "2027년 1월 1일은(는) 최대 2026년 12월 31일보다 큽니다.",
                                   "1 janvier 2027 dépasse le maximum, 31 décembre 2026.")),
        ("hours", "100000.5", ("100,000.5 is above the most, 100,000.", "100,000.5은(는) 최대 100,000보다 큽니다.",
                               "100 000,5 dépasse le maximum, 100 000.")),
        ("hours", 0, ("0 is below the least, 1.", "0은(는) 최소 1보다 작습니다.", "0 est inférieur au minimum, 1.")),
        ("summary", "x" * 1201, ("The text has 1,201 characters, at most 200 are allowed.",
                                "글이 1,201자입니다. 최대 200자까지입니다.",
                                "Le texte a 1 201 caractères, 200 au plus sont admis.")),
        ("areas", ["health", "health"], ("“Health” is there twice.", "“보건”이(가) 두 번 있습니다.",
                                         "« Santé » y est deux fois.")),
    ],
)  # fmt: skip
def test_a_finding_is_a_sentence(key: str, value: object, texts: tuple[str, ...]) -> None:
    form = read_compute()
    (finding,) = check_answers(form, read_answers(form, {**ANSWERS, key: value}).answers, FILES)
    assert tuple(_say(finding)) == texts


def test_a_finding_of_a_form_names_its_kind_in_words() -> None:
    finding = Finding("error", "question[0].unit", "no-unit", {"kind": "long-text"})
    assert describe_form_finding(finding, str, "en") == "A question of this kind has no unit: long text."
    removed = describe_removed(("U+200B", "U+202E"), str, "en")
    assert removed == "Letters that nobody sees were removed: U+200B and U+202E."


def test_every_sentence_has_three_languages() -> None:
    for table in (FORM_FINDINGS, ANSWER_FINDINGS, DROPPED, KINDS):
        for language in ("ko", "fr"):
            assert set(table.values()) <= set(translated(language))


def test_a_reader_sees_the_best_language_there_is() -> None:
    assert pick_text({"ko": "이름", "fr": "Nom"}, "fr") == "Nom"
    assert pick_text({"ko": "이름", "en": "Name"}, "fr") == "Name"
    assert pick_text({"ko": "이름"}, "fr") == "이름"
    assert pick_text({}, "fr") == ""
    assert write_value((Fraction(5, 2), {"ko": "이름"}), "en") == "2.5 and 이름"
