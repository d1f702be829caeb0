"""The cells of an event study: employment (or pay, or postings) by occupation, period and optionally group, and exposures.

Cells come from a file tabulated by the institution, or from the desk (without hidden cells). No cell is published: a study
shows coefficients only, and needs at least ten exposed and ten less exposed occupations.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bongsu.core.cell_text import parse_number
from bongsu.core.errors import N_, BadInput, Refused
from bongsu.core.periods import read_period
from bongsu.work.exposure.indices import find_index, scores_by_code_list, scores_by_level
from bongsu.work.impact.fixed_effects import Floats
from bongsu.work.occupations.correspondences import ISCO08
from bongsu.work.occupations.sheets import POINT, NumberSigns, TextSheet

MIN_OCCUPATIONS = 10  # smallest number of occupations on each side, exposed and less exposed
PERSONS_OUTCOME = "persons"
_CELL_NEEDS = N_("A cell needs an occupation and a period such as 2024, 2024-03 or 2024-Q1, all in the same format.")
Texts = npt.NDArray[np.str_]


class PanelColumns(NamedTuple):
    """The names of the columns of a file. `group` may be empty."""

    occupation: str = "occupation"
    period: str = "period"
    outcome: str = PERSONS_OUTCOME
    group: str = ""


@dataclass(frozen=True)
class Exposure:
    """A measure of exposure: its name, the score of every occupation that has one, and its source."""

    name: str
    scores: Mapping[str, float]
    source: str = ""

    def split_occupations(self, occupations: Sequence[str], *, continuous: bool) -> dict[str, float]:
        """Returns the exposure of those of `occupations` that have a score.

        A score with two values becomes 0 (less exposed) and 1 (exposed). Any other becomes 1 for the upper quarter of
        occupations and 0 for the rest, or with `continuous` is divided by its standard deviation, so that indices of any scale
        are comparable. Raises Refused if either side has fewer than ten occupations.
        """
        known = {code: self.scores[code] for code in occupations if code in self.scores}
        values = np.array(list(known.values()))
        few = N_("By “{name}”, fewer than {least} occupations are exposed or less exposed, so no result is shown.")
        if len(np.unique(values)) > 2 and continuous:
            if len(values) < 2 * MIN_OCCUPATIONS:
                raise Refused(few, name=self.name, least=MIN_OCCUPATIONS)
            return {code: score / float(values.std()) for code, score in known.items()}
        edge = float(values.max()) if len(np.unique(values)) == 2 else _upper_quarter(values)
        sides = {code: float(score >= edge) for code, score in known.items()}
        exposed = sum(sides.values())
        if min(exposed, len(sides) - exposed) < MIN_OCCUPATIONS:
            raise Refused(few, name=self.name, least=MIN_OCCUPATIONS)
        return sides


def _upper_quarter(values: Floats) -> float:
    return float(np.quantile(values, 0.75)) if len(values) else math.inf


@dataclass(frozen=True)
class Panel:
    """Cells: occupation, period (ISO 8601 text of one precision), group ("" without groups), outcome (0 or more)."""

    occupation: Texts
    period: Texts
    group: Texts
    outcome: Floats
    where: str = ""

    @property
    def occupations(self) -> list[str]:
        """Every occupation, sorted."""
        return [str(code) for code in np.unique(self.occupation)]

    @property
    def periods(self) -> list[str]:
        """Every period, in order."""
        return [str(period) for period in np.unique(self.period)]

    @property
    def groups(self) -> list[str]:
        """Every group, sorted."""
        return [str(group) for group in np.unique(self.group)]

    def select(self, kept: npt.NDArray[np.bool_]) -> Panel:
        """Returns the cells for which `kept` is true."""
        return Panel(self.occupation[kept], self.period[kept], self.group[kept], self.outcome[kept], self.where)


def build_panel(
    sheet: TextSheet, columns: PanelColumns, known: Collection[str] = (), signs: NumberSigns = POINT
) -> Panel:
    """Reads the cells of a sheet. Raises UnknownName for a missing column, BadInput with the line for an invalid cell.

    Occupations are normalised, as `known` has them. No message quotes an outcome: a cell may be a few persons.
    """
    occupation = sheet.codes(columns.occupation, known)
    period = [_parse_period(text, sheet.place(row)) for row, text in enumerate(sheet.column(columns.period))]
    group = sheet.codes(columns.group) if columns.group else [""] * len(occupation)
    outcome = sheet.numbers(columns.outcome, N_("The outcome must be 0 or a positive number."), signs)
    seen: set[tuple[str, str, str]] = set()
    for row, cell in enumerate(zip(occupation, period, group, strict=True)):
        if not cell[0] or len(cell[1]) != len(period[0]):
            raise BadInput(_CELL_NEEDS, where=sheet.place(row))
        if cell in seen:
            raise BadInput(
                N_("The cell of {occupation} in {period} occurs twice."),
                fix=N_("Sum the cells first, or name the column that distinguishes them with --by."),
                where=sheet.place(row),
                occupation=cell[0],
                period=cell[1],
            )
        seen.add(cell)
    if not seen:
        raise BadInput(N_("The file has no cells."), where=sheet.where)
    return Panel(np.array(occupation), np.array(period), np.array(group), np.array(outcome), sheet.where)


def _parse_period(text: str, where: str) -> str:
    try:
        return read_period(text)
    except BadInput:
        raise BadInput(_CELL_NEEDS, where=where) from None


def exposure_from_column(sheet: TextSheet, columns: PanelColumns, name: str, known: Collection[str] = ()) -> Exposure:
    """Reads a column of the sheet as an exposure. Raises BadInput if an occupation has two values or one is not a number."""
    scores: dict[str, float] = {}
    for row, (code, text) in enumerate(zip(sheet.codes(columns.occupation, known), sheet.column(name), strict=True)):
        if not text:
            continue
        value = parse_number(text)
        if value is None:
            raise BadInput(N_("The exposure “{name}” is not a number."), where=sheet.place(row), name=name)
        if scores.setdefault(code, value) != value:
            raise BadInput(
                N_("The occupation {code} has two values of {name}."), where=sheet.place(row), code=code, name=name
            )
    return Exposure(name, scores, sheet.where)


def exposure_from_file(sheet: TextSheet) -> Exposure:
    """Reads a table (occupation, score) as an exposure named after its file. Raises as `exposure_from_column`."""
    found = exposure_from_column(sheet, PanelColumns(), "score")
    return Exposure(Path(sheet.where).stem, found.scores, sheet.where)


def exposure_from_index(name: str, system: str = ISCO08) -> Exposure:
    """Returns a published index as an exposure by the occupations of the code list `system`. Raises UnknownName.

    For ISCO-08: scores at every level. For another code list: the index's own scores if it uses that list, else the weighted
    mean over the corresponding unit groups.
    """
    index = find_index(name)
    found = scores_by_level(index.id) if system == ISCO08 else scores_by_code_list(index.id, system)
    return Exposure(index.name, found, f"{index.source.origin.attribution} ({index.source.vintage})")
