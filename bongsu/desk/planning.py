"""Everything that a question needs before any record is read: which sums, under which policy, with which scores.

Left out: reading sums (asking.py) and deciding which cells may be shown (control.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.microdata_question import Question
from bongsu.core.selection import Selection
from bongsu.desk.policy import Policy
from bongsu.store.microdata import expressions

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.node import Node

Scores = Mapping[str, Mapping[str, float]]  # numbers by code, by the name of the scores


@dataclass(frozen=True)
class PlannedQuestion:
    """A question that fits its holding.

    `sums`: the expression's plan; `codes`: the holding's codes by concept; `scores`: tables (code, score) by name;
    `signed`: the variables that may be negative; `source`: what the engine reads, a path or a dataset.
    """

    question: Question
    sums: expressions.SumPlan
    codes: Mapping[str, list[str]]
    policy: Policy
    scores: Mapping[str, pa.Table]
    signed: frozenset[str]
    source: Any


def plan_question(
    node: Node, holdings: Holdings, holding: Holding, question: Question, scores: Scores | None
) -> PlannedQuestion:
    """Plans a question. Raises UnknownName or BadInput for what the holding does not have, Missing for absent scores."""
    sums = expressions.plan_sums(question, holdings.survey(holding.name))
    codes = holdings.codes(holding.name)
    _check_codes(question, codes)
    policy = Policy.of(sums.survey.policy, holding.name)
    tables = {name: _score_table(node, question, name, scores) for name, _ in question.scores}
    source = holdings.dataset(holding) if holding.encrypted else str(holdings.path(holding))
    return PlannedQuestion(question, sums, codes, policy, tables, _signed_variables(sums, tables), source)


def _check_codes(question: Question, codes: Mapping[str, list[str]]) -> None:
    """Raises UnknownName for a code that the concept has nowhere in the holding (axes show which it has)."""
    asked = [(f"where.{c.concept}", c.concept, c.codes) for c in question.where]
    asked += [("between", s.between[0], s.between[1:]) for s in question.statistics if s.between]
    for place, concept, wanted in asked:
        for code in wanted:
            if code not in codes.get(concept, ()):
                raise unknown_name(N_("code of this concept"), code, codes[concept], where=place)


def _score_table(node: Node, question: Question, name: str, given: Scores | None) -> pa.Table:
    """(code, score) of the scores `name`: those handed in, else those of the release that the question names."""
    import pyarrow as pa

    source = dict(question.scores)[name]
    if given is not None:
        if name not in given:
            raise Missing(N_("The scores “{name}” were not handed in."), name=name)
        return pa.table({"code": list(given[name]), "score": pa.array(given[name].values(), pa.float64())})
    release = node.releases.current(source.release)
    flow = node.releases.structure(release).dataflow
    key = flow.dimension(source.by).id
    selection = Selection.parse(flow, source.where)
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
    rows = node.observations(release, selection)
    return rows.select([key, "OBS_VALUE"]).rename_columns(["code", "score"])


def _signed_variables(sums: expressions.SumPlan, tables: Mapping[str, pa.Table]) -> frozenset[str]:
    """The variables that may be negative: their contributions are judged by size."""
    found = set()
    for name in sums.variables:
        if name in tables:
            values = [v for v in tables[name]["score"].to_pylist() if v is not None]
            if min(values, default=0) < 0:
                found.add(name)
        elif (low := sums.survey.variable(name).low) is None or low < 0:
            found.add(name)
    return frozenset(found)
