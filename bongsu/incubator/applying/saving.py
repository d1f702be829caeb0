"""Saves what the page of an application sent: the answers that were changed on it, and its files.

The page says of each question that it shows with which answer it was made (“asked”): what was not changed there is not sent on,
so that it does not undo what somebody else wrote meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.uploads import MEGABYTE, check_size
from bongsu.incubator.applications.drafting import carry_draft, save_draft, set_aside
from bongsu.incubator.applications.files import attach_file
from bongsu.incubator.applications.finding import find_form
from bongsu.incubator.forms.answers import read_answers
from bongsu.incubator.forms.document import MOST_QUESTIONS, Form
from bongsu.incubator.forms.fields import Posted, fingerprint, read_posted
from bongsu.incubator.forms.pasted import clean_text
from bongsu.incubator.models import Application, Draft
from bongsu.incubator.opening import read_edition
from bongsu.people.access import Actor
from bongsu.store.node import Node

MOST_SET_ASIDE = 5_000  # characters of what was typed for a question that is gone


@dataclass
class Sent:
    """What a page sent: `asked` has the fingerprint of each answer with which it was made; `files` are open uploads."""

    posted: Posted
    asked: Mapping[str, str]
    base: int
    files: Mapping[str, Sequence[Any]]


@dataclass
class Outcome:
    """What came of saving: what somebody else wrote, by question; removed letters; refused files; questions that are gone."""

    draft: Draft
    typed: dict[str, Any] = field(default_factory=dict)
    conflicts: Mapping[str, Any] = field(default_factory=dict)
    removed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, BadInput] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


def read_sent(posted: Posted, files: Mapping[str, Sequence[Any]]) -> Sent:
    """Returns what a page sent. Raises BadInput for more questions than a form has."""
    pairs = [one.partition(":") for one in posted.get("asked", ())]
    if len(pairs) > MOST_QUESTIONS:
        raise BadInput(
            N_("There are {count} answers: a form has at most {most} questions."), count=len(pairs), most=MOST_QUESTIONS
        )
    base = next(iter(posted.get("base", ())), "")
    number = int(base) if base.isascii() and base.isdecimal() and len(base) < 10 else 0
    return Sent(posted, {key: print for key, _, print in pairs}, number, files)


def find_changed(form: Form, sent: Sent) -> dict[str, Any]:
    """Returns the answers that were changed on the page; None for one that was emptied. Raises BadInput."""
    posted = read_posted(form, sent.posted, list(sent.asked))
    read = read_answers(form, posted).answers
    return {key: value for key, value in posted.items() if fingerprint(read.get(key)) != sent.asked[key]}


def save_page(actor: Actor, application: Application, sent: Sent, now: datetime, node: Node) -> Outcome:
    """Saves the changed answers and the files. Raises NotOpen, Refused, BadInput for what the form never sends."""
    before = carry_draft(Draft.objects.select_related("edition", "application__call").get(application=application))
    form = find_form(read_edition(before.edition), application)
    changed = find_changed(form, sent)
    outcome = Outcome(before, typed=changed)
    if changed:
        saved = save_draft(actor, application, changed, sent.base, now)
        outcome = Outcome(saved.draft, changed, saved.conflicts, saved.removed)
    outcome.gone = tuple(key for key in sent.asked if key not in form.questions)
    if typed := {key: text for key in outcome.gone if (text := _join_typed(sent.posted, key))}:
        outcome.draft = set_aside(actor, application, typed, now)
    for key, uploads in sent.files.items():
        for upload in uploads:
            try:
                outcome.draft = _keep_file(actor, application, form, key, upload, now, node)
            except BadInput as refused:
                outcome.refused[key] = refused
    return outcome


def _join_typed(posted: Posted, key: str) -> str:
    """Returns what was typed for a question in all its fields, as one text."""
    names = [name for name in posted if name == f"q.{key}" or name.startswith(f"q.{key}.")]
    text = "; ".join(value for name in names for value in posted[name] if value.strip())
    return clean_text(text).text[:MOST_SET_ASIDE]


def _keep_file(
    actor: Actor, application: Application, form: Form, key: str, upload: Any, now: datetime, node: Node
) -> Draft:
    """Keeps a file; one that is too large is refused before it is read into memory."""
    question, name = form.questions.get(key), str(upload.name or "")
    if question is not None:
        check_size(upload.size or 0, question.megabytes * MEGABYTE, name)
    return attach_file(actor, application, key, name, upload.read(), now, node)
