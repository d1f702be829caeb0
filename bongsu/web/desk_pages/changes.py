"""The forms of a page and the changes that they make: one table per page, carried out by the functions of bongsu/people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.people.granting import LastOperator

Change = Callable[[Any], object]  # gets the form's values; may return a sentence that says what was done
Changes = Mapping[str, tuple[type[forms.Form], Change]]


def make_forms(request: HttpRequest, changes: Changes, initial: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns the forms of a page, by name. The one that the request sent, named in its field `do`, has its values."""
    sent = request.POST.get("do") if request.method == "POST" else None
    if request.method == "POST" and sent not in changes:
        raise BadInput(N_("This form does not exist."))
    return {
        name: form(request.POST if name == sent else None, prefix=name, initial=(initial or {}).get(name))
        for name, (form, _) in changes.items()
    }


def carry_out(request: HttpRequest, changes: Changes, found: Mapping[str, Any]) -> bool:
    """Makes the change that the request asks for. Returns whether it was made; else the form says what is wrong.

    Raises Refused without permission.
    """
    if request.method != "POST":
        return False
    name = request.POST["do"]
    form, (_, change) = found[name], changes[name]
    if not form.is_valid():
        return False
    try:
        done = change(form.cleaned_data)
    except (BadInput, Missing, LastOperator) as wrong:
        form.add_error(None, describe(wrong))
        return False
    messages.success(request, done if isinstance(done, str) else gettext("Saved."))
    return True


def describe(error: BongsuError) -> str:
    """Returns what is wrong and what to do, in the reader's language."""
    return describe_public_error(error, gettext).sentence
