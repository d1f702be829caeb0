"""The file of a workflow (bongsu.workflow/1): transitions between the states of an application, and who decides.

Names of states, events, actors, guards and effects are texts here; check.py says which do not exist.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from bongsu.core.document_shape import FilledText, convert_document, limit
from bongsu.core.errors import N_
from bongsu.core.text_files import parse_toml
from bongsu.incubator.texts import Key, OfficerTexts, refuse_deep

FORMAT = "bongsu.workflow/1"
DEEPEST = 5
NOT = "not "

Decision = Literal["accept", "wait", "reject"]
Names = Annotated[tuple[FilledText, ...], limit(N_("“{name}” has more than 40 entries."), max_length=40)]


class Struct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file; a field that it does not know is refused."""


class Transition(Struct, frozen=True, kw_only=True):
    """A step from one of some states to another: what causes it, who may, what must hold, what is done, who is told."""

    start: FilledText | Names = msgspec.field(name="from")
    to: FilledText
    event: FilledText
    who: Annotated[Names, limit(N_("“{name}” must not be empty."), min_length=1)]
    guard: Names = ()
    effect: Names = ()
    tell: Names = ()

    @property
    def starts(self) -> tuple[str, ...]:
        """The states from which it goes."""
        return (self.start,) if isinstance(self.start, str) else self.start

    @property
    def wanted(self) -> tuple[tuple[str, bool], ...]:
        """The guards, each with whether it must hold or must not."""
        return tuple(parse_guard(guard) for guard in self.guard)


class Decide(Struct, frozen=True, kw_only=True):
    """Who records a decision, and what must hold; nobody else sees it until the event “release”."""

    who: Annotated[Names, limit(N_("“{name}” must not be empty."), min_length=1)]
    guard: Names = ()


class Workflow(Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["bongsu.workflow/1"]
    id: Key
    title: OfficerTexts
    decide: Decide | None = None
    transition: Annotated[
        tuple[Transition, ...], limit(N_("A workflow has 1 to 200 transitions."), min_length=1, max_length=200)
    ]

    def list_from(self, state: str) -> list[Transition]:
        """Returns the transitions that leave a state, in the order of the file."""
        return [transition for transition in self.transition if state in transition.starts]


def parse_guard(text: str) -> tuple[str, bool]:
    """Returns the name of a guard and whether it must hold: “not round.open” is (“round.open”, False)."""
    return (text.removeprefix(NOT).strip(), False) if text.startswith(NOT) else (text, True)


def parse_workflow(text: str, where: str = "") -> Workflow:
    """Returns the workflow of a file's text. Raises BadInput with the field, or the line of what is not TOML."""
    return read_workflow(parse_toml(text, where), where)


def read_workflow(document: object, where: str = "") -> Workflow:
    """Returns the workflow of a parsed file. Raises BadInput with the field."""
    refuse_deep(document, where, DEEPEST)
    return convert_document(document, Workflow, where)
