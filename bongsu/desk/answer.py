"""The answer to a question: cells with a value, a standard error, a status and a reason, and models with their coefficients.

A suppressed cell has the same reason whichever rule hid it, because a reason such as "too few contributors" would reveal
their number. An answer has no timings, no counts of hidden cells and no numbers of records read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bongsu.core.errors import N_

SHOWN = "shown"
PERTURBED = "perturbed"
ROUNDED = "rounded"
SUPPRESSED = "suppressed"
UNDEFINED = "undefined"
REASONS = {
    SHOWN: "",
    PERTURBED: N_("Noise was added for differential privacy; the same question has the same answer."),
    ROUNDED: N_(
        "Rounded to the amount that a few people could change: the exact value could reveal groups that are too small."
    ),
    SUPPRESSED: N_(
        "Not shown: this cell, or one that could be computed from it, has too few people or is dominated by a few."
    ),
    UNDEFINED: N_("The statistic is undefined for this cell, or lies outside the histogram."),
}


@dataclass(frozen=True)
class Cell:
    """One statistic of one cell. `codes`: one code for each dimension of the breakdown; "_T" is the total.

    `noise`: the standard deviation of the noise in the value; None without noise.
    """

    codes: tuple[str, ...]
    statistic: str
    value: float | None
    standard_error: float | None
    status: str
    noise: float | None = None

    def to_data(self, dimensions: tuple[str, ...], language: Any = str) -> dict[str, Any]:
        """Returns the cell as a JSON object; `language` is the function that translates the reason."""
        reason = REASONS[self.status]
        noise = {} if self.noise is None else {"noise": self.noise}
        return {
            **dict(zip(dimensions, self.codes, strict=True)),
            "statistic": self.statistic,
            "value": self.value,
            "standard_error": self.standard_error,
            "status": self.status,
            "reason": language(reason) if reason else "",
            **noise,
        }


@dataclass(frozen=True)
class Term:
    """One term of a model with its coefficient `value`. `noise`: as in a cell."""

    term: str
    value: float
    standard_error: float | None
    noise: float | None = None

    def to_data(self) -> dict[str, Any]:
        """Returns the term as a JSON object."""
        return asdict(self) if self.noise is not None else {k: v for k, v in asdict(self).items() if k != "noise"}


@dataclass(frozen=True)
class Model:
    """One model: its terms, and its sufficient statistics (`moments`) if they protect every contributor, else None.

    `references`: the code of each concept to which the terms' codes are compared.
    """

    statistic: str
    terms: tuple[Term, ...]
    moments: dict[str, Any] | None
    references: Mapping[str, str] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Returns the model as a JSON object."""
        return {
            "statistic": self.statistic,
            "terms": [term.to_data() for term in self.terms],
            "references": dict(self.references),
            "moments": self.moments,
        }


@dataclass(frozen=True)
class Privacy:
    """What an answer with differential privacy cost, in `unit` ("rho" or "epsilon"), and what is left; amounts as text.

    `epsilon`: that of this answer, at `delta` if the unit is rho (else `delta` is 0). `again`: the answer was given before, so
    that it cost nothing now. `max_weight`: larger weights count as this; None: weights were not used.
    """

    unit: str
    cost: str
    epsilon: float
    delta: float
    left: str
    left_of_holding: str
    again: bool
    max_weight: float | None
    records: int


@dataclass(frozen=True)
class Answer:
    """The answer to one question.

    `line`: number of the journal line that records it; `hidden`: codes of the hidden cells; `plan`: number of its plan;
    `default_plan`: whether the node proposed that plan.
    """

    holding: str
    question: str
    dimensions: tuple[str, ...]
    cells: tuple[Cell, ...]
    models: tuple[Model, ...] = ()
    line: int = 0
    hidden: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    privacy: Privacy | None = None
    plan: int | None = None
    default_plan: bool = False

    def to_data(self, language: Any = str) -> dict[str, Any]:
        """Returns the answer as a JSON object; `language` is the function that translates reasons."""
        return {
            "holding": self.holding,
            "question": self.question,
            "dimensions": list(self.dimensions),
            "cells": [cell.to_data(self.dimensions, language) for cell in self.cells],
            "models": [model.to_data() for model in self.models],
            "journal": self.line,
            **({"privacy": asdict(self.privacy)} if self.privacy else {}),
            **({"plan": self.plan} if self.plan else {}),
        }
