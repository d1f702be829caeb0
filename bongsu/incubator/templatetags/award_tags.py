"""Filters for the pages of awards: states in words, and files by where they are read."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language, gettext

from bongsu.incubator.awards.reading import DELIVERABLE_STATES, TRANCHE_STATES
from bongsu.incubator.outcomes.writing import OUTCOME_STATES
from bongsu.incubator.texts import pick_text

register = template.Library()


@register.filter
def tranche_state(name: str) -> str:
    """Returns the state of a tranche in words."""
    return gettext(TRANCHE_STATES[name])


@register.filter
def deliverable_state(name: str) -> str:
    """Returns the state of a milestone or a report in words."""
    return gettext(DELIVERABLE_STATES[name])


@register.filter
def translated(text: str) -> str:
    """Returns a marked text in the reader's language."""
    return gettext(text)


@register.filter
def outcome_state(name: str) -> str:
    """Returns the state of an outcome in words."""
    return gettext(OUTCOME_STATES[name])


@register.filter
def officer_text(texts: dict[str, str]) -> str:
    """Returns a text in the reader's language, or in one that it has."""
    return pick_text(texts, get_language() or "en")
