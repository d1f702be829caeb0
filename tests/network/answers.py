"""Answers of desks as documents, for the tests of their combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bongsu.core.microdata_question import Question
from bongsu.network.combine.answers import NodeAnswer, arrange_question, read_answer
from bongsu.network.combine.cells import CombinedCell, combine_cells

Given = Mapping[tuple[str, ...], tuple[float | None, ...]]  # by statistic and codes: value, standard error, noise


def ask(statistics: Sequence[Mapping[str, Any]], breakdown: Sequence[Any] = ()) -> Question:
    """A question."""
    return Question.from_data({"holding": "h", "statistics": list(statistics), "breakdown": list(breakdown)})


def document(given: Given, question: Question, models: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The document of an answer; a value of None is hidden."""
    concepts = [split.concept for split in question.breakdown]
    cells = []
    for (statistic, *codes), (value, *rest) in given.items():
        error, noise = (*rest, None, None)[:2]
        status = "suppressed" if value is None else "shown" if noise is None else "perturbed"
        cell = {**dict(zip(concepts, codes, strict=True)), "statistic": statistic, "status": status}
        cell |= {"value": value, "standard_error": error, "reason": ""} | ({} if noise is None else {"noise": noise})
        cells.append(cell)
    return {
        "holding": "h",
        "question": question.id,
        "dimensions": concepts,
        "cells": cells,
        "models": list(models),
        "journal": 7,
    }


def read(
    question: Question,
    *given: Given,
    codes: Mapping[str, list[str]] | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[NodeAnswer]:
    """The answers of nodes A, B, C ..."""
    layout = arrange_question(question, codes or {})
    names = "ABCDEFGHIJ"[: len(given)]
    return [
        read_answer(name, (groups or {}).get(name, name), document(each, question), question, layout)
        for name, each in zip(names, given, strict=True)
    ]


def combine(
    question: Question,
    *given: Given,
    codes: Mapping[str, list[str]] | None = None,
    groups: Mapping[str, str] | None = None,
    absent: Mapping[str, str] | None = None,
    minimum: int = 3,
) -> dict[tuple[str, ...], CombinedCell]:
    """The combined cells by statistic and codes."""
    layout = arrange_question(question, codes or {})
    found = combine_cells(read(question, *given, codes=codes, groups=groups), question, layout, absent, minimum)
    return {(cell.statistic, *cell.codes): cell for cell in found}
