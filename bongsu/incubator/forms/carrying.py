"""Answers of an earlier form: reused by an applicant, or carried to a new edition of the same form.

Nothing is lost silently: what a new edition cannot keep is returned with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from bongsu.incubator.forms.answers import Answers
from bongsu.incubator.forms.document import Cell, Form, Question

Reason = Literal["question-removed", "kind-changed", "unit-changed", "choice-removed", "column-removed"]


class Dropped(NamedTuple):
    """An answer, a choice or a cell (“budget[2].amount”) that was not carried, its value, and why."""

    place: str
    value: Any
    reason: Reason


class Carried(NamedTuple):
    """The answers that the new form takes, and what it does not."""

    answers: dict[str, Any]
    dropped: tuple[Dropped, ...]


def carry_answers(old: Form, new: Form, answers: Answers) -> Carried:
    """Returns the answers to `old` as answers to `new`, and what was dropped. A text above a new limit is kept as it is."""
    carried: dict[str, Any] = {}
    dropped: list[Dropped] = []
    for key, answer in answers.items():
        before, after = old.questions[key], new.questions.get(key)
        if after is None:
            dropped.append(Dropped(key, answer, "question-removed"))
            continue
        kept, lost = _carry(before, after, answer, key)
        dropped += lost
        if kept is not None:
            carried[key] = kept
    return Carried(carried, tuple(dropped))


def reusable_answers(form: Form, earlier: Form, answers: Answers) -> dict[str, Any]:
    """Returns what an applicant answered to an earlier form, for questions of this one with the same `reuse` key and kind.

    A consent is never reused: it is given anew. An answer that would not be kept whole is left out.
    """
    sources = {question.reuse: question for question in earlier.question if question.reuse and question.key in answers}
    found: dict[str, Any] = {}
    for question in form.question:
        source = sources.get(question.reuse)
        if source is None or question.kind == "consent":
            continue
        kept, lost = _carry(source, question, answers[source.key], question.key)
        if kept is not None and not lost:
            found[question.key] = kept
    return found


def _carry(before: Question, after: Question, answer: Any, place: str) -> tuple[Any, Sequence[Dropped]]:
    """Returns the answer as the question `after` takes it (None: not at all), and what is lost of it."""
    if reason := _differs(before, after):
        return None, [Dropped(place, answer, reason)]
    if after.kind == "choice" and answer not in after.choice_texts:
        return None, [Dropped(place, answer, "choice-removed")]
    if after.kind == "many":
        lost = [
            Dropped(f"{place}[{number}]", one, "choice-removed")
            for number, one in enumerate(answer)
            if one not in after.choice_texts
        ]
        return [one for one in answer if one in after.choice_texts] or None, lost
    if after.kind == "table":
        rows = [_carry_row(before, after, row, f"{place}[{number}]") for number, row in enumerate(answer)]
        return [row for row, _ in rows], [one for _, lost in rows for one in lost]
    return answer, []


def _differs(before: Cell, after: Cell) -> Reason | None:
    texts = {"text", "long-text"}  # one can be the other
    if before.kind != after.kind and not {before.kind, after.kind} <= texts:
        return "kind-changed"
    return "unit-changed" if before.unit != after.unit else None


def _carry_row(
    before: Question, after: Question, row: Mapping[str, Any], place: str
) -> tuple[dict[str, Any], Sequence[Dropped]]:
    old = {column.key: column for column in before.columns}
    new = {column.key: column for column in after.columns}
    kept: dict[str, Any] = {}
    lost: list[Dropped] = []
    for key, value in row.items():
        reason = _differs(old[key], new[key]) if key in new else "column-removed"
        if reason is None and new[key].kind == "choice" and value not in new[key].choice_texts:
            reason = "choice-removed"
        if reason is None:
            kept[key] = value
        else:
            lost.append(Dropped(f"{place}.{key}", value, reason))
    return kept, lost
