"""What a run of a duty or a build reports: a text and its values, which are translated when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bongsu.core.error_text import describe_error
from bongsu.core.errors import N_, BongsuError


@dataclass(frozen=True)
class Report:
    """A text with the parts of an error's text. An empty one says that there was nothing to do."""

    message: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    where: str = ""
    fix: str = ""
    code: str = ""

    TEXTS: ClassVar[tuple[str, ...]] = BongsuError.TEXTS

    @classmethod
    def of_error(cls, error: Exception) -> Report:
        """Returns what an error says; of one that is not Bongsu's own, its type too."""
        if isinstance(error, BongsuError):
            return cls(error.message, error.values, where=error.where, fix=error.fix, code=error.code)
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return cls(N_("An unexpected error: {reason}"), {"reason": text})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Returns the report that `to_json` made."""
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        """Returns the report as it is stored."""
        values = {name: value if isinstance(value, int | float) else str(value) for name, value in self.values.items()}
        return {
            "message": self.message,
            "values": values,
            "where": self.where,
            "fix": self.fix,
            "code": self.code,
        }

    def describe(self, translate: Callable[[str], str]) -> str:
        """Returns the report on one line, in the language of `translate`."""
        return describe_error(self, translate).sentence if self.message else ""
