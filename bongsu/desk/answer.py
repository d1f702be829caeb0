"""What the desk lets out: cells with a value, a standard error, a status and a reason; and nothing else.

A hidden cell says the same whichever rule hid it: to say that it had too few contributors would say how many it had.
Left out: timings, counts of anything hidden, the numbers of records that were read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bongsu.core.errors import N_

SHOWN = "shown"
PERTURBED = "perturbed"
ROUNDED = "rounded"
SUPPRESSED = "suppressed"
UNDEFINED = "undefined"
REASONS = {
    SHOWN: "",
    PERTURBED: N_("Noise was added; the same contributors always get the same noise."),
    ROUNDED: N_(
        "Rounded to what a few people could change, for groups that are too small to be shown could follow from it."
    ),
    SUPPRESSED: N_(
        "Not shown: few people, or a few who dominate, are in this cell or in one that would follow from it."
    ),
    UNDEFINED: N_("The statistic has no value here, or lies outside the histogram."),
}


@dataclass(frozen=True)
class Cell:
    """One statistic of one cell. `codes`: a code for every dimension of the breakdown, "_T" for all."""

    codes: tuple[str, ...]
    statistic: str
    value: float | None
    standard_error: float | None
    status: str

    def data(self, dimensions: tuple[str, ...], language: Any = str) -> dict[str, Any]:
        """For JSON; `language` translates the reason."""
        reason = REASONS[self.status]
        return {
            **dict(zip(dimensions, self.codes, strict=True)),
            "statistic": self.statistic,
            "value": self.value,
            "standard_error": self.standard_error,
            "status": self.status,
            "reason": language(reason) if reason else "",
        }


@dataclass(frozen=True)
class Term:
    """One coefficient of a model."""

    term: str
    value: float
    standard_error: float | None


@dataclass(frozen=True)
class Model:
    """One model: its terms, and its sufficient statistics where they protect every contributor."""

    statistic: str
    terms: tuple[Term, ...]
    moments: dict[str, Any] | None

    def data(self) -> dict[str, Any]:
        """For JSON."""
        terms = [{"term": t.term, "value": t.value, "standard_error": t.standard_error} for t in self.terms]
        return {"statistic": self.statistic, "terms": terms, "moments": self.moments}


@dataclass(frozen=True)
class Answer:
    """The answer to one question. `line`: the journal's line that records it."""

    holding: str
    question: str
    dimensions: tuple[str, ...]
    cells: tuple[Cell, ...]
    models: tuple[Model, ...] = ()
    line: int = 0
    hidden: tuple[tuple[str, ...], ...] = field(default=(), repr=False)

    def data(self, language: Any = str) -> dict[str, Any]:
        """For JSON."""
        return {
            "holding": self.holding,
            "question": self.question,
            "dimensions": list(self.dimensions),
            "cells": [cell.data(self.dimensions, language) for cell in self.cells],
            "models": [model.data() for model in self.models],
            "journal": self.line,
        }
