"""What the pages of the network have in common: a change that a form asks for, and the values of its fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Refused


def carry_out(request: Any, change: Callable[[datetime], object]) -> bool:
    """Makes a change and says what came of it. Returns whether it was made. Raises Refused without permission."""
    try:
        change(timezone.now())
    except BongsuError as wrong:
        if isinstance(wrong, Refused) and wrong.http_status == 403 and wrong.code == "refused":
            raise
        messages.error(request, describe_public_error(wrong, gettext).sentence)
        return False
    messages.success(request, gettext("Saved."))
    return True


def read_date(text: str) -> date | None:
    """Returns the date of a field; None if it is empty. Raises BadInput."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            N_("“{value}” is not a valid date."), value=text[:20], fix=N_("Write it as 2027-12-31.")
        ) from None


def read_number(text: str) -> int:
    """Returns the whole number of a field, from 0. Raises BadInput."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(N_("“{text}” is not a whole number."), text=text[:20])
    return int(text)
