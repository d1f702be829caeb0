"""Verdicts side by side: a row for each subject that frameworks ask about, a column for each framework, a reason in each
cell. Nothing is added up across columns: each framework asks another question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bongsu.commons.display_names import NAMED_CRITERIA, STATE_NAMES, SUBJECT_NAMES, result_name
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES


class ComparisonCell(NamedTuple):
    """A criterion as a cell shows it."""

    criterion: str
    state: CriterionState
    said: str
    reason: str
    licence: str
    evidence: str


class FrameworkColumn(NamedTuple):
    """A framework: its name, version, verdict in words, and what it counts (percent by class, or points)."""

    framework: str
    name: str
    version: str
    verdict: str
    counted: str
    warnings: tuple[str, ...]


class SubjectRow(NamedTuple):
    """A subject, and what each framework says of it, in the order of the columns."""

    subject: str
    cells: tuple[tuple[ComparisonCell, ...], ...]


def framework_columns(
    found: Sequence[Assessment], translate: Callable[[str], str], language: str
) -> list[FrameworkColumn]:
    """A column for each assessment."""
    return [
        FrameworkColumn(
            one.framework,
            FRAMEWORK_NAMES[one.framework].to(language),
            one.version,
            result_name(one, language),
            score_text(one),
            tuple(warning.said(translate, language) for warning in one.warnings),
        )
        for one in found
    ]


def score_text(found: Assessment) -> str:
    """Points of how many, or percent by class: “12.0 / 14”, “III 83 % · II 0 % · I 0 %”."""
    if found.progress:
        roman = {"3": "III", "2": "II", "1": "I"}
        return " · ".join(f"{roman[class_]} {percent:.0f} %" for class_, percent in found.progress.items())
    return "" if found.score is None else f"{found.score:.1f} / {found.out_of:g}"


def subject_rows(found: Sequence[Assessment], translate: Callable[[str], str], language: str) -> list[SubjectRow]:
    """The rows for those subjects that any of the frameworks asks about."""
    rows = []
    for (subject,), name in SUBJECT_NAMES.items():
        cells = tuple(
            tuple(
                _comparison_cell(one.framework, cell, translate, language)
                for cell in one.cells
                if NAMED_CRITERIA[one.framework, cell.criterion].subject == subject
            )
            for one in found
        )
        if any(cells):
            rows.append(SubjectRow(name.to(language), cells))
    return rows


def _comparison_cell(
    framework: str, cell: CriterionCell, translate: Callable[[str], str], language: str
) -> ComparisonCell:
    return ComparisonCell(
        NAMED_CRITERIA[framework, cell.criterion].name.to(language),
        cell.state,
        STATE_NAMES[cell.state].to(language),
        cell.reason.said(translate, language),
        cell.licence,
        cell.evidence if cell.evidence.startswith(("http://", "https://")) else "",
    )
