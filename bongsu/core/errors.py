"""The exceptions of Bongsu. The two branches below BongsuError say whether the same call may succeed later.

    BongsuError
    ├── TryAgain                     the same call may succeed later; nothing was changed
    │   ├── Busy                     another process uses the resource (a port, a lock)
    │   └── Unreachable              another machine did not answer
    └── Final                        the same call will fail again
        ├── BadInput                 the input is wrong; the error names the line, the value and the fix
        │   ├── NotUnderstood        a command line that cannot be parsed
        │   ├── UnknownName          a dataflow, code, verb, model ... that does not exist; the nearest names
        │   ├── UnitMismatch         quantities that measure different things
        │   └── BoundaryMismatch     values of different system boundaries
        ├── Missing                  the requested object does not exist
        ├── Damaged                  stored bytes differ from their hash
        ├── CheckFailed              a check failed, so nothing was sealed
        │   └── WithdrawnBefore      the observations are those of a withdrawn release
        ├── Refused                  not allowed by permission, policy or disclosure control
        └── Misconfigured            a setting or the machine does not support the request
            └── PartMissing          an optional dependency is not installed

Every error says what is wrong, where, and what to do. Messages are English templates, which are also the keys of the
translations; core/error_text.py translates them and fills in the values. An error never contains a secret or a row of
microdata.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from bongsu.core.error_text import describe_error


def N_(message: str) -> str:
    """Marks `message` for translation; it is translated when it is shown."""
    return message


class BongsuError(Exception):
    """An error: what is wrong (`message`, a template for `values`), where (`where`), and what to do (`fix`).

    `code` names the error in JSON. The command exits with `exit_status`; the web responds with `http_status`.
    """

    # Names of the values that are marked texts themselves and are translated too.
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
    """Another process uses the resource that is needed, such as a port or a lock."""

    code = "busy"


class Unreachable(TryAgain):
    """Another machine did not answer."""

    code = "unreachable"
    exit_status = 69


class Final(BongsuError):
    """The same call will fail again."""

    code = "final"


class BadInput(Final):
    """The input is wrong. `where` names the file and line, or the field."""

    code = "bad-input"
    exit_status = 65
    http_status = 400


class UnknownName(BadInput):
    """A name that does not exist. Make it with `unknown_name`, which adds the nearest names."""

    code = "unknown-name"
    exit_status = 64
    http_status = 404


class NotUnderstood(BadInput):
    """A command line that cannot be parsed."""

    code = "not-understood"
    exit_status = 64


class UnitMismatch(BadInput):
    """Quantities that measure different things cannot be added, compared or converted."""

    code = "unit-mismatch"


class BoundaryMismatch(BadInput):
    """Values of different system boundaries cannot be added or compared."""

    code = "boundary-mismatch"


class Missing(Final):
    """The requested object does not exist."""

    code = "missing"
    exit_status = 66
    http_status = 404


class Damaged(Final):
    """Stored bytes differ from their hash; `where` names the file."""

    code = "damaged"
    exit_status = 74


class CheckFailed(Final):
    """A check failed, so nothing was sealed."""

    code = "check-failed"
    exit_status = 70
    http_status = 422


class WithdrawnBefore(CheckFailed):
    """The observations are those of a withdrawn release, so they were not sealed. A build goes on with the others."""

    code = "withdrawn-before"


class Refused(Final):
    """Not allowed by permission, policy or disclosure control."""

    code = "refused"
    exit_status = 77
    http_status = 403


class Misconfigured(Final):
    """A setting or the machine does not support the request."""

    code = "misconfigured"
    exit_status = 78


class PartMissing(Misconfigured):
    """An optional dependency is not installed; `fix` says how to install it."""

    code = "part-missing"


_SHORT, _ALIKE = 5, 0.6  # letters; the least similarity (difflib's ratio) of a longer name that is suggested


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownName:
    """Returns the error for a `name` that is not in `known`; its fix has the nearest names, at most three.

    A short name is near another one if a single slip makes it of it: two of three letters in common are chance.
    """
    import difflib  # imported here, because every command loads this module and few raise this error

    names = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    written = name.casefold()
    if len(written) <= _SHORT:
        slips = sorted((key for key in folded if _is_slip(written, key)), key=lambda key: key != written)
        near = [folded[key] for key in slips[:3]]
    else:
        near = [folded[key] for key in difflib.get_close_matches(written, folded, n=3, cutoff=_ALIKE)]
    if near:
        fix = N_("Did you mean {near}?")
    elif names and len(names) <= 12:
        near, fix = names, N_("Known: {near}.")
    else:
        fix = ""
    return UnknownName(
        N_("There is no {kind} “{name}”."), where=where, fix=fix, kind=kind, name=name, near=", ".join(near)
    )


def _is_slip(written: str, name: str) -> bool:
    """Whether one letter more, less or other, or two in the wrong order, make a short text of a name."""
    start = _count_same(written, name)
    one, other = written[start:], name[start:]
    end = _count_same(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    is_other_letter = len(one) == len(other) == 1 and len(written) < 3  # of two letters, one in common is chance
    return (len(one) <= 1 and len(other) <= 1 and not is_other_letter) or (len(one) == 2 and one == other[::-1])


def _count_same(one: str, other: str) -> int:
    """Returns how many letters two texts have in common at their start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (first, second) in pairs if first != second), min(len(one), len(other)))


def list_error_classes() -> Iterator[type[BongsuError]]:
    """Yields the classes of the tree above, parents first, for the manual. Subclasses in other modules are left out."""
    queue: list[type[BongsuError]] = [BongsuError]
    while queue:
        kind = queue.pop(0)
        yield kind
        queue.extend(finer for finer in kind.__subclasses__() if finer.__module__ == __name__)
