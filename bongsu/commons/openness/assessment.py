"""The assessment of an entry by one framework: its criteria with reasons, a result, and a score if the framework has one.

A criterion without information is `unknown` and never counts as a yes or a no. Left out: comparing frameworks.
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
    """The state of a criterion. `not-needed`: it does not apply."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence to translate and its values: plain values, msgids, names in three languages, reasons, or tuples of these."""

    message: str
    values: Mapping[str, object] = field(default_factory=lambda: NO_VALUES)

    def translated(self, translate: Callable[[str], str], language: str) -> str:
        """Returns the sentence in `language`; `translate` translates msgids to it."""
        values = {name: _translate_value(value, translate, language) for name, value in self.values.items()}
        return translate(self.message).format(**values)

    def __str__(self) -> str:
        return self.translated(str, "en")


def _translate_value(value: object, translate: Callable[[str], str], language: str) -> object:
    if isinstance(value, Reason):
        return value.translated(translate, language)
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, tuple):
        return ", ".join(str(_translate_value(one, translate, language)) for one in value)
    return translate(value) if isinstance(value, str) and value else value


@dataclass(frozen=True, slots=True)
class CriterionCell:
    """A criterion: its id in the framework, its state, the reason, the licence text that decided, and the URL of evidence."""

    criterion: str
    state: CriterionState
    reason: Reason
    licence: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment by one framework.

    `result` is the framework's own verdict (class-3, unclassified, ...). `score` of `out_of` are points, if it counts points;
    `progress` is the percentage reached per class, if it has classes.
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
        """Returns the number of criteria in this state."""
        return sum(1 for cell in self.cells if cell.state is state)

    def to_json(self) -> dict[str, Any]:
        """Returns the whole assessment as plain values for JSON, with reasons in English."""
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
