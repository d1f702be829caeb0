"""What a holding's answers have shown: tables as sums over people. The desk's memory is read from the journal as these.

Left out: what follows from several of them together (differencing.py), and which cells a new table shares with old ones
(previously_released.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bongsu.core.microdata_question import MODEL_KINDS, Condition, Question, Split

if TYPE_CHECKING:
    from bongsu.desk.policy import Policy
    from bongsu.store.logs.journal import Journal
    from bongsu.store.microdata.expressions import SumPlan


@dataclass(frozen=True)
class ReleasedTable:
    """A question that was answered (or is about to be): what it broke the population down by, and which cells are hidden.

    `variables`: those whose totals, means or distributions it shows; without any it shows people alone.
    """

    where: tuple[Condition, ...]
    breakdown: tuple[Split, ...]
    margins: bool
    hidden: frozenset[tuple[str, ...]]
    variables: frozenset[str] = frozenset()
    totals: frozenset[str] = frozenset()  # those of which the total is shown, not the mean alone

    @classmethod
    def of(cls, question: Question, hidden: Sequence[Sequence[str]], *, moments: bool = False) -> list[ReleasedTable]:
        """The tables that an answer shows: its own and, for a model whose moments are shown, every pair of its terms."""
        variables = frozenset(statistic.of for statistic in question.statistics if statistic.of)
        totals = frozenset(
            statistic.of for statistic in question.statistics if statistic.of and statistic.kind == "total"
        )
        concealed = frozenset(map(tuple, hidden))
        found = [cls(question.where, question.breakdown, question.margins, concealed, variables, totals)]
        if moments:
            terms = sorted({term for statistic in question.statistics for term in statistic.terms})
            pairs: list[tuple[str, ...]] = [*combinations(terms, 2)] or [(term,) for term in terms]
            nothing: frozenset[tuple[str, ...]] = frozenset()
            found += [cls(question.where, tuple(map(Split, pair)), True, nothing, variables) for pair in pairs]
        return found

    @classmethod
    def everybody(cls) -> ReleasedTable:
        """The number of records of the whole holding, which is listed."""
        return cls((), (), True, frozenset())

    @property
    def concepts(self) -> set[str]:
        """The concepts that it used."""
        return {c.concept for c in self.where} | {split.concept for split in self.breakdown}


def read_released_tables(journal: Journal, question: Question, plan: SumPlan, policy: Policy) -> list[ReleasedTable]:
    """What was answered of this holding, each table once; a question about concepts that are gone is left out.

    Under noise only models count: their coefficients have none.
    """
    concepts = {variable.concept for variable in plan.survey.variables}
    found: dict[ReleasedTable, None] = {}
    if not policy.noise and not plan.survey.design.frequency:
        found[ReleasedTable.everybody()] = None  # `bongsu hold list` says how many records there are
    for line in journal.lines():
        if line.event == "answered" and line.subject == question.holding:
            earlier = Question.from_data(line.detail["question"])
            if policy.noise and not any(statistic.kind in MODEL_KINDS for statistic in earlier.statistics):
                continue
            for table in ReleasedTable.of(earlier, line.detail["hidden"], moments=line.detail["moments"]):
                if table.concepts <= concepts:
                    found[table] = None
    return list(found)
