"""What an application asks for: its budget line, and how much of it."""

from __future__ import annotations

from typing import NamedTuple

from bongsu.core.errors import BadInput
from bongsu.incubator.calls.document import Call, Line, count_steps
from bongsu.incubator.forms.answers import Answers


class Asked(NamedTuple):
    """A budget line, and an amount in steps of its unit."""

    line: str
    amount: int


def find_line(call: Call, answers: Answers) -> Line | None:
    """Returns the budget line that answers ask from: the only one, or what the question chooses; None if none is chosen."""
    key = answers.get(call.asked.line) if call.asked.line else call.budget[0].key
    return next((one for one in call.budget if one.key == key), None)


def find_applicant(call: Call, answers: Answers) -> str:
    """Returns the organisation that applies: what the answer says, or the key that it chooses; empty if nothing does."""
    return " ".join(str(answers.get(call.asked.organisation) or "").split())


def find_asked(call: Call, answers: Answers) -> Asked | None:
    """Returns what answers ask for; None if they do not say it, or the line has no such amount."""
    line = find_line(call, answers)
    if line is None:
        return None
    amount = answers.get(call.asked.amount) if call.asked.amount else line.most
    try:
        return None if amount is None else Asked(line.key, count_steps(line, amount))
    except BadInput:
        return None
