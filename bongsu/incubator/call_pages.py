"""The public pages of calls: those that are open, will open or have ended, and each with its rounds, rules and editions."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from babel.dates import format_timedelta
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.credits.rules.amounts import find_locale
from bongsu.incubator.applications.rounds import find_open_round
from bongsu.incubator.calls.check import CallFiles, check_files
from bongsu.incubator.calls.document import RoundTimes, count_steps, find_unit, name_payer
from bongsu.incubator.calls.phases import PHASES, find_current, find_phase
from bongsu.incubator.eligibility.words import explain_draft, explain_rules
from bongsu.incubator.models import Call, Edition
from bongsu.incubator.opening import (
    compare_editions,
    find_call,
    list_editions,
    list_public_editions,
    newest_edition,
    read_edition,
    target_of_call,
)
from bongsu.incubator.outcomes.publishing import list_published as list_published_outcomes
from bongsu.incubator.public.awards import list_public_awards
from bongsu.incubator.public.published import find_published
from bongsu.incubator.public.schema_org import write_json_ld
from bongsu.incubator.public.self_check_page import check_answers, make_widgets
from bongsu.incubator.texts import pick_text, write_value
from bongsu.people.access import may

# What is left of a round is counted in days, then in hours, then in minutes.
_UNITS: tuple[tuple[Literal["day", "hour", "minute"], timedelta], ...] = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


_NOT_PUBLIC = frozenset({"contact-for-reviewers"})  # fields of call.toml: reviewers learn this address, nobody else


class LineRow(NamedTuple):
    """A budget line as the page shows it; amounts in steps of the unit."""

    title: str
    unit: str
    amount: int
    least: int | None
    most: int | None
    payer: str


class RoundRow(NamedTuple):
    """A round as the page shows it."""

    title: str
    phase: str
    times: RoundTimes
    reasons: tuple[str, ...]  # of its extensions
    left: str  # until it closes: “in 5 days”


def _language() -> str:
    return get_language() or "en"


@require_safe
def show_calls(request: Any) -> HttpResponse:
    """Lists the calls; drafts are shown to those who may see them."""
    rows, now = [], timezone.now()
    for edition in list_editions(request.actor):
        call, files = edition.call, read_edition(edition)
        _, current = find_current(files.call, now)
        summary = pick_text(files.call.summary, _language())
        state, institutions = _name_state(call, current, now), _list_institutions(files, _language())
        rows.append((call, pick_text(files.call.title, _language()), summary, institutions, current, state))
    return render(request, "incubator/calls.html", {"rows": rows})


@csrf_exempt  # a request changes nothing, and asks for no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def show_call(request: Any, name: str) -> HttpResponse:
    """Shows a call: who may apply, rounds, budget, criteria, rules in words, and what its editions changed.

    Answers sent by POST are judged by the rules and forgotten; an htmx request gets only what each rule says.
    """
    call = find_call(name)
    if call.state == "draft" and not may(request.actor, "call.see", target_of_call(call)):
        raise Missing(N_("There is no call “{name}”."), name=name)  # as for a name that nobody has used
    edition = newest_edition(call)
    files, language, now = read_edition(edition), _language(), timezone.now()
    context = _describe_rules(request, call, files, now, language)
    if request.headers.get("HX-Request"):
        return _forget(render(request, "incubator/_check_results.html", context))
    context |= {
        "call": call,
        "file": files.call,
        "title": pick_text(files.call.title, language),
        "summary": pick_text(files.call.summary, language),
        "who": pick_text(files.call.who, language),
        "text": pick_text(files.call.text or {}, language),
        "edition": edition,
        "takes_applications": call.state == "open" and find_open_round(call, now) is not None,
        "is_over": all(one.closes.ends <= now for one in files.call.rounds),
        "rounds": _list_rounds(files, language, now),
        "institutions": _list_institutions(files, language),
        "lines": (lines := _list_lines(files, language)),
        "names_payers": any(one.payer for one in lines),
        "outcomes": list_published_outcomes(call, language),
        "criteria": [(pick_text(one.title, language), one) for one in files.call.criterion],
        "questions": [pick_text(one.text, language) for one in files.form.question],
        "awards": list_public_awards(call),
        "changes": _list_editions(call, language),
        "json_ld": "" if call.state == "draft" else _write_json_ld(request, name, now, language),
    }
    response = render(request, "incubator/call.html", context)
    return _forget(response) if request.method == "POST" else response


def _describe_rules(request: Any, call: Call, files: CallFiles, now: datetime, language: str) -> dict[str, Any]:
    """Returns the rules in words, the self-check, and what it found; of a draft with errors only the rules."""
    if call.state == "draft" and _has_errors(files):
        return {"rules": explain_draft(files.rules, files.form, gettext, language)}
    given = dict(request.POST.lists())
    return {
        "rules": explain_rules(files.rules, files.form, gettext, language),
        "widgets": make_widgets(files, given, language),
        "results": check_answers(files, given, now, language) if request.method == "POST" else (),
    }


def _has_errors(files: CallFiles) -> bool:
    found = check_files(files)
    return any(one.level == "error" for name in ("form.toml", "rules.toml") for one in found[name])


def _forget(response: HttpResponse) -> HttpResponse:
    """Returns a page with somebody's answers, which nobody keeps."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _write_json_ld(request: Any, name: str, now: datetime, language: str) -> SafeString:
    published = find_published(name, request.node.identity.id, now)
    page, funder = request.full_address("call", name), request.node.name_in(language)
    return mark_safe(write_json_ld(published, page, funder, gettext, language))  # noqa: S308 (it is escaped there)


def _name_state(call: Call, times: RoundTimes, now: datetime) -> str:
    if call.state == "draft":
        return gettext("draft")
    phase = find_phase(times, now) if call.state == "open" else "closed"
    return gettext(PHASES[phase])


def _list_rounds(files: CallFiles, language: str, now: datetime) -> list[RoundRow]:
    return [
        RoundRow(
            pick_text(one.title or {}, language),
            gettext(PHASES[find_phase(times, now)]),
            times,
            tuple(pick_text(extension.reason, language) for extension in one.extension),
            write_time_left(times, now, language),
        )
        for one, times in zip(files.call.round, files.call.rounds, strict=True)
    ]


def write_time_left(times: RoundTimes, now: datetime, language: str) -> str:
    """Returns how long an open round still takes applications: “in 5 days”."""
    if find_phase(times, now) != "open":
        return ""
    left, locale = times.closes.ends - now, find_locale(language)
    unit, size = next(one for one in _UNITS if left >= one[1] or one is _UNITS[-1])
    whole = left // size * size
    text: str = format_timedelta(whole, granularity=unit, threshold=math.inf, add_direction=True, locale=locale)
    return text


def _list_institutions(files: CallFiles, language: str) -> list[tuple[str, str]]:
    """Returns the title and the address of each institution of the call."""
    return [(pick_text(one.title, language), one.url) for one in files.call.institution]


def _list_lines(files: CallFiles, language: str) -> list[LineRow]:
    """Returns each budget line that is right: that of a draft may not be."""
    rows = []
    for line in files.call.budget:
        if find_unit(line) is None:
            continue
        try:
            least, most = (count_steps(line, one) if one is not None else None for one in (line.least, line.most))
            amount, payer = count_steps(line, line.amount), name_payer(files.call, line, language)
            rows.append(LineRow(pick_text(line.title, language), line.unit, amount, least, most, payer))
        except BadInput:
            continue
    return rows


def _list_editions(call: Call, language: str) -> list[tuple[Any, list[tuple[str, str, str, str]]]]:
    """Returns the editions since the opening, the newest first, with file, field, before and after of each change."""
    editions = list_public_editions([call])[call.pk]
    return [
        (after, [row for row in describe_changes(before, after, language) if row[1] not in _NOT_PUBLIC])
        for before, after in reversed(list(pairwise(editions)))
    ]


def describe_changes(before: Edition, after: Edition, language: str) -> list[tuple[str, str, str, str]]:
    """Returns file, field, and the values before and after of each change between two editions."""
    return [
        (name, change.field, _write(change.before, language), _write(change.after, language))
        for name, found in compare_editions(before, after).items()
        for change in found
    ]


def _write(value: Any, language: str) -> str:
    """Returns a value of a file: a text in the reader's language, or as it stands in the file."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_write(one, language)}" for key, one in value.items())
    return "" if value is None else write_value(value, language)
