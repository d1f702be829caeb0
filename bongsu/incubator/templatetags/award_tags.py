"""Filters for the pages of awards: states in words, and files by where they are read."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from bongsu.incubator.awards.reading import DELIVERABLE_STATES, TRANCHE_STATES

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
