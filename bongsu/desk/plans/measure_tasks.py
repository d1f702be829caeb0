"""The protection that one table of a plan needs, by a label that is the same in every table. Amounts are not scaled yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bongsu.desk.control import count_task
from bongsu.desk.primary_suppression import bound_largest_sum, has_too_few, is_shown_zero, protection_distance
from bongsu.desk.secondary_suppression import ProtectionTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LabelledTasks = Mapping[str, ProtectionTask]
CONSTANT_DISTANCE = (
    10.0  # per cent: how far from its value the total of equal amounts must seem possible, if p % is off
)


def list_people_tasks(tally: Tally, policy: Policy) -> LabelledTasks:
    """Returns the tasks of the tables of people: counts, and sums of weights.

    A small cell must seem possible from nobody to the minimum, in weights too: that many people of the mean weight.
    """
    people, records = tally.contributors(), tally.records()
    alone = people == 1
    found = {"people": count_task(records, people, policy, is_shown_zero(people, policy), alone)}
    if policy.zeros == "protect":
        # Also protect against a reader who knows which cells must be empty (no employed person is unemployed).
        found["open"] = count_task(records, people, replace(policy, zeros="show"), people == 0, alone)
    if tally.plan.survey.design.weight:
        weights = tally.cells(tally.sums("a"))
        mean = float(tally.sums("aa").sum() / tally.sums("a").sum()) if tally.sums("a").sum() > 0 else 1.0
        few = has_too_few(people, policy)
        up, down = np.where(few, (policy.minimum - people) * mean, 0.0), np.where(few, weights, 0.0)
        found["weight"] = ProtectionTask(weights, up, down, is_shown_zero(people, policy), alone)
    return found


def list_measure_tasks(tally: Tally, name: str, policy: Policy) -> LabelledTasks:
    """Returns the tasks of a measure: those who have a value, those who do not, groups by value, and the total.

    With the total and the mean a reader has the number of people with a value, and so that of people without one.
    """
    people, records = tally.contributors(), tally.records()
    having, with_value = tally.contributors(name), tally.records(name)
    some, with_some = tally.contributors(name, "some"), tally.records(name, "some")
    open_policy = replace(policy, zeros="show")
    fixed = is_shown_zero(people, policy)
    found = {"having": count_task(with_value, having, policy, fixed, having == 1)}
    for label, shown, group in (
        ("without", records - with_value, people - having),
        ("zero", with_value - with_some, having - some),
        ("some", with_some, some),
    ):
        if label == "without" or tally.is_binary(name):  # values of 0 and 1 make a group of people and the others
            found[label] = count_task(shown, group, open_policy, group == 0, group == 1)
    total, first, squares = tally.contributions(name)
    largest = bound_largest_sum(first, squares, total, policy.dominance[0] if policy.dominance else 2)
    second = bound_largest_sum(first, squares, total, 2) - first
    needed = protection_distance(total, having, first, second, largest, policy)
    everybody = float(having.max(initial=0.0))
    typical = having * (float(total.max(initial=0.0)) / everybody if everybody else 0.0)
    distance = (policy.p_percent or CONSTANT_DISTANCE) / 100 * np.maximum(total, typical)
    needed = np.where(_is_constant(tally, name, policy), np.maximum(needed, distance), needed)
    found["total"] = ProtectionTask(total, needed, np.minimum(needed, total), fixed, having == 1)
    return found


def _is_constant(tally: Tally, name: str, policy: Policy) -> Mask:
    """Returns a mask of the cells in which all who have a value have the same one, so that the mean is everybody's value.

    Where the policy shows zeros, that all values are 0 may be known too.
    """
    prefix = f"v{tally.plan.variables.index(name)}_"
    has = tally.sums(f"{prefix}n") > 0
    size = int(np.prod(tally.layout.leaf_shape))
    low, high = np.full(size, -np.inf), np.full(size, -np.inf)
    np.maximum.at(high, tally.leaf[has], tally.sums(f"{prefix}high")[has])
    np.maximum.at(low, tally.leaf[has], -tally.sums(f"{prefix}low")[has])
    top, bottom = tally.layout.largest(high), -tally.layout.largest(low)
    same = np.asarray((top == bottom) & np.isfinite(top), bool)
    return same if policy.zeros == "protect" else same & (top != 0)
