"""Draws made-up answers to a form: complete ones that the rules accept, or ones that break one rule and no other.

A draw is checked by the functions that check real answers, and what they find is drawn anew, until nothing is found.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from random import Random
from typing import Any, NamedTuple

import pikepdf
from PIL import Image

from bongsu.incubator.eligibility.document import Rule, Rules, list_comparisons
from bongsu.incubator.eligibility.evaluate import evaluate
from bongsu.incubator.forms.answers import AnswerFile, check_answers
from bongsu.incubator.forms.document import Cell, FileType, Form, Question, find_most, parse_day, parse_number

MOST_DRAWS = 300
WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("open data", "speech", "crops", "harvest", "tide", "river", "archive", "clinic", "school", "map"),
    "ko": ("공개 자료", "음성", "작물", "수확", "조류", "하천", "기록물", "진료소", "학교", "지도"),
    "fr": ("données ouvertes", "parole", "cultures", "récolte", "marée", "rivière", "archives", "école", "carte"),
}


class Drawn(NamedTuple):
    """Answers by the key of their question, and the types of the files of those that take files."""

    answers: dict[str, Any]
    files: dict[str, tuple[FileType, ...]]


def write_words(language: str, random: Random, count: int = 6) -> str:
    """Returns some words of a language."""
    return ", ".join(random.choice(WORDS[language]) for _ in range(count))


class Drawer:
    """Draws answers to a form; `rules` are those that ask for nothing else, `today` is the day of the call's clock.

    Of the question `asked`, how much is asked for, the most is drawn often: people ask for it.
    """

    def __init__(self, form: Form, rules: Rules, today: date, random: Random, asked: str = "") -> None:
        self._form, self._rules, self._today, self._random, self._asked = form, rules, today, random, asked
        self._hints: dict[str, list[object]] = defaultdict(list)
        for rule in rules.rule:
            for _, condition in list_comparisons(rule):
                values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
                if condition.op == "age-days":
                    days = [parse_number(value) for value in values]
                    values = tuple((today - timedelta(days=int(one))).isoformat() for one in days if one is not None)
                self._hints[condition.field or ""] += [value for value in values if value is not None]

    def draw(self, person: Mapping[str, str], language: str, breaking: str = "") -> Drawn | None:
        """Returns answers that a person could give, of which the rule `breaking` alone is not met. None: none were found.

        If no complete answers break it, its own questions may be incomplete: such answers cannot be submitted.
        """
        found = self._search(person, language, breaking, frozenset())
        rule = next((one for one in self._rules.rule if one.id == breaking), None)
        return found or (
            None if rule is None else self._search(person, language, breaking, frozenset(list_questions(rule)))
        )

    def _search(
        self, person: Mapping[str, str], language: str, breaking: str, incomplete: frozenset[str]
    ) -> Drawn | None:
        drawn = Drawn({}, {})
        wrong: Iterable[str] = self._form.questions
        for number in range(MOST_DRAWS):
            for key in wrong if number % 20 else self._form.questions:
                self._draw_question(self._form.questions[key], drawn, person, language)
            found = self._find_wrong(drawn, breaking, incomplete)
            if not found:
                return drawn
            wrong = sorted(found & set(self._form.questions))
        return None

    def _find_wrong(self, drawn: Drawn, breaking: str, incomplete: frozenset[str]) -> set[str]:
        """Returns the questions to draw anew; “?” for a rule that no question decides."""
        files = {
            key: [AnswerFile("0" * 64, f"{key}.{one}", one, 1) for one in types] for key, types in drawn.files.items()
        }
        wrong = {_question_of(one.question) for one in check_answers(self._form, drawn.answers, files)} - incomplete
        for rule, truth, _ in evaluate(self._rules, self._form, drawn.answers, {}, self._today, files):
            must_break = rule.id == breaking
            stops = truth == "no" or (truth == "unknown" and rule.unknown == "stop" and rule.when == "submit")
            if must_break != (truth == "no") and (must_break or (rule.kind == "knock-out" and stops)):
                wrong |= list_questions(rule) or {"?"}
        return wrong

    def _draw_question(self, question: Question, drawn: Drawn, person: Mapping[str, str], language: str) -> None:
        key = question.key
        match question.kind:
            case "file":
                drawn.files[key] = tuple(self._random.choice(question.types) for _ in range(self._count(question, 1)))
            case "many":
                keys = [one.key for one in question.choices]
                count = min(self._count(question, len(keys)), len(keys))
                drawn.answers[key] = sorted(self._random.sample(keys, count))
            case "team":
                drawn.answers[key] = self._draw_team(question, person)
            case "table":
                drawn.answers[key] = [
                    {one.key: self._draw_cell(one, f"{key}.{one.key}", language) for one in question.columns}
                    for _ in range(self._count(question, 3))
                ]
            case "consent":
                drawn.answers[key] = self._random.random() < 0.7
            case _:
                drawn.answers[key] = self._draw_cell(question, key, language)

    def _draw_team(self, question: Question, person: Mapping[str, str]) -> list[dict[str, str]]:
        name, _, domain = person["email"].partition("@")
        others = [
            {"name": f"{person['name']} {number}", "email": f"{name}{number}@{domain}"}
            for number in range(2, self._count(question, 3) + 1)
        ]
        return [dict(person), *others]

    def _count(self, question: Question, usual: int) -> int:
        """Returns how many rows, choices, members or files an answer has."""
        least = int(parse_number(question.least) or 1)
        most = int(parse_number(find_most(question)) or usual)
        hints = [int(number) for hint in self._hints[question.key] if (number := parse_number(hint)) is not None]
        tried = self._random.choice([self._random.randint(least, max(least, min(most, usual))), *hints])
        return max(1, least, min(tried, most))

    def _draw_cell(self, cell: Cell, name: str, language: str) -> Any:
        match cell.kind:
            case "choice":
                return self._random.choice(cell.choices).key
            case "date":
                return self._draw_day(cell, name)
            case "number" | "money":
                return self._draw_number(cell, name)
            case _:
                return self._draw_text(cell, name, language)

    def _draw_text(self, cell: Cell, name: str, language: str) -> str:
        hints = [hint for hint in self._hints[name] if isinstance(hint, str)]
        if hints and self._random.random() < 0.5:
            return self._random.choice(hints)
        least, most = int(parse_number(cell.least) or 1), int(parse_number(find_most(cell)) or 300)
        text = write_words(language, self._random)
        while len(text) < least:
            text += f"; {write_words(language, self._random)}"
        return text[:most].strip() or "x" * most

    def _draw_number(self, cell: Cell, name: str) -> int | str:
        low = parse_number(cell.least)
        high = parse_number(cell.most)
        low = low if low is not None else min(Fraction(1), high if high is not None else Fraction(1))
        high = high if high is not None else max(low, Fraction(0)) + 1000
        if ceil(low) > floor(high):  # no whole number lies between
            return str(cell.least)
        hints = [number for hint in self._hints[name] if (number := parse_number(hint)) is not None]
        tried = floor(high) if name == self._asked and self._random.random() < 0.8 else None
        tried = self._random.randint(ceil(low), floor(high)) if tried is None else tried
        if hints and self._random.random() < 0.5:
            tried = int(self._random.choice(hints)) + self._random.choice((-1, 0, 1))
        return max(ceil(low), min(tried, floor(high)))

    def _draw_day(self, cell: Cell, name: str) -> str:
        low = parse_day(cell.least) or self._today - timedelta(days=2000)
        high = parse_day(find_most(cell)) or max(low, self._today)
        hints = [day for hint in self._hints[name] if (day := parse_day(hint)) is not None]
        tried = low + timedelta(days=self._random.randint(0, max(0, (high - low).days)))
        if hints and self._random.random() < 0.5:
            tried = self._random.choice(hints) + timedelta(days=self._random.choice((-1, 0, 1)))
        return max(low, min(tried, high)).isoformat()


def list_questions(rule: Rule) -> set[str]:
    """Returns the questions that a rule names; facts of the node are none."""
    names = {(condition.field or "").partition(".")[0] for _, condition in list_comparisons(rule)}
    return names - {"node"}


def _question_of(place: str) -> str:
    return place.partition("[")[0].partition(".")[0]


@lru_cache(maxsize=8)
def make_file(type_: FileType) -> bytes:
    """Returns a small file of a type."""
    written = io.BytesIO()
    if type_ == "pdf":
        with pikepdf.new() as made:
            made.add_blank_page()
            made.save(written)
    elif type_ in ("png", "jpeg"):
        Image.new("RGB", (8, 8)).save(written, type_.upper())
    else:
        written.write(b"a,b\n1,2\n")
    return written.getvalue()
