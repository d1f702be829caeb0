"""Answers a question from the protected base of its holding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import MODEL_KINDS, Question, Split, Statistic
from bongsu.desk import cell_statistics
from bongsu.desk.answer import ROUNDED, SHOWN, SUPPRESSED, Answer, Cell, Model
from bongsu.desk.plans.lookup import PlanLookup, find_hidden_cells, is_crossing_shown, outside_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.layout import Layout
    from bongsu.desk.planning import PlannedQuestion
    from bongsu.desk.plans.linked_cells import CellKey
    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.desk.plans.score_sums import ScoreBase
    from bongsu.desk.tally import Tally

    Mask = NDArray[np.bool_]


def answer_from_plan(
    planned: PlannedQuestion, base: ProtectedBase, count: Callable[[PlannedQuestion], Tally]
) -> Answer:
    """Answers a question inside the plan. `count`: fetches its table. Raises Refused for a question outside the plan."""
    question = planned.question
    lookup, measures = _look_up(planned, base)
    tally = count(planned)
    hidden, parts = find_hidden_cells(lookup, question, tally.layout, measures)
    _refuse_sums_of_shared(planned, parts)
    models: tuple[Model, ...] = ()
    if any(statistic.kind in MODEL_KINDS for statistic in question.statistics):
        if hidden.any():
            raise Refused(N_("The population has too few people, so no result is shown."))
        if any(base.scores[name].rounded for name in measures.values() if name in base.scores):
            raise Refused(
                N_("A model with these scores would reveal a group of too few people."),
                fix=N_("Ask for the means of the score, by the concepts of the model."),
            )
        models = tuple(
            _keep_moments(planned, lookup, model, measures)
            for model in cell_statistics.evaluate_models(tally, planned.policy)
        )
    scores = {name: base.scores[plan_name] for name, plan_name in measures.items() if plan_name in base.scores}
    cells = cell_statistics.evaluate_cells(tally, hidden, planned.policy, from_plan=True)
    shown = tuple(_show_scores(cells, question, tally, scores, parts))
    concealed = tuple(tally.layout.codes(int(cell)) for cell in np.flatnonzero(hidden))
    names = tuple(split.concept for split in question.breakdown)
    return Answer(
        question.holding,
        question.id,
        names,
        shown,
        models,
        hidden=concealed,
        plan=base.number,
        default_plan=base.default,
    )


def needs_comparison(planned: PlannedQuestion, base: ProtectedBase | None) -> bool:
    """Whether a question uses scores that the plan, if there is one, does not have. A default plan cannot know them."""
    known = {source for _, source in base.plan.scores} if base else set()
    scores = dict(planned.question.scores)
    return any(scores[name] not in known for name in _list_measures(planned) if name in scores)


def hide_by_plan(planned: PlannedQuestion, base: ProtectedBase, layout: Layout) -> Mask:
    """Returns a mask of the cells of a table over several nodes that this node's plan hides, so that no sum has them.

    `layout`: with the codes of every node. A code that the holding does not have has no cell to hide. Raises Refused for a
    question outside the plan.
    """
    lookup, measures = _look_up(planned, base)
    hidden, parts = find_hidden_cells(lookup, planned.question, layout, measures)
    _refuse_sums_of_shared(planned, parts)
    return np.asarray(hidden & np.array([bool(each) for each in parts], bool))


def _look_up(planned: PlannedQuestion, base: ProtectedBase) -> tuple[PlanLookup, dict[str, str]]:
    """Returns the published cells, and the names in the plan of the measures that a question uses.

    Raises Refused if the plan does not have one of them, or a table that a statistic is computed from.
    """
    question, lookup = planned.question, PlanLookup(base, planned.codes)
    measures = {name: _name_in_plan(question, base, name) for name in _list_measures(planned)}
    for statistic in question.statistics:
        _check_crossings(planned, lookup, statistic, measures)
    return lookup, measures


def _refuse_sums_of_shared(planned: PlannedQuestion, parts: Sequence[Sequence[CellKey]]) -> None:
    """Raises Refused for a sum of cells if contributors can have records in several: it would tell how many these are."""
    design = planned.sums.survey.design
    if (design.contributor or design.repeated) and any(len(each) > 1 for each in parts):
        raise Refused(
            N_("A contributor can have records in several cells, so sums of cells of the plan are not shown."),
            fix=N_("Ask for cells of the plan, without a condition that joins several of them."),
        )


def _list_measures(planned: PlannedQuestion) -> list[str]:
    """Returns the measures and scores of a question; terms that are numbers too."""
    survey, scores = planned.sums.survey, dict(planned.question.scores)
    named: list[str] = []
    for each in planned.question.statistics:
        numbers = [term for term in each.terms if term in scores or survey.variable(term).kind != "code"]
        named += [each.of, *numbers]
    return [name for name in dict.fromkeys(named) if name]


def _name_in_plan(question: Question, base: ProtectedBase, name: str) -> str:
    """Returns the name that a measure or a score has in the plan. Raises Refused if the plan does not have it."""
    scores = dict(question.scores)
    known = [one for one, source in base.plan.scores if source == scores[name]] if name in scores else [name]
    found = next((one for one in known if one in base.plan.measures), None)
    if found is None:
        raise outside_plan(question, [], name)
    return found


def _check_crossings(
    planned: PlannedQuestion, lookup: PlanLookup, statistic: Statistic, measures: dict[str, str]
) -> None:
    """Raises Refused if the plan does not publish the finer table that a statistic is computed from."""
    question, measure = planned.question, measures.get(statistic.of, "")
    wanted: list[Sequence[Split]] = []
    if statistic.over and statistic.between:
        wanted.append((*question.breakdown, statistic.over, Split(statistic.between[0])))
    wanted += _pairs_of_terms(planned, statistic)
    for splits in wanted:
        shown = is_crossing_shown(lookup, question.where, splits, measure)
        if shown is None:
            raise outside_plan(question, [split.concept for split in splits], measure)
        if not shown:  # its value would be one more equation in cells that are hidden
            raise Refused(
                N_("This statistic is computed from cells that the plan hides: {cells}."),
                fix=N_("Ask for it over fewer dimensions, higher levels or fewer codes."),
                cells=" × ".join([*(split.concept for split in splits), *([measure] if measure else [])]),
            )


def _pairs_of_terms(planned: PlannedQuestion, statistic: Statistic) -> list[Sequence[Split]]:
    """Returns the tables that a model is computed from: its terms that are codes, in pairs, or all together."""
    survey, scores = planned.sums.survey, dict(planned.question.scores)
    terms = [Split(term) for term in statistic.terms if term not in scores and survey.variable(term).kind == "code"]
    pairs: list[Sequence[Split]] = [(term,) for term in terms]
    pairs += [(one, other) for i, one in enumerate(terms) for other in terms[:i]]
    # Least squares use pairs of terms only; the equations of other models have every combination in them.
    return [*pairs, tuple(terms)] if statistic.kind == "glm" and len(terms) > 2 else pairs


def _keep_moments(planned: PlannedQuestion, lookup: PlanLookup, model: Model, measures: dict[str, str]) -> Model:
    """Returns the model, with its moments only if every table that they are is shown."""
    statistic = next(each for each in planned.question.statistics if each.name == model.statistic)
    tables = _pairs_of_terms(planned, statistic)
    whole = len(tables) > 0 and all(
        is_crossing_shown(lookup, planned.question.where, splits, measures[statistic.of]) for splits in tables
    )
    return model if whole else replace(model, moments=None)


def _show_scores(
    cells: Iterator[Cell],
    question: Question,
    tally: Tally,
    scores: dict[str, ScoreBase],
    parts: list[list[CellKey]],
) -> Iterator[Cell]:
    """Yields the cells, with means and totals of scores from the base: the sums of its rounded sums."""
    statistics = {statistic.name: statistic for statistic in question.statistics}
    places = {tally.layout.codes(cell): cell for cell in range(tally.layout.cells)}
    for cell in cells:
        statistic = statistics[cell.statistic]
        base = scores.get(statistic.of)
        if base is None or cell.status == SUPPRESSED:
            yield cell
            continue
        sums = [base.amounts.get(key) for key in parts[places[cell.codes]]]
        if not all(sums):
            yield Cell(cell.codes, cell.statistic, None, None, SUPPRESSED)
            continue
        amount, weight = (sum(one[i] for one in sums if one) for i in (0, 1))
        value = amount if statistic.kind == "total" else amount / weight if weight else None
        if value is None or cell.value is None:
            yield cell
            continue
        error = cell.standard_error
        if base.rounded:
            error = error and cell_statistics.round_up_to_125(error)
        yield Cell(cell.codes, cell.statistic, float(f"{value:.12g}"), error, ROUNDED if base.rounded else SHOWN)
