"""Filters for pages about people."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def title_of(named: Any, language: str) -> str:
    """Returns the title of a role in a language."""
    return str(named.title.to(language))
