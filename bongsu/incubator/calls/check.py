"""Finds what the files of a call say against each other. An error refuses to open the call; a warning is shown beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bongsu.core.errors import BadInput, unknown_name
from bongsu.incubator.calls.check_awards import check_awards, find_lines_without_award, list_award_texts
from bongsu.incubator.calls.document import Call, Line, count_steps, find_unit
from bongsu.incubator.calls.retention import APPLICATION, REVIEWS, find_months, known_terms
from bongsu.incubator.eligibility.check import check_rules
from bongsu.incubator.eligibility.document import Rules
from bongsu.incubator.forms.check import check_form
from bongsu.incubator.forms.document import Form
from bongsu.incubator.texts import Finding, list_missing_languages, make_error, make_warning
from bongsu.incubator.workflow.check import check_workflow
from bongsu.incubator.workflow.document import Workflow

_DECIMAL = re.compile(r"\A[0-9]{1,3}(\.[0-9]{1,6})?\Z")
FILES = ("call.toml", "form.toml", "rules.toml", "workflow.toml")


@dataclass(frozen=True)
class CallFiles:
    """The four files of a call."""

    call: Call
    form: Form
    rules: Rules
    workflow: Workflow


def check_files(files: CallFiles) -> dict[str, list[Finding]]:
    """Returns the findings of each of the four files."""
    return {
        "call.toml": sorted(
            [*_check_stages(files), *_check_asked(files), *_check_lines(files), *check_call(files.call)],
            key=lambda finding: finding.level,
        ),
        "form.toml": check_form(files.form),
        "rules.toml": check_rules(files.rules, files.form),
        "workflow.toml": check_workflow(files.workflow),
    }


def check_call(call: Call) -> list[Finding]:
    """Returns the findings of call.toml, errors first. Fields are named as in the file: round[1].closes."""
    found = [
        *_check_names(call),
        *_check_languages(call),
        *_check_rounds(call),
        *_check_criteria(call),
        *_check_budget(call),
        *_check_retention(call),
        *check_awards(call),
    ]
    return sorted(found, key=lambda finding: finding.level)


def _check_names(call: Call) -> Iterator[Finding]:
    for field, names in (
        ("institution", [one.key for one in call.institution]),
        ("round", [one.key for one in call.round]),
        ("criterion", [one.key for one in call.criterion]),
        ("budget", [one.key for one in call.budget]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield make_error(field, "twice", name=name)


def _check_stages(files: CallFiles) -> Iterator[Finding]:
    stages = {one.stage for one in files.call.round}
    for stage in range(1, max(files.form.stages, *stages) + 1):
        if stage not in stages:
            yield make_error("round", "stage-without-round", stage=stage)
        if stage > files.form.stages:
            yield make_error("round", "stage-without-questions", stage=stage)


def _check_lines(files: CallFiles) -> Iterator[Finding]:
    """Yields the budget lines without an award, if the workflow makes awards."""
    if any("make-award" in one.effect for one in files.workflow.transition):
        yield from find_lines_without_award(files.call)


def _check_asked(files: CallFiles) -> Iterator[Finding]:
    asked, lines = files.call.asked, {line.key for line in files.call.budget}
    if asked.line:
        question = files.form.questions.get(asked.line)
        if question is None or question.kind != "choice":
            yield make_error("asked.line", "asked-no-choice", name=asked.line)
        elif unknown := [choice.key for choice in question.choices if choice.key not in lines]:
            yield make_error("asked.line", "asked-no-line", name=unknown[0])
    elif len(lines) > 1:
        yield make_error("asked.line", "asked-which-line")
    if asked.amount:
        question = files.form.questions.get(asked.amount)
        if question is None or question.kind not in ("number", "money") or not question.required:
            yield make_error("asked.amount", "asked-no-amount", name=asked.amount)
    elif any(line.most is None for line in files.call.budget):
        yield make_error("asked.amount", "asked-how-much")
    if asked.organisation:
        question = files.form.questions.get(asked.organisation)
        if question is None or question.kind not in ("text", "choice"):
            yield make_error("asked.organisation", "asked-no-organisation", name=asked.organisation)


def _check_languages(call: Call) -> Iterator[Finding]:
    texts: list[tuple[str, Mapping[str, str] | None]] = [
        ("title", call.title),
        ("summary", call.summary),
        ("who", call.who),
        ("text", call.text),
        *((f"institution[{number}].title", one.title) for number, one in enumerate(call.institution)),
        *((f"round[{number}].title", one.title) for number, one in enumerate(call.round)),
        *(
            (f"round[{number}].extension[{place}].reason", extension.reason)
            for number, one in enumerate(call.round)
            for place, extension in enumerate(one.extension)
        ),
        *((f"criterion[{number}].title", one.title) for number, one in enumerate(call.criterion)),
        *((f"criterion[{number}].help", one.help) for number, one in enumerate(call.criterion)),
        *((f"budget[{number}].title", one.title) for number, one in enumerate(call.budget)),
        *list_award_texts(call),
    ]
    for field, text in texts:
        if text and (missing := list_missing_languages(text)):
            yield make_warning(field, "languages", missing=missing)


def _check_rounds(call: Call) -> Iterator[Finding]:
    for number, one in enumerate(call.rounds):
        field = f"round[{number}]"
        if one.closings[0].ends <= one.opens.starts:
            yield make_error(f"{field}.closes", "closes-before-opening")
        if any(later.starts <= earlier.starts for earlier, later in pairwise(one.closings)):
            yield make_error(f"{field}.extension", "extension-earlier")
        if one.results and one.results.starts <= one.closes.starts:
            yield make_error(f"{field}.results", "results-before-closing")
    for number, (one, other) in enumerate(pairwise(call.rounds), start=1):
        if other.opens.starts < one.closes.ends:
            yield make_error(f"round[{number}].opens", "rounds-overlap", before=one.key)
    if call.rolling and len(call.round) == 1:
        yield make_warning("rolling", "rolling-without-next")


def _check_criteria(call: Call) -> Iterator[Finding]:
    if not call.criterion:
        yield make_error("criterion", "no-criteria")
    for number, one in enumerate(call.criterion):
        if one.most <= one.least:
            yield make_error(f"criterion[{number}].most", "no-scale", least=one.least)
    if len({(one.least, one.most) for one in call.criterion}) > 1:
        yield make_warning("criterion", "mixed-scales")
    if call.criterion and all(one.may_be_left for one in call.criterion):
        yield make_warning("criterion", "all-may-be-left")
    if call.reviews.least > call.reviews.wanted:
        yield make_error("reviews.least", "more-than-wanted", wanted=call.reviews.wanted)
    if call.reviews.threshold:
        yield from _check_threshold(call)


def _check_threshold(call: Call) -> Iterator[Finding]:
    threshold = read_threshold(call)
    if threshold is None:
        yield make_error("reviews.threshold", "not-a-number")
    elif call.criterion and not (
        min(one.least for one in call.criterion) <= threshold <= max(one.most for one in call.criterion)
    ):
        yield make_error("reviews.threshold", "off-the-scale")


def read_threshold(call: Call) -> Fraction | None:
    """Returns the score from which an application can be funded; None if there is none, or it is not a number."""
    text = call.reviews.threshold
    return Fraction(text) if _DECIMAL.match(text) else None


def _check_budget(call: Call) -> Iterator[Finding]:
    if not call.budget:
        yield make_error("budget", "no-budget")
    for number, line in enumerate(call.budget):
        yield from _check_line(line, f"budget[{number}]")
        if line.institution and line.institution not in call.institutions:
            yield _find_nearest(call, line.institution, f"budget[{number}].institution")


def _find_nearest(call: Call, name: str, field: str) -> Finding:
    if not call.institutions:
        return make_error(field, "no-institutions")
    near = unknown_name("institution", name, call.institutions).values["near"] or ", ".join(call.institutions)
    return make_error(field, "unknown-institution", name=name[:40], near=near)


def _check_retention(call: Call) -> Iterator[Finding]:
    for what, months in call.retention.chosen.items():
        term = known_terms()[what]
        if months is not None and not term.least <= months <= term.most:
            yield make_error(f"retention.{what}", "months-outside", least=term.least, most=term.most)
    months = find_months(call.retention.chosen, APPLICATION)
    if find_months(call.retention.chosen, REVIEWS) < months:
        yield make_error("retention.reviews", "reviews-before-application", months=months)


def _check_line(line: Line, field: str) -> Iterator[Finding]:
    if find_unit(line) is None:
        yield make_error(f"{field}.unit", "unknown-unit", unit=line.unit)
        return
    if not str(line.amount).strip("0."):
        yield make_error(f"{field}.amount", "budget-of-zero")
        return
    amounts: dict[str, int] = {}
    for name, amount in (("amount", line.amount), ("least", line.least), ("most", line.most)):
        try:
            if amount is not None:
                amounts[name] = count_steps(line, amount)
        except BadInput:
            yield make_error(f"{field}.{name}", "not-an-amount", unit=line.unit)
            return
    least = amounts.get("least", 0)
    if least > amounts["amount"]:
        yield make_error(f"{field}.least", "least-above-budget")
    if amounts.get("most", least) < least:
        yield make_error(f"{field}.most", "most-below-least")
