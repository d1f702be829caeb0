"""What a framework says about one thing: cells with reasons, a result, and the score where the framework has one.

A cell that nobody knows is `unknown`: it is never counted as a no or as a yes. Left out: comparing frameworks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bongsu.core.text import Text

NO_VALUES: Mapping[str, object] = MappingProxyType({})


class CriterionState(StrEnum):
    """What a cell is. `not-needed` is a criterion that does not apply."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence to translate and its values: plain ones, marked texts, names in three languages, reasons, or several."""

    message: str
    values: Mapping[str, object] = field(default_factory=lambda: NO_VALUES)

    def said(self, translate: Callable[[str], str], language: str) -> str:
        """The sentence in `language`; `translate` knows its marked texts."""
        values = {name: _translate_value(value, translate, language) for name, value in self.values.items()}
        return translate(self.message).format(**values)

    def __str__(self) -> str:
        return self.said(str, "en")


def _translate_value(value: object, translate: Callable[[str], str], language: str) -> object:
    if isinstance(value, Reason):
        return value.said(translate, language)
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, tuple):
        return ", ".join(str(_translate_value(one, translate, language)) for one in value)
    return translate(value) if isinstance(value, str) and value else value


@dataclass(frozen=True, slots=True)
class CriterionCell:
    """One criterion: its id in the framework, the state, why, the licence text that decided, and an address as evidence."""

    criterion: str
    state: CriterionState
    reason: Reason
    licence: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One framework's answer.

    `result` is the framework's own verdict (class-3, unclassified, ...), `score` of `out_of` where it counts points,
    `progress` per class in percent where it has classes.
    """

    framework: str
    version: str
    subject: str
    result: str
    cells: tuple[CriterionCell, ...]
    score: float | None = None
    out_of: float | None = None
    progress: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[Reason, ...] = ()
    mode: str = ""
    as_of: str = ""

    def count(self, state: CriterionState) -> int:
        """How many cells are in this state."""
        return sum(1 for cell in self.cells if cell.state is state)

    def to_json(self) -> dict[str, Any]:
        """For machines: everything, reasons in English."""
        shape: dict[str, Any] = {
            "framework": self.framework,
            "version": self.version,
            "subject": self.subject,
            "result": self.result,
        }
        for name in ("mode", "as_of", "score", "out_of"):
            value = getattr(self, name)
            if value not in ("", None):
                shape[name] = value
        if self.progress:
            shape["progress"] = dict(self.progress)
        shape["cells"] = [
            {
                "criterion": cell.criterion,
                "state": str(cell.state),
                "reason": str(cell.reason),
                **({"licence": cell.licence} if cell.licence else {}),
                **({"evidence": cell.evidence} if cell.evidence else {}),
            }
            for cell in self.cells
        ]
        shape["warnings"] = [str(warning) for warning in self.warnings]
        return shape
