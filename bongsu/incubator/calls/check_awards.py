"""Finds what the awards of call.toml say against the rest of it. Sentences stand in words.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bongsu.core.errors import BadInput
from bongsu.incubator.calls.awards import AGREEMENT, Award, Milestone, Tranche
from bongsu.incubator.calls.document import Call, Line, count_steps, find_unit
from bongsu.incubator.texts import Finding, make_error


def check_awards(call: Call) -> Iterator[Finding]:
    """Yields the findings of the awards and of the cohort."""
    for name, times in Counter(award.line for award in call.award).items():
        if times > 1:
            yield make_error("award", "twice", name=name)
    lines = {line.key: line for line in call.budget}
    for number, award in enumerate(call.award):
        field = f"award[{number}]"
        line = lines.get(award.line)
        if line is None:
            yield make_error(f"{field}.line", "award-no-line", name=award.line)
        yield from _check_milestones(award, field)
        yield from _check_tranches(award, line, field)
        if award.recall and line and (unit := find_unit(line)) and unit.kind != "compute":
            yield make_error(f"{field}.recall", "recall-no-hours", unit=line.unit)
        if award.recall and award.recall.days > award.days:
            yield make_error(f"{field}.recall.days", "recall-too-long", days=award.days)
        if award.cohort and call.cohort is None:
            yield make_error(f"{field}.cohort", "no-cohort")
    if call.cohort and call.cohort.until < call.cohort.start:
        yield make_error("cohort.until", "cohort-ends-first")


def list_award_texts(call: Call) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields the fields and the texts of awards and of the cohort."""
    for number, award in enumerate(call.award):
        field = f"award[{number}]"
        yield from ((f"{field}.milestone[{at}].title", one.title) for at, one in enumerate(award.milestone))
        if award.agreement:
            yield f"{field}.agreement.text", award.agreement.text
            fields = enumerate(award.agreement.field)
            yield from ((f"{field}.agreement.field[{at}].title", one.title) for at, one in fields)
        if award.reports:
            yield f"{field}.reports.title", award.reports.title
    if call.cohort:
        yield "cohort.title", call.cohort.title


def find_lines_without_award(call: Call) -> Iterator[Finding]:
    """Yields a finding for every budget line of which nobody can say what an award is."""
    known = {award.line for award in call.award}
    for number, line in enumerate(call.budget):
        if line.key not in known:
            yield make_error(f"budget[{number}]", "line-without-award", name=line.key)


def _check_milestones(award: Award, field: str) -> Iterator[Finding]:
    for name, times in Counter(one.key for one in award.milestone).items():
        if times > 1 or name == AGREEMENT:
            yield make_error(f"{field}.milestone", "twice", name=name)
    for number, one in enumerate(award.milestone):
        yield from _check_milestone(one, award, f"{field}.milestone[{number}]")


def _check_milestone(one: Milestone, award: Award, field: str) -> Iterator[Finding]:
    if (one.days is None) == (not one.due):
        yield make_error(field, "milestone-when", name=one.key)
    elif one.days is not None and one.days > award.days:
        yield make_error(f"{field}.days", "milestone-too-late", days=award.days)


def _check_tranches(award: Award, line: Line | None, field: str) -> Iterator[Finding]:
    milestones = {one.key for one in award.milestone}
    for name, times in Counter(one.key for one in award.tranche).items():
        if times > 1:
            yield make_error(f"{field}.tranche", "twice", name=name)
    for number, one in enumerate(award.tranche):
        place = f"{field}.tranche[{number}]"
        if one.at not in (AGREEMENT, *milestones):
            yield make_error(f"{place}.at", "tranche-no-milestone", name=one.at)
        yield from _check_part(one, line, place, is_last=number == len(award.tranche) - 1)
    shares = [one.share for one in award.tranche if one.share is not None]
    if shares and (len(shares) != len(award.tranche) or sum(shares) != 100):
        yield make_error(f"{field}.tranche", "shares-not-whole", sum=sum(shares))


def _check_part(one: Tranche, line: Line | None, field: str, is_last: bool) -> Iterator[Finding]:
    if one.share is not None:
        if one.amount is not None:
            yield make_error(f"{field}.amount", "share-and-amount")
    elif (one.amount is None) != is_last:
        yield make_error(field, "tranche-how-much", name=one.key)
    elif one.amount is not None and line and find_unit(line):
        try:
            count_steps(line, one.amount)
        except BadInput:
            yield make_error(f"{field}.amount", "not-an-amount", unit=line.unit)
