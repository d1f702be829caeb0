"""How a long action says how far it is. The terminal draws a bar; a job writes it to its record."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Stage(Protocol):
    """Counts completed steps of a stage."""

    def __call__(self, steps: int = 1) -> None: ...


class Progress(Protocol):
    """Is told what a long action does. Texts are marked for translation and have places for `values`."""

    def stage(self, title: str, total: int, **values: object) -> AbstractContextManager[Stage]:
        """Begins a stage with `total` steps."""
        ...

    def note(self, text: str, **values: object) -> None:
        """Notes something that happened, such as a release that was sealed."""
        ...


class Silence:
    """A progress that nobody follows."""

    def stage(self, title: str, total: int, **values: object) -> AbstractContextManager[Stage]:
        """Counts nothing."""
        return nullcontext(lambda steps=1: None)

    def note(self, text: str, **values: object) -> None:
        """Notes nothing."""
