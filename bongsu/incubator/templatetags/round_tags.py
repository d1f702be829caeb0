"""Filters for the pages of a round: answers, points, states and runs, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_
from bongsu.core.text import Text
from bongsu.credits.rules.amounts import find_locale
from bongsu.incubator.assignment.assign import Short
from bongsu.incubator.assignment.loosening import Loosening
from bongsu.incubator.assignment.words import describe_loosening, describe_short
from bongsu.incubator.calls.document import Criterion
from bongsu.incubator.models import AssignmentRun, Reviewer
from bongsu.incubator.texts import pick_text, write_value
from bongsu.incubator.workflow.tables import known_states
from bongsu.people.models import Person

register = template.Library()
ASSIGNMENT_STATES = {
    "open": N_("to be reviewed"),
    "submitted": N_("reviewed"),
    "declined": N_("declined"),
    "stopped": N_("stopped"),
}
DECISIONS = {"accept": N_("accept"), "wait": N_("waiting list"), "reject": N_("reject")}
RUN = N_("{pairs} reviews; the application that fares worst has {worst}, all together {total} of at most {optimum}.")
NO_RUN = N_("There is no assignment that meets all conditions. It would help to:")


def _language() -> str:
    return get_language() or "en"


@register.filter
def in_language(text: Text | Mapping[str, str]) -> str:
    """Returns a text of a table or of an officer in the reader's language."""
    return text.to(_language()) if isinstance(text, Text) else pick_text(text, _language())


@register.filter
def points(score: Fraction | None) -> str:
    """Returns a score with two decimals; a dash for none."""
    return "–" if score is None else format_decimal(float(score), "0.00", locale=find_locale(_language()))


@register.filter
def scale(criterion: Criterion) -> list[str]:
    """Returns the points of a criterion's scale."""
    return [str(value) for value in range(criterion.least, criterion.most + 1)]


@register.filter
def assignment_state(state: str) -> str:
    """Returns the state of a reviewer's task in words."""
    return gettext(ASSIGNMENT_STATES[state])


@register.filter
def decision(name: str) -> str:
    """Returns a decision in words."""
    return gettext(DECISIONS[name]) if name in DECISIONS else ""


@register.filter
def application_state(name: str) -> str:
    """Returns the state of an application in words."""
    known = known_states().get(name)
    return known.text.to(_language()) if known else ""


@register.filter
def actor_name(actor: str) -> str:
    """Returns who an actor of the audit is: a person by her name."""
    kind, _, id_ = actor.partition(" ")
    person = Person.objects.filter(pk=id_).first() if kind == "person" else None
    return str(person or actor)


@register.filter
def run_sentences(run: AssignmentRun) -> list[str]:
    """Returns what a run of the assignment found, or what to loosen."""
    record, language = json.loads(run.record), _language()
    if run.feasible:
        values = {
            name: write_value(Fraction(record[name] or 0).limit_denominator(1000), language)
            for name in ("worst", "total", "optimum")
        }
        shorts = [describe_short(Short(**one), gettext, language) for one in record["short"][:5]]
        return [gettext(RUN).format(pairs=len(record["chosen"]), **values), *shorts]
    rows = Reviewer.objects.filter(call=run.round.call).select_related("person")
    names = {str(one.pk): str(one.person or one.address) for one in rows}
    loosen = [describe_loosening(Loosening(**one), names, gettext, language) for one in record["loosen"][:10]]
    return [gettext(NO_RUN), *loosen]
