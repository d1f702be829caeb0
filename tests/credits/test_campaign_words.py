"""A campaign’s rules and the reasons of a payback as sentences in three languages; amounts and days follow the locale."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

import bongsu.credits
from bongsu.cli.language import translate
from bongsu.core.languages import LANGUAGES
from bongsu.credits.rules.amounts import write_amount, write_rate
from bongsu.credits.rules.payback import Reason
from bongsu.credits.rules.words import REASONS, describe_reason, explain_campaign
from bongsu.credits.unit_table import amount_patterns, known_units
from tests.credits.spring import read_spring
from tests.house.texts import translated

UNITS = known_units()


@pytest.mark.parametrize(
    ("steps", "unit", "texts"),
    [
        (30_000, "KRW", ("30,000 won", "30,000원", "30 000 wons")),
        (-1, "KRW", ("-1 won", "-1원", "-1 won")),
        (1_250, "EUR", ("12.50 euros", "12.50유로", "12,50 euros")),
        (100, "EUR", ("1 euro", "1유로", "1 euro")),
        (1_800, "GPUH-H100", ("0.5 H100 GPU hours", "H100 GPU 0.5시간", "0,5 heure de GPU H100")),
        (
            750_272,
            "GPUH-H100",
            ("208.408889 H100 GPU hours", "H100 GPU 208.408889시간", "208,408889 heures de GPU H100"),
        ),
        (10**15, "KRW", ("1,000,000,000,000,000 won", "1,000,000,000,000,000원", "1 000 000 000 000 000 wons")),
    ],
)
def test_amounts_have_the_unit_and_the_marks_of_the_language(steps: int, unit: str, texts: tuple[str, ...]) -> None:
    written = [write_amount(steps, UNITS[unit], language) for language in LANGUAGES]
    assert [text.replace("\u202f", " ").replace("\xa0", " ") for text in written] == list(texts)


def test_every_unit_is_written() -> None:
    assert set(amount_patterns()) == set(UNITS)
    assert all("2" in write_amount(2 * unit.steps, unit, language) for unit in UNITS.values() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("rate", "text"), [("7/100", "7%"), ("3/40", "7.5%"), ("1/3", "1/3"), ("1/1000000", "0.0001%"), ("1/1", "100%")]
)
def test_rates_are_percents_where_they_are_exact(rate: str, text: str) -> None:
    assert write_rate(Fraction(rate), "en") == text


def _reason_codes() -> Iterator[str]:
    """Yields the code of every `Reason(...)` in the sources of the ledger."""
    for path in Path(bongsu.credits.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                yield from (one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant))


def test_every_reason_has_a_sentence_in_three_languages() -> None:
    codes = {*_reason_codes(), "cap", "group-budget", "budget", "funds"}
    assert {"step", "after", "most"} <= codes
    assert codes <= set(REASONS)
    for language in ("ko", "fr"):
        assert set(REASONS.values()) <= set(translated(language))


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        (
            Reason("cap", {"window": "day", "cap": 15_000, "left": 9_000}),
            (
                "A person gets at most 15,000 won a day: 9,000 won was left.",
                "한 사람은 하루 15,000원까지 받습니다. 9,000원이(가) 남아 있었습니다.",
                "Une personne reçoit au plus 15 000 wons par jour : il restait 9 000 wons.",
            ),
        ),
        (
            Reason("step", {"from": 50_000, "amount": 6_000}),
            (
                "From 50,000 won on, 6,000 won comes back.",
                "50,000원부터는 6,000원을(를) 돌려받습니다.",
                "À partir de 50 000 wons, 6 000 wons sont remboursés.",
            ),
        ),
        (
            Reason("after", {"day": "2027-03-14"}),
            (
                "The campaign ended on 14 March 2027.",
                "캠페인은 2027년 3월 14일에 끝났습니다.",
                "La campagne a pris fin le 14 mars 2027.",
            ),
        ),
        (
            Reason("rate", {"rate": "7/100", "base": 33_333, "amount": 2_333}),
            (
                "7% of 33,333 won is 2,333 won.",
                "33,333원의 7%은(는) 2,333원입니다.",
                "7 % de 33 333 wons font 2 333 wons.",
            ),
        ),
    ],
)
def test_reasons_are_sentences(reason: Reason, texts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for language, text in zip(LANGUAGES, texts, strict=True):
        monkeypatch.setenv("BONGSU_LANGUAGE", language)
        written = describe_reason(reason, UNITS["KRW"], translate, language)
        assert written.replace("\u202f", " ").replace("\xa0", " ") == text


def test_the_rules_are_explained_whole() -> None:
    """Every amount, day, list and group of the file is in the explanation."""
    lines = explain_campaign(read_spring(), str, "en")
    text = "\n".join(lines)
    assert lines[0] == "Spring payback"
    for part in (
        "From 5 March 2027 to 14 March 2027, both days included, by the time of Asia/Seoul.",
        "“markets”",
        "“kiosk”",
        "“online”",
        "Payments below 30,000 won get nothing.",
        "3,000 won from 30,000 won on, 6,000 won from 50,000 won on, 15,000 won from 100,000 won on",
        "at most 15,000 won a day, but not with wallets of the groups B",
        "at most 40,000 won in all",
        "The budget is 90,000,000 won.",
        "Wallets of the group “A” get at most 60,000,000 won of it",
        "Wallets of the group “B” get at most 30,000,000 won of it",
        "it gets what is left",
        "until 30 June 2027",
        "“small”",
    ):
        assert part in text


def test_an_explanation_follows_the_rules() -> None:
    steps = 'back = { kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]] }'
    rate = 'back = { kind = "rate", rate = "7/100", round = "up", least = 500, most = 5000 }'
    text = "\n".join(explain_campaign(read_spring((steps, rate), ('to = "2027-03-14"\n', "")), str, "en"))
    assert "until the budget is gone" in text
    assert "7% of it comes back, rounded up." in text
    assert "Less than 500 won is not paid back." in text
    assert "At most 5,000 won comes back at once." in text
    increase = 'back = { kind = "increase", rate = "1/5", after_days = 15 }'
    text = "\n".join(explain_campaign(read_spring((steps, increase)), str, "en"))
    assert "20% of the increase comes back, 15 days after the month’s end." in text
    assert "counts by itself" not in text
    assert "key" not in text
    key = f"{'A' * 43}="
    signed = f'{increase}\nbaselines = {{ signed_by = "{key}" }}'
    assert f"signed with the key {key}." in "\n".join(explain_campaign(read_spring((steps, signed)), str, "en"))
