"""Begins applications and saves drafts. Several people may write one draft: a save names what it changed, and nothing is lost.

A draft follows the newest edition of its call: what that cannot keep is set aside and shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from bongsu.core.errors import N_, Final
from bongsu.incubator.applications.finding import find_form, list_own, read_files, target_of_application
from bongsu.incubator.applications.rounds import find_open_round, is_open_for
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.calls.numbers import write_number
from bongsu.incubator.forms.answers import AnswerFile, Files, read_answers
from bongsu.incubator.forms.carrying import carry_answers, reusable_answers
from bongsu.incubator.forms.document import Form
from bongsu.incubator.models import Application, Call, Draft
from bongsu.incubator.opening import find_call, newest_edition, read_edition, target_of_call
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import Actor, require
from bongsu.people.actions import act


class NotOpen(Final):
    """The round does not take this application any more, or not yet."""

    code = "round-not-open"
    http_status = 409


class Saved(NamedTuple):
    """The draft after a save; what somebody else wrote meanwhile, by question; the letters that were removed, by question."""

    draft: Draft
    conflicts: Mapping[str, Any]
    removed: Mapping[str, tuple[str, ...]]


def begin_application(actor: Actor, name: str, now: datetime) -> Application:
    """Begins an application in the round of a call that is open now. Raises NotOpen, Missing, Refused."""
    with act(actor, "application.begin", target_of_call(find_call(name))) as change:
        call = Call.locked(name=name)
        round_ = find_open_round(call, now)
        if call.state != "open" or round_ is None:
            raise NotOpen(N_("No round of this call is open now."), fix=N_("The call's page says when the next opens."))
        edition = newest_edition(call)
        file = read_edition(edition).call
        call.serial += 1
        call.save(update_fields=["serial"])
        year = round_.opens.astimezone(find_zone(file.zone)).year
        application = Application.objects.create(
            number=write_number(file.prefix, year, call.serial),
            call=call,
            round=round_,
            owner=actor.person,
            created=now,
            changed=now,
        )
        Draft.objects.create(application=application, edition=edition, opened=now, saved=now)
        change.id = str(application.pk)
        change.after = {"number": application.number, "state": "draft"}
    return application


def may_be_written(application: Application, now: datetime) -> bool:
    """Whether the application can still be changed: its round is open for it, and its workflow leads back to a draft."""
    if not is_open_for(application, now):
        return False
    workflow = read_files(application).workflow
    return application.state == "draft" or "reopen" in list_events(workflow, application.state, "applicant")


def save_draft(actor: Actor, application: Application, changed: Mapping[str, Any], base: int, now: datetime) -> Saved:
    """Saves the answers that were changed since the revision `base`; None and "" remove an answer.

    A question that somebody else changed since is not overwritten: it is returned among the conflicts.
    Raises NotOpen, Refused, and BadInput for answers that the form never sends.
    """
    require(actor, "application.write", target_of_application(application))
    with transaction.atomic():
        draft = lock_draft(application, now)
        form = find_form(read_edition(draft.edition), application)
        read = read_answers(form, changed)
        conflicts = {}
        for key in changed:
            value = read.answers.get(key)
            if value == draft.answers.get(key):
                continue
            if draft.touched.get(key, 0) > base:
                conflicts[key] = draft.answers.get(key)
            else:
                _put_answer(draft, key, value)
        finish_save(draft, now)
    return Saved(draft, conflicts, read.removed)


def set_aside(actor: Actor, application: Application, typed: Mapping[str, str], now: datetime) -> Draft:
    """Keeps what was typed for questions that the newest edition has no more, to be shown. Raises NotOpen, Refused."""
    require(actor, "application.write", target_of_application(application))
    with transaction.atomic():
        draft = lock_draft(application, now)
        rows = [[key, value, "question-removed"] for key, value in typed.items()]
        draft.dropped += [row for row in rows if row not in draft.dropped]
        finish_save(draft, now)
    return draft


def dismiss_dropped(actor: Actor, application: Application, now: datetime) -> None:
    """Forgets what was set aside, when it was read. Raises NotOpen, Refused."""
    require(actor, "application.write", target_of_application(application))
    with transaction.atomic():
        draft = lock_draft(application, now)
        draft.dropped = []
        finish_save(draft, now)


def _put_answer(draft: Draft, key: str, value: Any) -> None:
    draft.touched[key] = draft.revision + 1
    if value is None:
        draft.answers.pop(key, None)
    else:
        draft.answers[key] = value


def finish_save(draft: Draft, now: datetime) -> None:
    """Counts the save and writes the draft."""
    draft.revision += 1
    draft.saved = now
    draft.save()


def lock_draft(application: Application, now: datetime) -> Draft:
    """Returns the draft in the words of the newest edition, locked. Raises NotOpen if it cannot be changed any more."""
    draft = Draft.objects.select_for_update().select_related("edition").get(application=application)
    application.refresh_from_db()
    if not may_be_written(application, now):
        raise NotOpen(N_("The application can no longer be changed."))
    return carry_draft(draft)


def carry_draft(draft: Draft) -> Draft:
    """Returns the draft in the words of its call's newest edition, without saving it."""
    application = draft.application
    newest = newest_edition(application.call)
    if newest.pk == draft.edition_id:
        return draft
    old, new = (find_form(read_edition(edition), application) for edition in (draft.edition, newest))
    carried = carry_answers(old, new, draft.answers)
    draft.answers = carried.answers
    file_questions = {key for key, question in new.questions.items() if question.kind == "file"}
    kept = {key: files for key, files in draft.files.items() if key in file_questions}
    draft.dropped += [[one.place, one.value, one.reason] for one in carried.dropped]
    draft.dropped += [
        [key, [one["name"] for one in files], "question-removed"]
        for key, files in draft.files.items()
        if key not in file_questions
    ]
    draft.files, draft.edition = kept, newest
    return draft


def read_draft_files(draft: Draft) -> Files:
    """Returns the files of a draft as answers have them."""
    return {key: [AnswerFile(**one) for one in files] for key, files in draft.files.items()}


def reuse_answers(actor: Actor, application: Application, now: datetime) -> list[str]:
    """Fills in what the draft lacks and an earlier application of the person answered. Returns the questions.

    Raises NotOpen, Refused.
    """
    target = target_of_application(application)
    require(actor, "application.write", target)
    assert actor.person is not None
    with transaction.atomic():
        draft = lock_draft(application, now)
        form = find_form(read_edition(draft.edition), application)
        found = {
            key: value for key, value in _find_reusable(actor, application, form).items() if key not in draft.answers
        }
        for key, value in found.items():
            _put_answer(draft, key, value)
        if found:
            finish_save(draft, now)
    return list(found)


def _find_reusable(actor: Actor, application: Application, form: Form) -> dict[str, Any]:
    assert actor.person is not None
    found: dict[str, Any] = {}
    for earlier in list_own(actor.person):
        if earlier.pk != application.pk and (draft := Draft.objects.filter(application=earlier).first()):
            before = find_form(read_edition(draft.edition), earlier)
            found = {**reusable_answers(form, before, draft.answers), **found}  # the newest counts
    return found
