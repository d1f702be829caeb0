"""The tables that earlier answers about a holding have shown, read from the journal.

Not here: what can be computed from several of them together (differencing.py), and which cells a new table shares with earlier
ones (previously_released.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from bongsu.core.microdata_question import Condition, Question, Split

if TYPE_CHECKING:
    from bongsu.store.logs.journal import Journal
    from bongsu.store.microdata.expressions import SumPlan


class ShownScore(NamedTuple):
    """A score of the concept `by`: the numbers by code, and whether its total is shown. Without numbers, they are unknown."""

    by: str
    values: tuple[tuple[str, float], ...]
    total: bool


@dataclass(frozen=True)
class ReleasedTable:
    """A table that an answer shows: its conditions, its breakdown, and its hidden cells.

    `variables`: the variables whose totals, means or distributions it shows; if empty, it shows counts of people only.
    """

    where: tuple[Condition, ...]
    breakdown: tuple[Split, ...]
    margins: bool
    hidden: frozenset[tuple[str, ...]]
    variables: frozenset[str] = frozenset()
    totals: frozenset[str] = frozenset()  # the variables whose total is shown
    scores: frozenset[ShownScore] = frozenset()  # the scores among the variables

    @classmethod
    def from_answer(
        cls,
        question: Question,
        hidden: Sequence[Sequence[str]],
        *,
        moments: bool = False,
        scores: Mapping[str, Mapping[str, float]] | None = None,
    ) -> list[ReleasedTable]:
        """Returns the tables that an answer shows: its own and, if it shows a model's moments, one for each pair of terms."""
        variables = frozenset(statistic.of for statistic in question.statistics if statistic.of)
        totals = frozenset(
            statistic.of for statistic in question.statistics if statistic.of and statistic.kind == "total"
        )
        concealed = frozenset(map(tuple, hidden))
        shown = _shown_scores(question, totals, scores or {})
        found = [cls(question.where, question.breakdown, question.margins, concealed, variables, totals, shown)]
        if moments:
            terms = sorted({term for statistic in question.statistics for term in statistic.terms})
            pairs: list[tuple[str, ...]] = [*combinations(terms, 2)] or [(term,) for term in terms]
            nothing: frozenset[tuple[str, ...]] = frozenset()
            found += [cls(question.where, tuple(map(Split, pair)), True, nothing, variables) for pair in pairs]
        return found

    @classmethod
    def whole_holding(cls) -> ReleasedTable:
        """Returns the table of one cell that counts the records of the holding, which `bongsu hold list` shows."""
        return cls((), (), True, frozenset())

    @property
    def concepts(self) -> set[str]:
        """The concepts of its conditions and its breakdown."""
        parts = (self.where, self.breakdown)
        return {each.concept for part in parts for each in part} | {score.by for score in self.scores}


def _shown_scores(
    question: Question, totals: frozenset[str], scores: Mapping[str, Mapping[str, float]]
) -> frozenset[ShownScore]:
    used = {name for each in question.statistics for name in (each.of, *each.terms)}
    return frozenset(
        ShownScore(source.by, tuple(sorted(scores.get(name, {}).items())), name in totals)
        for name, source in question.scores
        if name in used
    )


def read_released_tables(journal: Journal, question: Question, plan: SumPlan) -> list[ReleasedTable]:
    """Returns the tables shown by earlier answers about this holding, each once.

    Skips tables with concepts that the holding no longer has, and answers with noise, which determine nobody.
    """
    concepts = {variable.concept for variable in plan.survey.variables}
    found: dict[ReleasedTable, None] = {}
    if not plan.survey.design.frequency:
        found[ReleasedTable.whole_holding()] = None  # `bongsu hold list` shows the number of records
    for line in journal.lines():
        if line.event == "answered" and line.subject == question.holding and "plan" not in line.detail:
            if "private" in line.detail:
                continue
            earlier = Question.from_data(line.detail["question"])
            for table in ReleasedTable.from_answer(
                earlier, line.detail["hidden"], moments=line.detail["moments"], scores=line.detail.get("scores")
            ):
                if table.concepts <= concepts:
                    found[table] = None
    return list(found)
