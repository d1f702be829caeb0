"""Whether conditions can hold at all, or together: each field's comparisons are sets of values or intervals.

A condition is written as alternatives, each a list of comparisons that must or must not hold; an alternative is possible if,
field by field, something is left to answer. What is not measured here (two fields of one table) counts as possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise, product
from typing import NamedTuple

from bongsu.incubator.eligibility.compare import Limits, Measure, find_limits
from bongsu.incubator.eligibility.document import Condition, list_inner
from bongsu.incubator.eligibility.fields import Field
from bongsu.incubator.forms.answers import measure_bound
from bongsu.incubator.forms.document import find_most, parse_number

MOST_ALTERNATIVES = 400  # above: not solved, and taken as possible
_WHOLE = frozenset({"money", "count", "amounts"})  # measured in whole steps; days are numbers too


class Comparison(NamedTuple):
    """A comparison, and whether it must hold or must not."""

    condition: Condition
    holds: bool


Alternatives = Sequence[tuple[Comparison, ...]]


def list_alternatives(condition: Condition, holds: bool = True) -> Alternatives | None:
    """Returns the ways in which a condition holds, or does not; None if there are too many."""
    inner = [part for _, part in list_inner(condition)]
    if condition.none_of is not None:
        return list_alternatives(condition.none_of, not holds)
    if not inner:
        return [(Comparison(condition, holds),)]
    parts = [list_alternatives(part, holds) for part in inner]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if (condition.any_of is not None) == holds:  # one part is enough
        found = [way for part in known for way in part]
        return found if len(found) <= MOST_ALTERNATIVES else None
    return combine_alternatives(known)


def combine_alternatives(parts: Sequence[Alternatives]) -> Alternatives | None:
    """Returns the ways in which all parts hold together; None if there are too many."""
    count = 1
    for part in parts:
        count *= len(part)
    if count > MOST_ALTERNATIVES:
        return None
    return [tuple(one for way in ways for one in way) for ways in product(*parts)]


def can_hold(alternatives: Alternatives | None, fields: Mapping[str, Field]) -> bool:
    """Whether one of the alternatives is possible; what could not be listed is taken as possible."""
    return alternatives is None or any(_is_possible(way, fields) for way in alternatives)


def _is_possible(way: Sequence[Comparison], fields: Mapping[str, Field]) -> bool:
    by_subject: dict[tuple[str, str], list[Comparison]] = defaultdict(list)
    for one in way:
        op = one.condition.op or ""
        counts = op == "count" or fields[one.condition.field or ""].kind == "file"
        subject = "count" if counts else op if op in ("age-days", "sum") else "value"
        by_subject[one.condition.field or "", subject].append(one)
    return all(
        _is_subject_possible(fields[name], subject, comparisons) for (name, subject), comparisons in by_subject.items()
    )


def _is_subject_possible(field: Field, subject: str, comparisons: Sequence[Comparison]) -> bool:
    limits = [(find_limits(one.condition, field), one.holds) for one in comparisons]
    if field.kind == "file":
        limits = [(found or Limits(Fraction(1), None), holds) for found, holds in limits]
    intervals = [(found, holds) for found, holds in limits if found is not None]
    if intervals:
        return _meet(_find_range(field, subject), intervals, _is_whole(field, subject))
    if field.kind in ("many", "codes"):
        return _choose_several(field, comparisons)
    return _choose_one(field, comparisons)


def _is_whole(field: Field, subject: str) -> bool:
    return subject in ("count", "age-days") or field.kind in _WHOLE or field.kind == "date"


def _find_range(field: Field, subject: str) -> Limits:
    """Returns the least and the most that the form itself allows. An empty list of choices or rows is no answer."""
    if subject == "value" and field.cell is not None:
        ends = [None if end is None else measure_bound(field.cell, end) for end in (field.cell.least, field.cell.most)]
        return Limits(ends[0], ends[1])
    if field.kind == "count":
        return Limits(Fraction(0), None)
    if subject == "count" and field.question is not None:
        none = Fraction(0 if field.kind == "file" else 1)
        return Limits(max(none, parse_number(field.question.least) or none), parse_number(find_most(field.question)))
    return Limits(None, None)


def _meet(within: Limits, intervals: Sequence[tuple[Limits, bool]], whole: bool) -> bool:
    """Whether a value lies within, in every interval that must hold, and outside every other.

    It is enough to try the ends of the intervals, and a value beside and between them.
    """
    ends = [end for limits in (within, *(limits for limits, _ in intervals)) for end in limits if end is not None]
    measures = sorted({_number(end) for end in ends})
    if whole:
        tried = {end + step for end in measures for step in (-1, 0, 1)}
    else:
        middles = {(one + other) / 2 for one, other in pairwise(measures)}
        tried = {*measures, *middles, *(end + step for end in (measures[:1] + measures[-1:]) for step in (-1, 1))}
    tried = tried or {Fraction(0)}
    plain = [(_plain(limits), holds) for limits, holds in [(within, True), *intervals]]
    return any(all(limits.allow(value) == holds for limits, holds in plain) for value in tried)


def _number(end: Measure) -> Fraction:
    return Fraction(end.toordinal()) if isinstance(end, date) else end


def _plain(limits: Limits) -> Limits:
    """Returns limits whose days are numbers."""
    return Limits(*(None if end is None else _number(end) for end in limits))


def _list_values(condition: Condition) -> frozenset[object]:
    return frozenset(condition.value if isinstance(condition.value, tuple) else [condition.value])


def _split(comparisons: Sequence[Comparison]) -> tuple[list[frozenset[object]], frozenset[object]]:
    """Returns the sets of which a value must be in each, and the values that it must not be."""
    needed: list[frozenset[object]] = []
    excluded: set[object] = set()
    for condition, holds in comparisons:
        if holds == (condition.op != "not-in"):
            needed.append(_list_values(condition))
        else:
            excluded |= _list_values(condition)
    return needed, frozenset(excluded)


def _choose_one(field: Field, comparisons: Sequence[Comparison]) -> bool:
    needed, excluded = _split(comparisons)
    known: frozenset[object] | None = frozenset(field.values) or None
    if field.kind == "consent":
        known = frozenset({True, False})
    sets = needed + ([known] if known else [])
    return not sets or bool(frozenset.intersection(*sets) - excluded)


def _choose_several(field: Field, comparisons: Sequence[Comparison]) -> bool:
    """Whether some choices, at least one, have a member in every needed set, and none that is excluded."""
    needed, excluded = _split(comparisons)
    known = frozenset(field.values) or None
    sets = [(one & known if known else one) - excluded for one in needed]
    return all(sets) and not (known and not known - excluded)
