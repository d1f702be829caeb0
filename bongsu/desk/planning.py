"""Plans a question before any record is read: the sums it needs, the policy that applies, and the scores it uses.

Not here: fetching the sums (asking.py) and choosing the cells to hide (control.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.microdata_question import Question
from bongsu.core.selection import Selection
from bongsu.desk.policy import Policy
from bongsu.desk.private.bounds import list_declared_codes
from bongsu.store.microdata import expressions

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.node import Node

Scores = Mapping[str, Mapping[str, float]]  # name of the scores -> code -> number


@dataclass(frozen=True)
class PlannedQuestion:
    """A question that was checked against its holding.

    `sums`: the plan of the expression; `codes`: the holding's codes by concept (in mode private, those that are declared);
    `scores`: tables (code, score) by name;
    `values`: the same for the codes that occur in the holding;
    `signed`: the variables that may be negative; `source`: the path or dataset that the engine reads.
    """

    question: Question
    sums: expressions.SumPlan
    codes: Mapping[str, list[str]]
    policy: Policy
    scores: Mapping[str, pa.Table]
    values: Scores
    signed: frozenset[str]
    source: Any


def plan_question(
    node: Node, holdings: Holdings, holding: Holding, question: Question, scores: Scores | None
) -> PlannedQuestion:
    """Plans a question. Raises UnknownName or BadInput if it does not fit the holding, Missing for absent scores."""
    sums = expressions.plan_sums(question, holdings.survey(holding.name))
    policy = Policy.from_data(sums.survey.policy, holding.name)
    if policy.private:
        codes = list_declared_codes(sums.survey, _list_concepts(sums))
    else:
        _refuse_histograms(question)
        codes = holdings.codes(holding.name)
    _check_codes(question, codes)
    tables = {name: _score_table(node, question, name, scores) for name, _ in question.scores}
    source = holdings.dataset(holding) if holding.encrypted else str(holdings.path(holding))
    values = {name: _values_by_code(tables[name], codes[each.by]) for name, each in question.scores}
    for name, found in values.items():
        if not found:  # everything would be hidden, and stay hidden in later answers
            raise BadInput(
                N_("The scores “{name}” have no number for any code of the holding."), where=f"scores.{name}", name=name
            )
    return PlannedQuestion(question, sums, codes, policy, tables, values, _signed_variables(sums, tables), source)


def _list_concepts(sums: expressions.SumPlan) -> list[str]:
    """Returns the concepts whose codes a question uses."""
    used = [split.concept for split in sums.splits] + [c.concept for c in sums.question.where]
    return sorted({*used, *(source.by for _, source in sums.question.scores)})


def _refuse_histograms(question: Question) -> None:
    if any(statistic.kind == "histogram" for statistic in question.statistics):
        raise BadInput(
            N_("Only a holding in mode “private” answers with a histogram."),
            where="statistics",
            fix=N_("Ask for quantiles, or break down by bands of a whole number."),
        )


def check_terms(planned: PlannedQuestion) -> None:
    """Raises BadInput for a model whose terms are partly codes and partly numbers, which only mode private can fit."""
    survey, scores = planned.sums.survey, dict(planned.question.scores)
    for number, statistic in enumerate(planned.question.statistics):
        kinds = {term in scores or survey.variable(term).kind != "code" for term in statistic.terms}
        if len(kinds) > 1:
            raise BadInput(
                N_("The terms of a model must be all codes, or all numbers."),
                where=f"statistics[{number}].terms",
                fix=N_("Leave out one kind, or add the numbers to the holding as codes, such as bands."),
            )


def _check_codes(question: Question, codes: Mapping[str, list[str]]) -> None:
    """Raises UnknownName for a code that does not occur in the holding (axes show which codes do), or is not declared."""
    asked = [(f"where.{c.concept}", c.concept, c.codes) for c in question.where]
    asked += [("between", s.between[0], s.between[1:]) for s in question.statistics if s.between]
    for place, concept, wanted in asked:
        for code in wanted:
            if code not in codes.get(concept, ()):
                raise unknown_name(N_("code of this concept"), code, codes[concept], where=place)


def _score_table(node: Node, question: Question, name: str, given: Scores | None) -> pa.Table:
    """Returns a table (code, score) of the scores `name`: from `given`, else from the release that the question names."""
    import pyarrow as pa

    source = dict(question.scores)[name]
    if given is not None:
        if name not in given:
            raise Missing(N_("The scores “{name}” are missing."), name=name)
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
            N_(
                "The conditions must select one code for every dimension of {flow} except “{by}”, and no code for “{by}”."
            ),
            where=f"scores.{name}.where",
            flow=flow.id,
            by=key,
        )
    selection.check_codes(node.releases.structure(release))
    found = node.usable_observations(release, selection)
    if found.flagged:
        raise BadInput(
            N_("{count} scores of {release} are flagged and not to be relied on: {codes}."),
            where=f"scores.{name}.release",
            fix=N_("Send scores of your own with the question."),
            count=len(found.flagged),
            release=release.name,
            codes=", ".join(row[key] for row in found.flagged[:5]),
        )
    return pa.table(
        {
            "code": pa.array([row[key] for row in found.rows], pa.string()),
            "score": pa.array([row["OBS_VALUE"] for row in found.rows], pa.float64()),
        }
    )


def _values_by_code(table: pa.Table, codes: list[str]) -> dict[str, float]:
    known: dict[Any, Any] = dict(zip(table["code"].to_pylist(), table["score"].to_pylist(), strict=True))
    return {code: float(known[code]) for code in codes if known.get(code) is not None}


def _signed_variables(sums: expressions.SumPlan, tables: Mapping[str, pa.Table]) -> frozenset[str]:
    """Returns the variables that may be negative; the rules use the absolute value of their contributions."""
    found = set()
    for name in sums.variables:
        if name in tables:
            values = [v for v in tables[name]["score"].to_pylist() if v is not None]
            if min(values, default=0) < 0:
                found.add(name)
        elif (low := sums.survey.variable(name).low) is None or low < 0:
            found.add(name)
    return frozenset(found)
