"""Gets the cells of an event study from a holding by asking the desk, so that hidden cells are not included.

Drops every series (occupation and group) with a hidden cell: a series without its small periods would look like growth.
The questions are ordinary ones: the desk applies its disclosure control and writes them to the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused, unknown_name
from bongsu.core.microdata_question import FORMAT, Question
from bongsu.desk.answer import PERTURBED, SHOWN
from bongsu.store.microdata.expressions import UNKNOWN
from bongsu.work.impact.panel import PERSONS_OUTCOME, Panel, PanelColumns

if TYPE_CHECKING:
    from bongsu.desk.answer import Answer


def cell_questions(holding: str, columns: PanelColumns, groups: Sequence[str]) -> dict[str, Question]:
    """Returns one question for each group (one for "" without groups): the outcome by occupation and period, no margins.

    The outcome `persons` is the sum of weights; any other is the mean of a measure.
    """
    statistic = {"kind": "total"} if columns.outcome == PERSONS_OUTCOME else {"kind": "mean", "of": columns.outcome}
    asked = {
        "format": FORMAT,
        "holding": holding,
        "breakdown": [{"concept": columns.occupation}, {"concept": columns.period}],
        "margins": False,
        "statistics": [statistic],
    }
    if not columns.group:
        return {"": Question.from_data(asked, holding)}
    return {group: Question.from_data({**asked, "where": {columns.group: [group]}}, holding) for group in groups}


def ask_cells(
    ask: Callable[[Question], Answer], holding: str, columns: PanelColumns, codes: Mapping[str, Sequence[str]]
) -> tuple[Panel, int]:
    """Returns (the cells that the desk shows, the number of series dropped). `codes`: the codes of each concept of the holding.

    Raises UnknownName for a concept that the holding does not have, Refused if no series is left.
    """
    for concept in (columns.occupation, columns.period, *filter(None, [columns.group])):
        if concept not in codes:
            raise unknown_name(N_("concept of this holding"), concept, codes, where=holding)
    known = [code for code in codes.get(columns.group, ()) if code != UNKNOWN]
    rows: list[tuple[str, str, str, float]] = []
    left_out = 0
    for group, question in cell_questions(holding, columns, known).items():
        answered = [cell for cell in ask(question).cells if UNKNOWN not in cell.codes]
        open_ = {cell.codes[0] for cell in answered if cell.status not in (SHOWN, PERTURBED)}
        left_out += len(open_)
        rows += [
            (cell.codes[0], cell.codes[1], group, max(0.0, cell.value))
            for cell in answered
            if cell.codes[0] not in open_ and cell.value is not None
        ]
    if not rows:
        raise Refused(N_("The desk shows no series of this holding, so there is nothing to study."), where=holding)
    occupation, period, group_of, outcome = zip(*rows, strict=True)
    return Panel(np.array(occupation), np.array(period), np.array(group_of), np.array(outcome), holding), left_out
