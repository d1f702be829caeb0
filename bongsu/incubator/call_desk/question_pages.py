"""The questions of a call's form: their list, the form as applicants see it in a language, and one question as a form."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.languages import TABLE_LANGUAGES, describe_language
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
from bongsu.incubator.call_desk.question_form import ANONYMOUS, QuestionForm
from bongsu.incubator.editing.questions import ROWS, put_question, remove_question, swap_questions
from bongsu.incubator.forms.document import Form, Question, find_most
from bongsu.incubator.forms.words import KINDS
from bongsu.incubator.opening import CallNotReady, EditionConflict
from bongsu.incubator.texts import list_missing_languages, pick_text, write_value

FILE = "form.toml"


@require_http_methods(["GET", "POST"])
def show_questions(request: Any, name: str) -> HttpResponse:
    """Lists the questions and shows the form; moves a question up (`up` has its number, which counts from 1)."""
    found = find_officers_call(request.actor, name)
    wrong, status = "", 200
    if request.method == "POST":
        try:
            number = read_base(request.POST.get("up"))
            return _save(request, found, read_base(request.POST.get("base")), partial(swap_questions, index=number - 2))
        except (BadInput, CallNotReady, EditionConflict, Missing) as error:
            wrong, status = describe(error), error.http_status
            found = find_officers_call(request.actor, name)
    language = read_language()
    shown = request.GET.get("language", language)
    shown = shown if shown in TABLE_LANGUAGES else "en"
    context = {
        "found": found,
        "wrong": wrong,
        "rows": [
            (one, pick_text(one.text, language), gettext(KINDS[one.kind]), gettext(ANONYMOUS[one.anonymous]))
            for one in found.files.form.question
        ],
        "preview_languages": [(code, describe_language(code).name) for code in TABLE_LANGUAGES],
        "shown_language": shown,
        "preview": draw_form(found.files.form, shown),
        "shown": [one for one in list_shown(found.edition.files, "form", found.edition.files[FILE]) if one.is_here],
    }
    return render(request, "incubator/desk_questions.html", context, status=status)


def draw_form(form: Form, language: str) -> str:
    """Returns the form as applicants see it in a language, as a part of a page; what is filled in goes nowhere."""
    sections: list[tuple[str, list[dict[str, Any]]]] = []
    titles = {one.key: pick_text(one.title, language) for one in form.section}
    for key in dict.fromkeys([*titles, *(one.section for one in form.question)]):
        questions = [_describe(form, one, language) for one in form.question if one.section == key]
        if questions:
            sections.append((titles.get(key, ""), questions))
    with translation.override(language):
        return render_to_string("incubator/desk_form_preview.html", {"sections": sections, "language": language})


def _describe(form: Form, question: Question, language: str) -> dict[str, Any]:
    condition = question.required_if
    other = form.questions.get(condition.question) if condition else None
    return {
        "one": question,
        "text": pick_text(question.text, language),
        "help": pick_text(question.help or {}, language),
        "most": write_value(find_most(question), language) if question.kind in ("text", "long-text") else "",
        "choices": [pick_text(one.text, language) for one in question.choices],
        "columns": [pick_text(one.text, language) for one in question.columns],
        "condition": pick_text(other.text, language) if other else "",
        "is_missing": language in list_missing_languages(question.text),
    }


@require_http_methods(["GET", "POST"])
def edit_question(request: Any, name: str, number: int | None = None) -> HttpResponse:
    """Shows a question as a form, or an empty form for a new one; checks, saves or removes it. Numbers count from 1."""
    found = find_officers_call(request.actor, name)
    index = None if number is None else number - 1
    before = _find_question(found, index)
    base, wrong, status, is_checked = found.edition.number, "", 200, False
    sent = request.POST.get("do") if request.method == "POST" else None
    form = QuestionForm(request.POST if sent in ("save", "check") else None, found.files.form, before)
    text = found.edition.files[FILE]
    if sent:
        base = read_base(request.POST.get("base"))
        try:
            if sent == "remove" and index is not None:
                return _save(request, found, base, partial(remove_question, index=index))
            if form.is_valid():
                changed = form.read()
                if sent == "save":
                    return _save(request, found, base, partial(put_question, index=index, question=changed))
                text, is_checked = put_question(text, index, changed), True
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
        "columns": len(before.columns) if before else 0,
        "base": base,
        "wrong": wrong,
        "why": request.POST.get("why", ""),
        "shown": list_shown(found.edition.files, "form", text),
        "is_fixed": found.call.state == "ended",
        "is_checked": is_checked,
    }
    return render(request, "incubator/desk_question.html", context, status=status)


def _find_question(found: FoundCall, index: int | None) -> Question | None:
    if index is None:
        return None
    questions = found.files.form.question
    if not 0 <= index < len(questions):
        raise Missing(N_("The form has no question {number}."), number=index + 1)
    return questions[index]


def _save(request: Any, found: FoundCall, base: int, change: Any) -> HttpResponse:
    save_row(request, found, FILE, base, change)
    return redirect("desk-call-questions", found.call.name)
