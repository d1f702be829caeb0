"""The workflow of a call as a picture and a table, and one step of it as a form with the checker's words beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.call_desk.file_page import list_shown
from bongsu.incubator.call_desk.found_calls import (
    FoundCall,
    describe,
    describe_conflict,
    find_base,
    find_officers_call,
    read_base,
    read_language,
    save_row,
)
from bongsu.incubator.calls.problems import list_problems
from bongsu.incubator.editing.transitions import (
    ROWS,
    order_effects,
    put_transition,
    read_transition,
    remove_transition,
    write_guards,
)
from bongsu.incubator.opening import CallNotReady, EditionConflict
from bongsu.incubator.workflow.document import Transition
from bongsu.incubator.workflow.picture import draw_workflow
from bongsu.incubator.workflow.tables import (
    known_actors,
    known_effects,
    known_events,
    known_guards,
    known_states,
)
from bongsu.incubator.workflow.words import explain_decide, list_transitions

FILE = "workflow.toml"
FIXED = N_("The workflow of an open call cannot be changed.")


def _choices(known: Any) -> list[tuple[str, str]]:
    return [(name, one.text.to(read_language())) for name, one in known().items()]


def _list_acting() -> list[tuple[str, str]]:
    return [(name, one.text.to(read_language())) for name, one in known_actors().items() if one.acts]


def _list_told() -> list[tuple[str, str]]:
    return [(name, one.text.to(read_language())) for name, one in known_actors().items() if one.told]


class _Several(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: Any, known: Any, required: bool = False, help_text: Any = "") -> None:
        super().__init__(label=label, choices=known, required=required, help_text=help_text)


class TransitionForm(forms.Form):
    """A step: what a person can choose is what the tables have."""

    start = _Several(_("From the state"), partial(_choices, known_states), required=True)
    event = forms.ChoiceField(label=_("What happens"), choices=partial(_choices, known_events))
    who = _Several(_("Who may cause it"), _list_acting, required=True)
    to = forms.ChoiceField(label=_("To the state"), choices=partial(_choices, known_states))
    holding = _Several(_("Only if this holds"), partial(_choices, known_guards))
    not_holding = _Several(_("Only if this does not hold"), partial(_choices, known_guards))
    effect = _Several(
        _("What the node does"),
        partial(_choices, known_effects),
        help_text=_("In the order of the file; what is new comes last."),
    )
    tell = _Several(_("Who is told"), _list_told)

    @classmethod
    def describe_transition(cls, transition: Transition) -> dict[str, Any]:
        """Returns the initial values of the form for a step."""
        return {
            "start": transition.starts,
            "event": transition.event,
            "who": transition.who,
            "to": transition.to,
            "holding": [name for name, holds in transition.wanted if holds],
            "not_holding": [name for name, holds in transition.wanted if not holds],
            "effect": transition.effect,
            "tell": transition.tell,
        }

    def read(self, before: Transition | None) -> Transition:
        """Returns the step that the form says; guards and effects that were there keep their order."""
        values = self.cleaned_data
        guards, effects = (before.guard, before.effect) if before else ((), ())
        return read_transition(
            {
                "from": values["start"],
                "to": values["to"],
                "event": values["event"],
                "who": values["who"],
                "guard": write_guards(values["holding"], values["not_holding"], guards),
                "effect": order_effects(values["effect"], effects),
                "tell": values["tell"],
            }
        )


@require_safe
def show_workflow(request: Any, name: str) -> HttpResponse:
    """Shows the workflow of a call as a picture and as a table of its steps."""
    found = find_officers_call(request.actor, name)
    workflow, language = found.files.workflow, read_language()
    is_known = all({*one.starts, one.to} <= known_states().keys() for one in workflow.transition)
    problems = list_problems(found.files, found.edition.files, gettext, language)
    context = {
        "found": found,
        "picture": SafeString(draw_workflow(workflow, gettext, language)) if is_known else "",
        "rows": list_transitions(workflow, gettext, language),
        "decide": explain_decide(workflow, gettext, language),
        "problems": [one for one in problems if one.file == FILE],
        "is_fixed": found.call.state != "draft",
    }
    return render(request, "incubator/desk_workflow.html", context)


@require_http_methods(["GET", "POST"])
def edit_transition(request: Any, name: str, number: int | None = None) -> HttpResponse:
    """Shows a step as a form, or an empty form for a new one; checks, saves or removes it. Numbers count from 1."""
    found = find_officers_call(request.actor, name)
    index = None if number is None else number - 1
    before = _find_transition(found, index)
    base, wrong, status = found.edition.number, "", 200
    sent = request.POST.get("do") if request.method == "POST" else None
    initial = TransitionForm.describe_transition(before) if before else {}
    form = TransitionForm(request.POST if sent in ("save", "check") else None, initial=initial)
    text = found.edition.files[FILE]
    if sent:
        base = read_base(request.POST.get("base"))
        try:
            if sent == "remove" and index is not None:
                return _save(request, found, base, partial(remove_transition, index=index))
            if form.is_valid():
                changed = form.read(before)
                if sent == "save":
                    return _save(request, found, base, partial(put_transition, index=index, transition=changed))
                text = put_transition(text, index, changed)
        except EditionConflict as error:
            found = find_officers_call(request.actor, name)
            base = find_base(found, FILE, ROWS, index, base)
            wrong, status = describe_conflict(error, base == found.edition.number), error.http_status
        except (BadInput, CallNotReady, Missing) as error:
            wrong, status = describe(error), error.http_status
    context = {
        "found": found,
        "form": form,
        "number": number,
        "base": base,
        "wrong": wrong,
        "why": request.POST.get("why", ""),
        "shown": list_shown(found.edition.files, "workflow", text),
        "fixed": gettext(FIXED) if found.call.state != "draft" else "",
        "is_checked": sent == "check" and form.is_valid(),
    }
    return render(request, "incubator/desk_transition.html", context, status=status)


def _find_transition(found: FoundCall, index: int | None) -> Transition | None:
    if index is None:
        return None
    transitions = found.files.workflow.transition
    if not 0 <= index < len(transitions):
        raise Missing(N_("The workflow has no step {number}."), number=index + 1)
    return transitions[index]


def _save(request: Any, found: FoundCall, base: int, change: Any) -> HttpResponse:
    save_row(request, found, FILE, base, change)
    return redirect("desk-call-workflow", found.call.name)
