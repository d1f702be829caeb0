"""What one contributor can change, from declarations alone: codes, bounds of numbers, weights and records. No data are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import TYPE_CHECKING

from bongsu.core.document_shape import join_place
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.desk.layout import UNKNOWN
from bongsu.store.microdata.whole_sums import WEIGHT_STEPS, WholeNumber, WholeSum
from bongsu.store.tables.definitions import code_lists

if TYPE_CHECKING:
    from bongsu.core.mapping import Survey, Variable
    from bongsu.core.microdata_question import Question
    from bongsu.desk.private.rules import PrivateRules

Scores = Mapping[str, Mapping[str, float]]

NUMBER_STEPS = 2**15  # of half the range of a number
MODEL_STEPS = 2**10  # the same in a model, whose sums have two of them as factors


def list_declared_codes(survey: Survey, concepts: Iterable[str]) -> dict[str, list[str]]:
    """Returns the declared codes of each concept, sorted, UNKNOWN included; for a number, UNKNOWN alone.

    Raises BadInput for a concept whose codes are not declared, because the codes that occur would reveal people.
    """
    return {concept: [*_declared_codes(survey.variable(concept)), UNKNOWN] for concept in concepts}


def _declared_codes(variable: Variable) -> list[str]:
    if variable.kind != "code":
        return []
    written = {code.rjust(variable.width, "0") for _, code in variable.codes}
    listed = {code.id for code in code_lists()[variable.code_list].codes} if variable.code_list else set()
    known = written & listed if written and listed else written | listed
    if not known:
        raise BadInput(
            N_("The codes of “{concept}” are not declared, so mode “private” cannot use it."),
            where=variable.concept,
            fix=N_("Give “code_list” or “codes” in the mapping: the codes that occur in the data would reveal people."),
            concept=variable.concept,
        )
    return sorted(code for code in known if not code.startswith("_") and len(code) >= variable.width)


def find_bounds(survey: Survey, rules: PrivateRules, scores: Scores, name: str) -> tuple[float, float]:
    """Returns the declared (low, high) of a number: of the rules, else of the mapping; of a score, those of its public numbers.

    Raises BadInput for a number without bounds.
    """
    if name in scores:
        numbers = [float(number) for number in scores[name].values()]
        return min(numbers), max(numbers)
    if name in rules.bounds:
        return rules.bounds[name]
    variable = survey.variable(name)
    if variable.low is None or variable.high is None or variable.low >= variable.high:
        raise BadInput(
            N_("“{concept}” has no bounds, so mode “private” cannot use it."),
            where=f"policy.private.bounds.{name}",
            fix=N_("Declare them in the mapping, from what is known without the data: {concept} = [0, 10000]."),
            concept=name,
        )
    return variable.low, variable.high


def check_bounds(survey: Survey, rules: PrivateRules, where: str = "") -> None:
    """Raises UnknownName for bounds of a number that the mapping does not have."""
    numbers = [each.concept for each in survey.variables if each.kind != "code"]
    for name in rules.bounds:
        if name not in numbers:
            place = join_place(where, f"policy.private.bounds.{name}")
            raise unknown_name(N_("measure of this holding"), name, numbers, where=place)


def list_unusable(survey: Survey, rules: PrivateRules) -> list[str]:
    """Returns the concepts that questions cannot use, because their codes or bounds are not declared."""
    found = []
    for variable in survey.variables:
        try:
            if variable.kind == "code":
                _declared_codes(variable)
            elif not variable.edges:  # quantiles and histograms need no bounds
                find_bounds(survey, rules, {}, variable.concept)
        except BadInput:
            found.append(variable.concept)
    return found


def count_in_steps(
    survey: Survey, name: str, bounds: tuple[float, float], steps: int = NUMBER_STEPS, centre: float | None = None
) -> WholeNumber:
    """Returns how a number is counted in whole steps from `centre` (the middle, if None). A whole number keeps steps of 1."""
    low, high = bounds
    whole = name in {each.concept for each in survey.variables if each.kind == "integer"} and low == int(low)
    if centre is None:
        centre = float((low + high) // 2) if whole else (low + high) / 2
    reach = max(high - centre, centre - low)
    if reach == 0:  # a score with one value
        return WholeNumber(name, low, high, centre, 1.0, 0)
    step = 1.0 if whole and reach <= steps else reach / steps
    return WholeNumber(name, low, high, centre, step, ceil(reach / step - 1e-9))


def bound_change(each: WholeSum, records: int, *, weights: bool) -> int:
    """Returns the most by which one contributor can change the cells of a sum together, in whole steps."""
    most = WEIGHT_STEPS if each.weighted and weights else 1
    for one in each.factors:
        most *= one.most
    return records * most


def count_records(survey: Survey, question: Question, rules: PrivateRules) -> int:
    """Returns the most records of one contributor that a question counts.

    Without an id, one; if contributors recur in periods, one in each period of the question. Raises BadInput if the periods are
    not declared.
    """
    if survey.design.contributor:
        return rules.records
    if survey.design.repeated:
        every = list_declared_codes(survey, [survey.design.repeated])[survey.design.repeated]
        asked = next((c.codes for c in question.where if c.concept == survey.design.repeated), every)
        return len(set(asked))
    return 1
