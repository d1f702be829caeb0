"""Calls as records: added as files, changed by editions, opened when nothing contradicts itself, ended; each an action.

After the opening an edition may change texts, extend rounds for everybody and add rounds and institutions; it never
shortens what was promised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache

from django.db.models import OuterRef, QuerySet, Subquery

from bongsu.core.errors import N_, BadInput, CheckFailed, Final, Missing
from bongsu.incubator.calls.changes import Change, list_changes
from bongsu.incubator.calls.check import FILES, CallFiles, check_files
from bongsu.incubator.calls.document import RoundTimes
from bongsu.incubator.calls.folder import parse_files
from bongsu.incubator.models import Call, Edition, Round
from bongsu.incubator.texts import pick_text
from bongsu.people.access import NODE_TARGET, Actor, Target, may
from bongsu.people.actions import act

MAX_FILE = 200_000  # characters of one file


class EditionConflict(Final):
    """Somebody else changed the call since the files were read."""

    code = "edition-conflict"
    http_status = 409


class CallNotReady(CheckFailed):
    """The files of a call contradict themselves."""

    code = "call-not-ready"


def target_of_call(call: Call) -> Target:
    """The call as an object of actions."""
    return Target("call", call.name)


def find_call(name: str) -> Call:
    """Returns a call by its name. Raises Missing."""
    call: Call | None = Call.objects.filter(name=name).first()
    if call is None:
        raise Missing(N_("There is no call “{name}”."), name=name)
    return call


def require_call(name: str) -> tuple[tuple[str, str], ...]:
    """Returns the scopes that contain a call: none but the node. Raises Missing if there is no such call."""
    find_call(name)
    return ()


def name_calls(language: str) -> dict[str, str]:
    """Returns the titles of all calls, by name."""
    return {one.call.name: pick_text(read_edition(one).call.title, language) for one in newest_editions()}


def list_editions(actor: Actor) -> list[Edition]:
    """Returns the edition in force of each call that an actor sees: drafts are for those who may see them."""
    return [
        edition
        for edition in newest_editions()
        if edition.call.state != "draft" or may(actor, "call.see", target_of_call(edition.call))
    ]


def newest_editions() -> QuerySet[Edition]:
    """Returns the edition in force of every call, with its call, by one query; the newest call first."""
    newest = Edition.objects.filter(call=OuterRef("call")).order_by("-number").values("number")[:1]
    found: QuerySet[Edition] = Edition.objects.filter(number=Subquery(newest)).select_related("call")
    return found.order_by("-call__created", "call__name")


def list_public_editions(calls: Collection[Call]) -> dict[int, list[Edition]]:
    """Returns the editions that were public, by the primary key of the opened call: that of the opening, and later ones."""
    editions: dict[int, list[Edition]] = {call.pk: [] for call in calls}
    found = Edition.objects.filter(call__in=calls, call__opened__isnull=False).select_related("call")
    for edition in found.order_by("number"):
        of_call = editions[edition.call_id]
        if edition.made <= edition.call.opened:  # then the one before was never public
            of_call.clear()
        of_call.append(edition)
    return editions


def newest_edition(call: Call) -> Edition:
    """Returns the edition that is in force."""
    edition: Edition | None = call.editions.order_by("-number").first()
    assert edition is not None  # a call is added with its first
    return edition


def find_edition(call: Call, number: int | None = None) -> Edition:
    """Returns an edition by its number, else the newest. Raises Missing."""
    edition: Edition | None = newest_edition(call) if number is None else call.editions.filter(number=number).first()
    if edition is None:
        raise Missing(N_("The call “{name}” has no edition {number}."), name=call.name, number=number)
    return edition


def read_edition(edition: Edition) -> CallFiles:
    """Returns the files of an edition; it never changes, so they are parsed once."""
    return _parse(edition.pk, edition.digest, tuple(sorted(edition.files.items())))


@lru_cache(maxsize=512)  # a list reads every call
def _parse(pk: int, digest: str, texts: tuple[tuple[str, str], ...]) -> CallFiles:
    return parse_files(dict(texts), "")


def add_call(actor: Actor, texts: Mapping[str, str], now: datetime, why: str = "") -> Call:
    """Adds a call as a draft that only officers see. Raises BadInput for files that cannot be read, or a name that is taken."""
    files = _read_texts(texts)
    name = files.call.call
    with act(actor, "call.add", NODE_TARGET, why) as change:
        if Call.objects.filter(name=name).exists():
            raise BadInput(N_("There is already a call “{name}”."), name=name, where="call.toml, call")
        call = Call.objects.create(name=name, created=now)
        edition = _add_edition(call, 1, texts, actor, now, why)
        change.id = name
        change.after = {"edition": 1, "digest": edition.digest}
    return call


def change_call(actor: Actor, name: str, texts: Mapping[str, str], base: int, now: datetime, why: str = "") -> Edition:
    """Makes the next edition of a call from the edition `base`, and returns it; the newest if nothing differs.

    Raises EditionConflict if `base` is not the newest, BadInput for files that cannot be read, CallNotReady for an edition of
    an open call with errors, and BadInput for one that takes back what was promised.
    """
    files = _read_texts(texts)
    with act(actor, "call.change", Target("call", name), why) as change:
        call = _lock_call(name)
        before = newest_edition(call)
        _require_newest(before, base)
        if call.state == "ended":
            raise BadInput(N_("The call has ended, so it cannot be changed."))
        if files.call.call != call.name:
            raise BadInput(N_("The name of a call cannot be changed."), where="call.toml, call")
        if before.digest == _digest(texts):
            return before
        if call.state == "open":
            _check_ready(files)
            _check_promises(read_edition(before), files, now)
        edition = _add_edition(call, before.number + 1, texts, actor, now, why)
        if call.state == "open":
            _keep_rounds(call, files)
        change.before = {"edition": before.number, "digest": before.digest}
        change.after = {"edition": edition.number, "digest": edition.digest}
    return edition


def open_call(actor: Actor, name: str, now: datetime, why: str = "", base: int | None = None) -> Call:
    """Opens a call: from now on everybody sees it, and its rounds take applications at their times. Raises CallNotReady.

    Raises EditionConflict if `base` is given and not the newest edition.
    """
    with act(actor, "call.open", Target("call", name), why) as change:
        call = _lock_call(name)
        if call.state != "draft":
            raise BadInput(N_("The call “{name}” was opened before."), name=name)
        edition = newest_edition(call)
        _require_newest(edition, base)
        files = read_edition(edition)
        _check_ready(files)
        if files.call.rounds[-1].closes.ends <= now:
            raise BadInput(N_("The last round of the call has closed already."), where="call.toml, round")
        call.state, call.opened = "open", now
        call.save()
        _keep_rounds(call, files)
        change.before = {"state": "draft"}
        change.after = {"state": "open", "edition": edition.number, "digest": edition.digest}
    return call


def end_call(actor: Actor, name: str, why: str) -> Call:
    """Ends a call: it stays on the list of past calls. Raises BadInput if it is not open."""
    with act(actor, "call.end", Target("call", name), why) as change:
        call = _lock_call(name)
        if call.state != "open":
            raise BadInput(N_("The call “{name}” is not open."), name=name)
        call.state = "ended"
        call.save()
        change.before, change.after = {"state": "open"}, {"state": "ended"}
    return call


def compare_editions(before: Edition, after: Edition) -> dict[str, list[Change]]:
    """Returns what differs between two editions, by file, as the public page shows it."""
    one, other = read_edition(before), read_edition(after)
    changes = {
        "call.toml": list_changes(one.call, other.call),
        "form.toml": list_changes(one.form, other.form),
        "rules.toml": list_changes(one.rules, other.rules),
        "workflow.toml": list_changes(one.workflow, other.workflow),
    }
    return {name: found for name, found in changes.items() if found}


def _lock_call(name: str) -> Call:
    try:
        return Call.locked(name=name)
    except Call.DoesNotExist:
        raise Missing(N_("There is no call “{name}”."), name=name) from None


def _require_newest(newest: Edition, base: int | None) -> None:
    if base is not None and newest.number != base:
        raise EditionConflict(
            N_("Somebody else changed the call: edition {newest} follows edition {base}, which you read."),
            fix=N_("Read it again, and repeat your change."),
            newest=newest.number,
            base=base,
        )


def _read_texts(texts: Mapping[str, str]) -> CallFiles:
    for name, text in texts.items():
        if name not in FILES:
            raise BadInput(N_("A call has no file “{name}”."), name=name)
        if len(text) > MAX_FILE:
            raise BadInput(N_("The file has more than {most} characters."), most=MAX_FILE, where=name)
    return parse_files(texts)


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(texts), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _add_edition(call: Call, number: int, texts: Mapping[str, str], actor: Actor, now: datetime, why: str) -> Edition:
    edition: Edition = Edition.objects.create(
        call=call, number=number, files=dict(texts), digest=_digest(texts), made=now, actor=actor.name, why=why[:500]
    )
    return edition


def _check_ready(files: CallFiles) -> None:
    errors = [
        f"{name}, {finding.field}"
        for name, found in check_files(files).items()
        for finding in found
        if finding.level == "error"
    ]
    if errors:
        raise CallNotReady(
            N_("The files of the call contradict themselves: {places}."),
            fix=N_("“bongsu call check” and the call's page say what is wrong."),
            places="; ".join(errors[:10]),
        )


def _check_promises(before: CallFiles, after: CallFiles, now: datetime) -> None:
    """Raises BadInput for an edition that closes a round earlier, drops one, or an institution, or changes what applies."""
    rounds = {one.key: one for one in after.call.rounds}
    for one in before.call.rounds:
        other = rounds.get(one.key)
        if other is None:
            raise BadInput(N_("The round “{round}” was announced, so it cannot be dropped."), round=one.key)
        _check_round(one, other, now)
    for key in before.call.institutions:
        if key not in after.call.institutions:
            raise BadInput(
                N_("The institution “{institution}” was announced, so it cannot be dropped."),
                where="call.toml, institution",
                institution=key,
            )
    if before.call.zone != after.call.zone:
        raise BadInput(N_("The time zone of an open call cannot be changed."), where="call.toml, zone")
    if before.workflow != after.workflow:
        raise BadInput(N_("The workflow of an open call cannot be changed."), where="workflow.toml")


def _check_round(before: RoundTimes, after: RoundTimes, now: datetime) -> None:
    if after.closes.ends < before.closes.ends:
        raise BadInput(N_("The round “{round}” cannot close earlier than announced."), round=before.key)
    if before.closes.ends <= now and after.closes != before.closes:
        raise BadInput(N_("The round “{round}” has closed, so it cannot be extended."), round=before.key)
    if before.opens.starts <= now and after.opens != before.opens:
        raise BadInput(N_("The round “{round}” has opened, so its opening cannot be changed."), round=before.key)


def _keep_rounds(call: Call, files: CallFiles) -> None:
    """Writes the times of the rounds where they can be asked for."""
    for one in files.call.rounds:
        times = {
            "opens": one.opens.starts,
            "ends": one.closes.ends,
            "results": one.results.starts if one.results else None,
            "stage": one.stage,
        }
        Round.objects.update_or_create(call=call, key=one.key, defaults=times)
