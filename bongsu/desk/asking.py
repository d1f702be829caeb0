"""The desk: plans a question, fetches sums, protects the table, computes the answer, and records each step in the journal.

The journal gets one line "asked" for a question, then one line "answered", or "refused" with the reason. Errors of the engine
are not passed on, because their text could quote a record; neither are timings. Releases are built from the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.errors import N_, BongsuError, Final, Refused
from bongsu.core.microdata_question import Question, Split
from bongsu.desk import cell_statistics
from bongsu.desk.answer import Answer
from bongsu.desk.atoms import Atoms
from bongsu.desk.centring import needs_centred_sums
from bongsu.desk.control import choose_hidden_cells, is_protected, protection_tasks
from bongsu.desk.differencing import discloses_group
from bongsu.desk.planning import PlannedQuestion, Scores, check_terms, plan_question
from bongsu.desk.plans.answering import answer_from_plan, needs_comparison
from bongsu.desk.plans.protected_base import lock_desk
from bongsu.desk.plans.setting import list_all_shown, read_or_solve_base, read_usable_base
from bongsu.desk.previously_released import find_previous_cells
from bongsu.desk.private.answers import answer_privately
from bongsu.desk.released_tables import ReleasedTable, read_released_tables
from bongsu.desk.score_codes import ScoreCodes, count_by_score
from bongsu.desk.tally import Tally, build_tally, count_contributors
from bongsu.store.microdata import expressions

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.store.node import Node

    # An engine: runs an expression on a holding and tables of scores, and returns the result.
    Run = Callable[[ir.Table, Any, Mapping[str, pa.Table]], pa.Table]


class Desk:
    """The desk of one node. `run` runs expressions: DuckDB by default, or store/microdata/spark.py on a cluster.

    `by` names in the journal who asks.
    """

    def __init__(self, node: Node, holdings: Holdings, run: Run = expressions.run_expression, by: str = "") -> None:
        self._node = node
        self._holdings = holdings
        self._run = run
        self._by = by

    def ask(self, question: Question, scores: Scores | None = None) -> Answer:
        """Answers a question. `scores`: numbers by code for the question's scores; by default they are read from releases.

        Raises UnknownName or BadInput if the question does not fit the holding, Refused if the answer would disclose too much.
        """
        journal = self._node.journal
        by = {"by": self._by} if self._by else {}
        journal.append("asked", question.holding, id=question.id, question=question.to_data(), **by)
        with lock_desk(self._node):
            try:
                answer, kept = self._answer(question, scores)
            except BongsuError as error:
                journal.append("refused", question.holding, id=question.id, reason=error.message, code=error.code)
                raise
            except Exception:  # noqa: BLE001 (its message may quote a record, so it is not passed on)
                reason = N_("The question could not be answered.")
                journal.append("refused", question.holding, id=question.id, reason=reason, code=Final.code)
                raise Final(reason, fix=N_("The reason is not shown because it could quote a record.")) from None
            line = journal.append(
                "answered",
                question.holding,
                id=question.id,
                question=question.to_data(),
                hidden=[list(codes) for codes in answer.hidden],
                **kept,
            )
            return replace(answer, line=line.number)

    def _answer(self, question: Question, scores: Scores | None) -> tuple[Answer, dict[str, Any]]:
        """Plans a question and answers it by the mode of its holding. Returns (the answer, what the journal keeps of it)."""
        holding = self._holdings.get(question.holding)
        planned = plan_question(self._node, self._holdings, holding, question, scores)
        private = planned.policy.private
        if private:
            return answer_privately(self._node, holding, planned, private, self._run, self._by)
        check_terms(planned)

        # A holding of which nothing but scores was asked gets no default plan: it would be one more thing to compare with.
        base = read_usable_base(self._node, self._holdings, holding)
        if (base is None or base.default) and needs_comparison(planned, base):
            return self._compare(planned, base)
        base = base or read_or_solve_base(self._node, self._holdings, self, holding)
        return answer_from_plan(planned, base, self.count_table), {"plan": base.number}

    def _compare(self, planned: PlannedQuestion, base: ProtectedBase | None) -> tuple[Answer, dict[str, Any]]:
        """Answers a question with scores that are in no plan: protects its table, and compares it with all that was shown."""
        question, policy = planned.question, planned.policy
        counted = self.count_table(planned)
        # Every listed code occurs, so as many people as codes would be one each. One code must be able to have the minimum.
        listed = max((len(set(condition.codes)) for condition in question.where), default=0)
        if count_contributors(counted.table, planned.sums) < policy.minimum + max(0, listed - 1):
            raise Refused(N_("The population has too few people, so no result is shown."))
        counted = replace(counted, scores=self._count_by_scores(planned))

        released = [
            *read_released_tables(self._node.journal, question, planned.sums),
            *(list_all_shown(base) if base else ()),
        ]
        previous = find_previous_cells(question, counted.layout, released, planned.codes)
        tasks = tuple(protection_tasks(counted, policy, previous))
        hidden = choose_hidden_cells(counted.layout, tasks, policy, previous)
        if not is_protected(counted.layout, tasks, hidden):
            raise Refused(N_("The table cannot be protected, so no result is shown."))
        concealed = tuple(counted.layout.codes(int(cell)) for cell in np.flatnonzero(hidden))

        models = tuple(cell_statistics.evaluate_models(counted, policy))
        moments = any(model.moments for model in models)
        shown = ReleasedTable.from_answer(question, concealed, moments=moments, scores=planned.values)
        self.refuse_disclosure(planned, released, shown)
        cells = tuple(cell_statistics.evaluate_cells(counted, hidden, policy))
        names = tuple(split.concept for split in question.breakdown)
        answer = Answer(question.holding, question.id, names, cells, models, hidden=concealed)
        return answer, {"moments": moments, **({"scores": planned.values} if question.scores else {})}

    def count_table(self, planned: PlannedQuestion, *, extremes: bool = False) -> Tally:
        """Fetches the sums of a question and arranges them as its table. `extremes`: with the smallest and largest values."""
        groups = self._fetch_sums(planned, extremes=extremes)
        if needs_centred_sums(planned.sums, groups):
            groups = self._fetch_sums(planned, centred=True, extremes=extremes)
        strata = self._run(expressions.strata_expression(planned.sums.survey), planned.source, {})
        return build_tally(planned.sums, groups, strata, planned.codes, planned.policy)

    def _fetch_sums(self, planned: PlannedQuestion, *, centred: bool = False, extremes: bool) -> pa.Table:
        sums = expressions.sum_expression(planned.sums, signed=planned.signed, centred=centred, extremes=extremes)
        return self._run(sums, planned.source, planned.scores)

    def _count_by_scores(self, planned: PlannedQuestion) -> dict[str, ScoreCodes]:
        """Counts the people of each cell by the codes of each score that the question uses."""
        found, plan = {}, planned.sums
        names = {name for each in planned.question.statistics for name in (each.of, *each.terms)}
        for name, source in planned.question.scores:
            if name in names:
                split = Split(source.by)
                splits = plan.splits if split in plan.splits else (*plan.splits, split)
                counts = replace(
                    plan, splits=splits, variables=(), models=(), question=replace(plan.question, scores=())
                )
                tally = self.count_table(replace(planned, sums=counts))
                found[name] = count_by_score(tally, source.by, planned.values[name])
        return found

    def refuse_disclosure(
        self, planned: PlannedQuestion, released: Sequence[ReleasedTable], new: Sequence[ReleasedTable]
    ) -> None:
        """Raises Refused if this answer and earlier ones together would reveal a group that is too small."""
        plan = planned.sums
        whole = {variable.concept for variable in plan.survey.variables if variable.kind == "integer"}
        used = tuple(sorted(set().union(*(table.concepts | (table.variables & whole) for table in (*released, *new)))))
        if not used:
            return
        groups = self._run(expressions.atom_expression(plan.survey, used, plan.measures), planned.source, {})
        if discloses_group(Atoms(groups, plan.measures), released, new, planned.policy):
            raise Refused(
                N_("Combined with earlier answers, this answer would reveal a group of too few people."),
                fix=N_("Ask for the same population as before, or for one that differs from it by more people."),
            )
