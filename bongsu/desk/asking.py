"""The desk itself: takes a question, asks the engine, controls what comes back, remembers, answers or refuses.

Four lines of the journal are possible for a question: asked, and then answered or refused, with the reason. An error that
the engine raises is not passed on, for it could quote a record; neither are timings. Releases are made of the same
answers: there is no second door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.errors import N_, BadInput, BongsuError, Final, Missing, Refused, unknown
from bongsu.core.microdata import MODELS, Question
from bongsu.core.question import Selection
from bongsu.desk import evaluate
from bongsu.desk.answer import Answer
from bongsu.desk.atoms import Atoms
from bongsu.desk.control import hidden_cells, proven
from bongsu.desk.differencing import discloses
from bongsu.desk.known import known
from bongsu.desk.policy import Policy
from bongsu.desk.shown import Shown
from bongsu.desk.tally import tally
from bongsu.store.disk.files import locked
from bongsu.store.microdata import expressions

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.node import Node

    # An engine: the answer to an expression over a holding and tables of scores.
    Run = Callable[[ir.Table, Any, Mapping[str, pa.Table]], pa.Table]


class Desk:
    """The desk of one node. `run` answers expressions: DuckDB here, or store/microdata/spark.py on a cluster."""

    def __init__(self, node: Node, holdings: Holdings, run: Run = expressions.run) -> None:
        self._node = node
        self._holdings = holdings
        self._run = run

    def ask(self, question: Question, scores: Mapping[str, Mapping[str, float]] | None = None) -> Answer:
        """The answer. `scores`: numbers by code for the question's scores; without it they come from the releases.

        Raises UnknownName or BadInput for what the holding does not have, Refused for what may not be known.
        """
        self._node.journal.append("asked", question.holding, id=question.id, question=question.data())
        # One at a time: two questions that are asked at once are compared with each other too.
        with locked(self._node.root / "holdings" / ".desk.lock"):
            return self._asked(question, scores)

    def _asked(self, question: Question, scores: Mapping[str, Mapping[str, float]] | None) -> Answer:
        journal = self._node.journal
        try:
            holding = self._holdings.get(question.holding)
            answer, moments = self._answer(question, holding, scores)
        except BongsuError as error:
            journal.append("refused", question.holding, id=question.id, reason=error.message, code=error.code)
            raise
        except Exception:  # noqa: BLE001 (whatever it says may quote a record: it ends here)
            reason = N_("The question could not be answered.")
            journal.append("refused", question.holding, id=question.id, reason=reason, code=Final.code)
            raise Final(reason, fix=N_("The reason is not shown, for it could quote a record.")) from None
        line = journal.append(
            "answered",
            holding.name,
            id=question.id,
            question=question.data(),
            hidden=[list(codes) for codes in answer.hidden],
            moments=moments,
        )
        return replace(answer, line=line.number)

    def _answer(
        self, question: Question, holding: Holding, scores: Mapping[str, Mapping[str, float]] | None
    ) -> tuple[Answer, bool]:
        plan = expressions.plan(question, self._holdings.survey(holding.name))
        codes = self._holdings.codes(holding.name)
        _codes_are_known(question, codes)
        policy = Policy.of(plan.survey.policy, holding.name)
        tables = {name: self._scores(question, name, scores) for name, _ in question.scores}
        signed = _signed(plan, tables)
        source = self._source(holding)
        found = self._run(expressions.compiled(plan, keys=bool(policy.noise), signed=signed), source, tables)
        if _people(found, plan) < policy.minimum:
            raise Refused(N_("The population has too few people, so nothing of it is shown."))
        strata = self._run(expressions.strata(plan.survey), source, {})
        counted = tally(plan, found, strata, codes, policy)
        before = self._before(question, plan, policy)
        memory = known(question, counted.layout, before, codes)
        hidden = hidden_cells(counted, policy, memory)
        if not policy.noise and not proven(counted, hidden, policy, memory):
            raise Refused(N_("The table cannot be protected, so nothing of it is shown."))
        models = tuple(evaluate.models(counted, policy))
        moments = any(model.moments for model in models)
        concealed = tuple(counted.layout.codes(int(cell)) for cell in np.flatnonzero(hidden))
        if models or not policy.noise:
            new = Shown.of(question, concealed, moments=moments)
            self._compare(plan, before, new, policy, source)
        cells = tuple(evaluate.cells(counted, hidden, policy))
        names = tuple(split.concept for split in question.breakdown)
        return Answer(holding.name, question.id, names, cells, models, hidden=concealed), moments

    def _source(self, holding: Holding) -> Any:
        return self._holdings.dataset(holding) if holding.encrypted else str(self._holdings.path(holding))

    def _compare(
        self, plan: expressions.Plan, before: list[Shown], new: list[Shown], policy: Policy, source: Any
    ) -> None:
        """Raises Refused where this answer and earlier ones together would show too small a group."""
        whole = {variable.concept for variable in plan.survey.variables if variable.kind == "integer"}
        used = tuple(sorted(set().union(*(s.concepts | (s.variables & whole) for s in (*before, *new)))))
        if not used:
            return
        found = self._run(expressions.atoms(plan.survey, used, plan.measures), source, {})
        if discloses(Atoms(found, plan.measures), before, new, policy):
            raise Refused(
                N_("Together with what was answered before, this answer would show a group of too few people."),
                fix=N_("Ask for a population that differs from earlier ones by more people, or not at all."),
            )

    def _before(self, question: Question, plan: expressions.Plan, policy: Policy) -> list[Shown]:
        """What was answered of this holding, each table once; a question about concepts that are gone is left out.

        Under noise only models count: their coefficients have none.
        """
        known = {variable.concept for variable in plan.survey.variables}
        found: dict[Shown, None] = {}
        if not policy.noise and not plan.survey.design.frequency:
            found[Shown.everybody()] = None  # `bongsu hold list` says how many records there are
        for line in self._node.journal.lines():
            if line.event == "answered" and line.subject == question.holding:
                earlier = Question.of(line.detail["question"])
                if policy.noise and not any(statistic.kind in MODELS for statistic in earlier.statistics):
                    continue
                for shown in Shown.of(earlier, line.detail["hidden"], moments=line.detail["moments"]):
                    if shown.concepts <= known:
                        found[shown] = None
        return list(found)

    def _scores(self, question: Question, name: str, given: Mapping[str, Mapping[str, float]] | None) -> pa.Table:
        import pyarrow as pa

        source = dict(question.scores)[name]
        if given is not None:
            if name not in given:
                raise Missing(N_("The scores “{name}” were not handed in."), name=name)
            return pa.table({"code": list(given[name]), "score": pa.array(given[name].values(), pa.float64())})
        release = self._node.releases.current(source.release)
        flow = self._node.releases.structure(release).dataflow
        key = flow.dimension(source.by).id
        selection = Selection.of(flow, source.where)
        free = {dimension.id for dimension in flow.dimensions} - {
            name for name, codes in selection.codes if len(codes) == 1
        }
        if free != {key} or selection.start or selection.end:
            raise BadInput(
                N_("Scores need one code for every dimension of {flow} but “{by}”, and none for that."),
                where=f"scores.{name}.where",
                flow=flow.id,
                by=key,
            )
        rows = self._node.observations(release, selection)
        return rows.select([key, "OBS_VALUE"]).rename_columns(["code", "score"])


def _codes_are_known(question: Question, codes: Mapping[str, list[str]]) -> None:
    """Raises UnknownName for a code that the concept has nowhere in the holding (axes show which it has)."""
    asked = [(f"where.{c.concept}", c.concept, c.codes) for c in question.where]
    asked += [("between", s.between[0], s.between[1:]) for s in question.statistics if s.between]
    for place, concept, wanted in asked:
        for code in wanted:
            if code not in codes.get(concept, ()):
                raise unknown(N_("code of this concept"), code, codes[concept], where=place)


def _people(found: pa.Table, plan: expressions.Plan) -> int:
    """Contributors of the whole population, before any table is laid out."""
    if plan.period:
        periods: Counter[Any] = Counter()
        rows: Any = found.select([plan.period, "n"]).to_pylist()
        for row in rows:
            periods[row[plan.period]] += row["n"]
        return max(periods.values(), default=0)
    if "contributor" in found.column_names:
        return len(set(found["contributor"].to_pylist()))
    return int(sum(n for n in found["n"].to_pylist() if n))


def _signed(plan: expressions.Plan, tables: Mapping[str, pa.Table]) -> frozenset[str]:
    """The variables that may be negative: their contributions are judged by size."""
    found = set()
    for name in plan.variables:
        if name in tables:
            values = [v for v in tables[name]["score"].to_pylist() if v is not None]
            if min(values, default=0) < 0:
                found.add(name)
        elif (low := plan.survey.variable(name).low) is None or low < 0:
            found.add(name)
    return frozenset(found)
