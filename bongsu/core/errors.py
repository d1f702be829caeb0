"""The one error tree. Its first fork answers the first question a caller has: may I try again?

    BongsuError
    ├── TryAgain                     the same call may succeed later; nothing was changed
    │   ├── Busy                     someone else holds what is needed
    │   └── Unreachable              another machine did not answer
    └── Final                        the same call will fail again
        ├── BadInput                 what was given is wrong: the line, the value and the mend are named
        │   ├── NotUnderstood        a command whose words do not fit
        │   ├── UnknownName          a dataflow, code, verb, model ... that does not exist; the nearest names
        │   ├── UnitMismatch         quantities that measure different things
        │   └── BoundaryMismatch     values of different system boundaries
        ├── Missing                  what was asked for is not here
        ├── Damaged                  stored bytes are not what was sealed
        ├── CheckFailed              a check stopped a seal
        ├── Refused                  not allowed: by permission, by policy, by disclosure control
        └── Misconfigured            a setting or this machine is not fit for what was asked
            └── PartMissing          an optional part is not installed

Every error says what is wrong, where, and what to do, and carries the parts of that sentence apart from the sentence,
so that three languages can each write it in their own way. Messages are English templates and the catalogue's keys;
core/error_text.py fills them in, in the language of who reads it. An error never carries a secret or a row of microdata.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from bongsu.core.error_text import describe_error


def N_(message: str) -> str:
    """Mark `message` for translation; the edges translate it when they show it."""
    return message


class BongsuError(Exception):
    """What is wrong (`message` with `values` filled in), where (`where`), and what to do (`fix`).

    `code` is the error's name for machines, `exit_status` what the terminal exits with, `http_status` what the web answers.
    """

    # Values that are themselves marked texts, which the edges translate too.
    TEXTS: ClassVar[tuple[str, ...]] = ("kind", "rule", "reason")

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, where: str = "", fix: str = "", **values: object) -> None:
        self.message = message
        self.where = where
        self.fix = fix
        self.values = values
        super().__init__(message)

    def __str__(self) -> str:
        return describe_error(self, str).sentence


class TryAgain(BongsuError):
    """The same call may succeed later; nothing was changed."""

    code = "try-again"
    exit_status = 75
    http_status = 503


class Busy(TryAgain):
    """Someone else holds what is needed: a port, a lock."""

    code = "busy"


class Unreachable(TryAgain):
    """Another machine did not answer."""

    code = "unreachable"
    exit_status = 69


class Final(BongsuError):
    """The same call will fail again."""

    code = "final"


class BadInput(Final):
    """What was given is wrong. `where` names the file and line, or the field."""

    code = "bad-input"
    exit_status = 65
    http_status = 400


class UnknownName(BadInput):
    """A name that does not exist. Build it with `unknown`, which offers the nearest names."""

    code = "unknown-name"
    exit_status = 64
    http_status = 404


class NotUnderstood(BadInput):
    """A command whose words do not fit what it takes."""

    code = "not-understood"
    exit_status = 64


class UnitMismatch(BadInput):
    """Quantities that measure different things cannot be added, compared or converted."""

    code = "unit-mismatch"


class BoundaryMismatch(BadInput):
    """Values of different system boundaries cannot be added or compared."""

    code = "boundary-mismatch"


class Missing(Final):
    """What was asked for is not here."""

    code = "missing"
    exit_status = 66
    http_status = 404


class Damaged(Final):
    """Stored bytes are not what was sealed; `where` names the file."""

    code = "damaged"
    exit_status = 74


class CheckFailed(Final):
    """A check stopped a seal; nothing was sealed."""

    code = "check-failed"
    exit_status = 70
    http_status = 422


class Refused(Final):
    """Not allowed: by permission, by policy, by disclosure control."""

    code = "refused"
    exit_status = 77
    http_status = 403


class Misconfigured(Final):
    """A setting, or this machine, is not fit for what was asked."""

    code = "misconfigured"
    exit_status = 78


class PartMissing(Misconfigured):
    """An optional part is not installed; `fix` says how to install it."""

    code = "part-missing"


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownName:
    """The error for a `name` that is not among `known`, offering up to three near names."""
    import difflib  # here, since every command starts with this module and few raise this error

    names = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    near = [folded[key] for key in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    if near:
        fix = N_("Did you mean {near}?")
    elif names and len(names) <= 12:
        near, fix = names, N_("Known: {near}.")
    else:
        fix = ""
    return UnknownName(
        N_("There is no {kind} “{name}”."), where=where, fix=fix, kind=kind, name=name, near=", ".join(near)
    )


def list_error_classes() -> Iterator[type[BongsuError]]:
    """Every class of the tree above, parents first (the manual lists them); rooms may have finer ones with the same codes."""
    queue: list[type[BongsuError]] = [BongsuError]
    while queue:
        kind = queue.pop(0)
        yield kind
        queue.extend(finer for finer in kind.__subclasses__() if finer.__module__ == __name__)
