"""The self-check on a call's page: its inputs and what each rule says. Nothing is kept: not the answers, and no session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.eligibility.evaluate import evaluate
from bongsu.incubator.eligibility.self_check import Input, list_inputs, read_inputs
from bongsu.incubator.eligibility.words import TRUTHS, describe_why
from bongsu.incubator.texts import pick_text

_LABELS = {
    "count": N_("How many: {field}"),
    "sum": N_("Sum: {field}"),
    "has-file": N_("Do you have this? {field}"),
}
_YES_NO = (("yes", N_("yes")), ("no", N_("no")))


class Widget(NamedTuple):
    """An input as the page shows it: `choices` are (value, words, whether it is chosen)."""

    name: str
    kind: str
    label: str
    help: str
    unit: str
    value: str
    choices: tuple[tuple[str, str, bool], ...]


class RuleResult(NamedTuple):
    """A rule as the page shows it: yes, no or unknown, in words, the officer's sentence, and what decided it."""

    truth: str
    verdict: str
    reason: str
    why: tuple[str, ...]


def make_widgets(files: CallFiles, given: Mapping[str, Sequence[str]], language: str) -> list[Widget]:
    """Returns the inputs that the rules of a call need, with what was given."""
    return [_make_widget(one, given.get(one.name, ()), language) for one in list_inputs(files.rules, files.form)]


def _make_widget(one: Input, given: Sequence[str], language: str) -> Widget:
    text = pick_text(one.cell.text, language)
    choices = [(key, pick_text(words, language)) for key, words in one.cell.choice_texts.items()]
    if one.kind in ("consent", "has-file"):
        choices = [(key, gettext(words)) for key, words in _YES_NO]
    return Widget(
        one.name,
        one.kind,
        gettext(_LABELS[one.kind]).format(field=text) if one.kind in _LABELS else text,
        pick_text(one.help, language),
        one.cell.unit if one.kind in ("money", "sum") else "",
        next(iter(given), ""),
        tuple((key, words, key in given) for key, words in choices),
    )


def check_answers(
    files: CallFiles, given: Mapping[str, Sequence[str]], now: datetime, language: str
) -> list[RuleResult]:
    """Returns what each rule says of the answers given, on the day that it is in the call's zone. Raises BadInput."""
    answers, known = read_inputs(list_inputs(files.rules, files.form), files.form, given)
    today = now.astimezone(find_zone(files.call.zone)).date()
    return [
        RuleResult(
            outcome.truth,
            gettext(TRUTHS[outcome.truth]),
            pick_text(outcome.rule.reason, language),
            tuple(dict.fromkeys(describe_why(why, gettext, language) for why in outcome.why)),
        )
        for outcome in evaluate(files.rules, files.form, answers, {}, today, known)
    ]
