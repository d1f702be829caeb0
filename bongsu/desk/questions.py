"""The questions that were asked about holdings and what was answered, as the journal records it.

The journal has no answers: of an answer it has the question and the cells that were hidden, of a refusal the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from bongsu.core.errors import N_, BongsuError
from bongsu.core.log_line import Line
from bongsu.core.microdata_question import Condition, Question, Split, Statistic
from bongsu.desk.private.rules import write_amount
from bongsu.store.logs.question_index import ALL, QuestionFilter, QuestionIndex

ANSWERED, REFUSED, UNFINISHED = N_("answered"), N_("refused"), N_("not finished")
OUTCOMES = {"answered": ANSWERED, "refused": REFUSED, "unfinished": UNFINISHED}

# What each kind of statistic is, in words.
_STATISTICS = {
    "count": N_("number of people"),
    "total": N_("total number of people"),
    "share": N_("shares within {along}"),
    "mean": N_("mean of {of}"),
    "quantile": N_("quantile {at} of {of}"),
    "histogram": N_("histogram of {of}"),
    "gini": N_("Gini coefficient of {of}"),
    "dissimilarity": N_("dissimilarity over {over}"),
    "ols": N_("linear regression of {of} on {terms}"),
    "glm": N_("regression of {of} on {terms} ({family})"),
}
_TOTAL_OF = N_("total of {of}")
_BOUNDS = {(True, True): N_("{low} to {high}"), (True, False): N_("from {low}"), (False, True): N_("up to {high}")}


class AskedQuestion(NamedTuple):
    """A question: its line in the journal, when it was asked (UTC), of which holding and by whom ("" was not recorded).

    `outcome` is a key of OUTCOMES; `hidden` is the number of cells that the answer did not show, `reason` why it was refused;
    `cost` is what it cost of the privacy budget, such as "0.05 rho"; "" in mode plan.
    """

    line: int
    at: str
    holding: str
    by: str
    question: Mapping[str, Any]
    outcome: str = "unfinished"
    hidden: int = 0
    reason: str = ""
    cost: str = ""


class QuestionList:
    """The questions that fit a filter, newest first. Only those of a slice are read from the journal.

    Raises Damaged if the journal's chain is broken.
    """

    def __init__(self, index: QuestionIndex, wanted: QuestionFilter = ALL) -> None:
        self._index = index
        self._wanted = wanted

    def __len__(self) -> int:
        return self._index.count(self._wanted)

    def __getitem__(self, part: slice) -> list[AskedQuestion]:
        first, last, _ = part.indices(len(self))
        return [_read_question(*lines) for lines in self._index.read(self._wanted, first, last)]


def _read_question(asked: Line, outcome: Line | None) -> AskedQuestion:
    detail = asked.detail
    found = AskedQuestion(asked.number, asked.at, asked.subject, detail.get("by", ""), detail.get("question", {}))
    if outcome is None:
        return found
    if outcome.event == "refused":
        return found._replace(outcome="refused", reason=str(outcome.detail.get("reason", "")))
    private = outcome.detail.get("private")
    cost = f"{write_amount(Fraction(private['amount']))} {private['unit']}" if private else ""
    return found._replace(outcome="answered", hidden=len(outcome.detail.get("hidden", ())), cost=cost)


class QuestionInWords(NamedTuple):
    """A question in the reader's words: what was asked for, by which dimensions, and of which people."""

    statistics: list[str]
    breakdown: list[str]
    population: list[str]


def describe_question(
    data: Mapping[str, Any], translate: Callable[[str], str], name: Callable[[str], str]
) -> QuestionInWords:
    """Returns a recorded question in words. `name` returns the name of a concept. All empty for one that cannot be read."""
    try:
        question = Question.from_data(dict(data))
    except BongsuError:  # recorded by another version
        return QuestionInWords([], [], [])
    return QuestionInWords(
        [_describe_statistic(one, translate, name) for one in question.statistics],
        [_describe_split(one, name) for one in question.breakdown],
        [_describe_condition(one, translate, name) for one in question.where],
    )


def _describe_statistic(one: Statistic, translate: Callable[[str], str], name: Callable[[str], str]) -> str:
    text = _TOTAL_OF if one.kind == "total" and one.of else _STATISTICS[one.kind]
    return translate(text).format(
        of=name(one.of),
        along=name(one.along),
        at=f"{one.at:g}",
        over=_describe_split(one.over, name) if one.over else "",
        terms=", ".join(map(name, one.terms)),
        family=one.family,
    )


def _describe_split(split: Split, name: Callable[[str], str]) -> str:
    detail = ", ".join(map(str, split.digits or split.bands))
    return f"{name(split.concept)} ({detail})" if detail else name(split.concept)


def _describe_condition(one: Condition, translate: Callable[[str], str], name: Callable[[str], str]) -> str:
    if one.codes:
        return f"{name(one.concept)}: {', '.join(one.codes)}"
    bounds = translate(_BOUNDS[one.low is not None, one.high is not None])
    return f"{name(one.concept)}: {bounds.format(low=_number(one.low), high=_number(one.high))}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def describe_reason(asked: AskedQuestion, translate: Callable[[str], str]) -> str:
    """Returns why a question was refused. The journal has the text without its values, which are shown as “…”."""
    return re.sub(r"\{\w+(:[^}]*)?\}", "…", translate(asked.reason)) if asked.reason else ""
