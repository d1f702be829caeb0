"""A table that compares frameworks: a row for each subject, a column for each framework, a reason in each cell.

Columns are never added up, because the frameworks ask different questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bongsu.commons.display_names import NAMED_CRITERIA, STATE_NAMES, SUBJECT_NAMES, result_name
from bongsu.commons.openness.assessment import Assessment, CriterionCell, CriterionState
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES


class ComparisonCell(NamedTuple):
    """A criterion as shown in a cell."""

    criterion: str
    state: CriterionState
    state_name: str
    reason: str
    licence: str
    evidence: str


class FrameworkColumn(NamedTuple):
    """A framework: its name, version, verdict in words, and score (percent by class, or points)."""

    framework: str
    name: str
    version: str
    verdict: str
    counted: str
    warnings: tuple[str, ...]


class SubjectRow(NamedTuple):
    """A subject and the criteria of each framework on it, in the order of the columns."""

    subject: str
    cells: tuple[tuple[ComparisonCell, ...], ...]


def framework_columns(
    found: Sequence[Assessment], translate: Callable[[str], str], language: str
) -> list[FrameworkColumn]:
    """Returns a column for each assessment."""
    return [
        FrameworkColumn(
            one.framework,
            FRAMEWORK_NAMES[one.framework].to(language),
            one.version,
            result_name(one, language),
            score_text(one),
            tuple(warning.translated(translate, language) for warning in one.warnings),
        )
        for one in found
    ]


def score_text(found: Assessment) -> str:
    """Formats a score as points or as percent by class: “12.0 / 14”, “III 83 % · II 0 % · I 0 %”."""
    if found.progress:
        roman = {"3": "III", "2": "II", "1": "I"}
        return " · ".join(f"{roman[class_]} {percent:.0f} %" for class_, percent in found.progress.items())
    return "" if found.score is None else f"{found.score:.1f} / {found.out_of:g}"


def subject_rows(found: Sequence[Assessment], translate: Callable[[str], str], language: str) -> list[SubjectRow]:
    """Returns a row for each subject that has a criterion in at least one of the frameworks."""
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
        cell.reason.translated(translate, language),
        cell.licence,
        cell.evidence if cell.evidence.startswith(("http://", "https://")) else "",
    )
