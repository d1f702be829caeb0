"""A form whose fields contradict each other is refused with the field; what may be an oversight is a warning."""

from __future__ import annotations

import pytest

from bongsu.cli.language import translate
from bongsu.core.errors import BadInput
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.incubator.forms.check import check_form
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.forms.words import FORM_FINDINGS, describe_form_finding
from tests.incubator.compute_form import COMPUTE, read_compute

SECTOR = 'key = "sector"\nsection = "who"\nkind = "choice"'
HOURS = 'kind = "number"'
CONDITION = 'required-if = { question = "sector", is = ["industry"] }'
COLUMN = '{ key = "item", kind = "text",'
CONSENT = 'kind = "consent"'


def test_the_example_has_no_findings() -> None:
    assert check_form(read_compute()) == []


@pytest.mark.parametrize(
    ("old", "new", "level", "field", "code"),
    [
        ('key = "hours"', 'key = "share"', "error", "question", "twice"),
        ('reuse = "summary"', 'reuse = "organisation"', "error", "question", "twice"),
        ('key = "what"', 'key = "who"', "error", "section", "twice"),
        ('key = "health"', 'key = "climate"', "error", "question[7].choices", "twice"),
        ('key = "item"', 'key = "amount"', "error", "question[8].columns", "twice"),
        (SECTOR, SECTOR.replace("choice", "text"), "error", "question[2].choices", "choices"),
        (HOURS, 'kind = "choice"', "error", "question[5].choices", "no-choices"),
        (HOURS, 'kind = "choice"', "error", "question[5].least", "no-limit"),
        (HOURS, 'kind = "date"', "error", "question[5].least", "limit"),
        (HOURS, 'kind = "table"', "error", "question[5].columns", "no-columns"),
        (HOURS, f'{HOURS}\nunit = "EUR"', "error", "question[5].unit", "no-unit"),
        (HOURS, f'{HOURS}\ncolumns = [{{ key = "a", kind = "text", text.en = "A" }}]', "error", "question[5].columns",
         "columns"),
        ('unit = "EUR"\ntext', 'unit = "GPUH-H100"\ntext', "error", "question[6].unit", "unit"),
        ("most = 200\n", "most = 4\n", "error", "question[4].least", "least-above-most"),
        ("most = 200\n", "most = 100001\n", "error", "question[4].most", "too-long"),
        ("most = 200\n", "most = \"200\"\n", "error", "question[4].most", "limit"),
        ("least = 1\nmost = 2\n", "least = 4\nmost = 4\n", "error", "question[7].least", "few-choices"),
        ("most = 3\n", "most = 0\n", "error", "question[8].most", "nothing"),
        ('most = "2026-12-31"', 'most = "2026-02-30"', "error", "question[1].most", "limit"),
        ('section = "what"\nkind = "number"', 'section = "where"\nkind = "number"', "error", "question[5].section",
         "unknown-section"),
        ('section = "what"\nkind = "number"', 'kind = "number"', "warning", "question[5].section", "no-section"),
        ('key = "what"', 'key = "empty"', "warning", "section[1]", "empty-section"),
        ("least = 1\nmost = 5\n", 'least = 1\nmost = 5\nanonymous = "shown"\n', "error", "question[3].anonymous",
         "team-shown"),
        (CONSENT, f'{CONSENT}\nreuse = "consent"', "error", "question[10].reuse", "consent-reused"),
        (CONDITION, f"required = true\n{CONDITION}", "error", "question[6].required-if", "required-twice"),
        (CONDITION, CONDITION.replace("sector", "share"), "error", "question[6].required-if.question",
         "unknown-question"),
        (CONDITION, 'required-if = { question = "plan" }', "error", "question[6].required-if.question",
         "condition-on-file"),
        (CONDITION, CONDITION.replace("industry", "army"), "error", "question[6].required-if.is", "never"),
        (CONDITION, CONDITION.replace('"industry"', "true"), "error", "question[6].required-if.is", "never"),
        (', fr = "Résumé"', "", "warning", "question[4].text", "languages"),
        (', fr = "Santé"', "", "warning", "question[7].choices[0].text", "languages"),
        (', fr = "Poste"', "", "warning", "question[8].columns[0].text", "languages"),
    ],
)  # fmt: skip
def test_a_contradiction_is_found(old: str, new: str, level: str, field: str, code: str) -> None:
    findings = check_form(read_compute((old, new)))
    assert (level, field, code) in [(one.level, one.field, one.code) for one in findings]
    for finding in findings:
        assert describe_form_finding(finding, translate, "en")
    assert [one.level for one in findings] == sorted(one.level for one in findings)


def test_a_blind_reviewer_must_see_something() -> None:
    findings = check_form(read_compute(('anonymous = "shown"', ""), ('anonymous = "redacted"', "")))
    assert [finding.code for finding in findings] == ["all-hidden"]


def test_an_officer_may_write_one_language() -> None:
    form = parse_form('format = "bongsu.form/1"\nquestion = [{ key = "a", kind = "text", text.ko = "이름" }]')
    findings = check_form(form)
    assert [(one.level, one.values.get("missing")) for one in findings if one.code == "languages"] == [
        ("warning", ("en", "fr"))
    ]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"bongsu.form/1"', '"bongsu.form/2"', "format"),
        ('kind = "number"', 'kind = "integer"', "question[5].kind"),
        (COLUMN, COLUMN.replace("text", "team"), "question[8].columns[0].kind"),
        ("most = 100000", "most = 1.5", "question[5].most"),
        ("most = 100000", 'most = "ten"', "question[5].most"),
        ("megabytes = 5", "megabytes = 21", "question[9].megabytes"),
        ('types = ["pdf"]', 'types = ["exe"]', "question[9].types[0]"),
        ('key = "hours"', 'key = "GPU hours"', "question[5].key"),
        ('text = { en = "GPU hours", ko = "GPU 시간", fr = "Heures de GPU" }', "text = {}", "question[5].text"),
        ('{ en = "GPU hours"', '{ english = "GPU hours"', "question[5].text"),
        ('{ en = "GPU hours"', '{ en = " "', "question[5].text.en"),
        ("required = true", "needed = true", "question[0].needed"),
    ],
)
def test_a_shape_that_is_wrong_is_refused_with_its_field(old: str, new: str, where: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_compute((old, new))
    assert wrong.value.where == where


def test_a_bomb_and_too_many_questions_are_refused() -> None:
    with pytest.raises(BadInput, match="inside tables"):
        parse_form(f'format = "bongsu.form/1"\nquestion = {"[" * 300}{"]" * 300}')
    with pytest.raises(BadInput) as wrong:
        parse_form(COMPUTE + '\n[[question]]\nkey = "q"\nkind = "text"\ntext.en = "Q"\n' * 290)
    assert wrong.value.where == "question"


def test_every_code_has_a_sentence_that_is_used() -> None:
    from pathlib import Path

    import bongsu.incubator.forms as forms

    source = (Path(forms.__file__).parent / "check.py").read_text(encoding="utf-8")
    assert [code for code in FORM_FINDINGS if f'"{code}"' not in source] == []
    assert TABLE_LANGUAGES == ("en", "ko", "fr")
