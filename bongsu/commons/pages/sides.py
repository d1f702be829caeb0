"""Verdicts side by side: a row for each subject that frameworks ask about, a column for each framework, a reason in each
cell. Nothing is added up across columns: each framework asks another question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bongsu.commons.openness.assessment import Assessment, Cell, State
from bongsu.commons.openness.frameworks import FRAMEWORKS
from bongsu.commons.words import CRITERIA, STATES, SUBJECTS, verdict


class Judged(NamedTuple):
    """A criterion as a cell shows it."""

    criterion: str
    state: State
    said: str
    reason: str
    licence: str
    evidence: str


class Column(NamedTuple):
    """A framework: its name, version, verdict in words, and what it counts (percent by class, or points)."""

    framework: str
    name: str
    version: str
    verdict: str
    counted: str
    warnings: tuple[str, ...]


class Row(NamedTuple):
    """A subject, and what each framework says of it, in the order of the columns."""

    subject: str
    cells: tuple[tuple[Judged, ...], ...]


def columns(found: Sequence[Assessment], translate: Callable[[str], str], language: str) -> list[Column]:
    """A column for each assessment."""
    return [
        Column(
            one.framework,
            FRAMEWORKS[one.framework].to(language),
            one.version,
            verdict(one, language),
            counted(one),
            tuple(warning.said(translate, language) for warning in one.warnings),
        )
        for one in found
    ]


def counted(found: Assessment) -> str:
    """Points of how many, or percent by class: “12.0 / 14”, “III 83 % · II 0 % · I 0 %”."""
    if found.progress:
        roman = {"3": "III", "2": "II", "1": "I"}
        return " · ".join(f"{roman[class_]} {percent:.0f} %" for class_, percent in found.progress.items())
    return "" if found.score is None else f"{found.score:.1f} / {found.out_of:g}"


def table(found: Sequence[Assessment], translate: Callable[[str], str], language: str) -> list[Row]:
    """The rows for those subjects that any of the frameworks asks about."""
    rows = []
    for (subject,), name in SUBJECTS.items():
        cells = tuple(
            tuple(
                _judged(one.framework, cell, translate, language)
                for cell in one.cells
                if CRITERIA[one.framework, cell.criterion].subject == subject
            )
            for one in found
        )
        if any(cells):
            rows.append(Row(name.to(language), cells))
    return rows


def _judged(framework: str, cell: Cell, translate: Callable[[str], str], language: str) -> Judged:
    return Judged(
        CRITERIA[framework, cell.criterion].name.to(language),
        cell.state,
        STATES[cell.state].to(language),
        cell.reason.said(translate, language),
        cell.licence,
        cell.evidence if cell.evidence.startswith(("http://", "https://")) else "",
    )
