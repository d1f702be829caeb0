"""Employment by occupation at any level -> mean exposure, share of employment by class, and coverage, with intervals.

Scores and classes belong to unit groups (four digits). Employment often comes at two digits or one: how it splits over
the unit groups inside is not known. The split is taken as drawn from a Dirichlet law: its mean is the unweighted mean over the
scored unit groups, and its spread, which gives the 80 % interval, comes from splits that are known (CONCENTRATION). A mean
score is never given a class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Z90
from bongsu.work.exposure.classes import CLASSES

# The Dirichlet law's parameter by the digits of a group: 1 would be a flat law, less gathers employment in fewer unit groups.
# Two and three digits: as gathered as in the United States (OEWS 2024). One digit: so that the interval holds the mean of 80 %
# of the 141 countries whose split at two digits is known. tests/golden/test_work_numbers.py works each out.
DIRICHLET_CONCENTRATION = {1: 0.22, 2: 0.53, 3: 0.70}


@dataclass(frozen=True)
class GroupScores:
    """What is known of one group of unit groups: how many have a score, their mean score, its variance, class shares.

    `spread`: variance of a weighted mean of a quantity over the group, as a share of the quantity's variance over unit groups.
    """

    scored: int
    mean: float
    variance: float
    shares: Mapping[str, float]
    spread: float


@dataclass(frozen=True)
class ValueInterval:
    """A value with its 80 % interval; low and high are the value where nothing is uncertain."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ExposureProfile:
    """Of the employment that has a score: mean exposure (0 to 1) and share by class (0 to 1); `coverage` is its share (0 to 1)
    in all employment."""

    mean: ValueInterval
    shares: Mapping[str, ValueInterval]
    coverage: float


def summarise_group(unit_scores: Mapping[str, float], unit_classes: Mapping[str, str], code: str) -> GroupScores | None:
    """The unit groups that begin with `code`, each counted alike; None where none has a score.

    The variance is the score's variance over the k unit groups divided by k a + 1: that of a weighted mean whose weights are
    drawn from a Dirichlet law with parameter a (CONCENTRATION). A single unit group has none.
    """
    inside = [unit for unit in unit_scores if unit.startswith(code)]
    if not inside:
        return None
    count = len(inside)
    mean = math.fsum(unit_scores[unit] for unit in inside) / count
    spread = 1 / (count * DIRICHLET_CONCENTRATION.get(len(code), 1.0) + 1)
    variance = math.fsum((unit_scores[unit] - mean) ** 2 for unit in inside) / count * spread
    shares = {label: sum(unit_classes.get(unit) == label for unit in inside) / count for label in CLASSES}
    return GroupScores(count, mean, variance, shares, spread)


def build_profile(employment: Mapping[str, float], groups: Mapping[str, GroupScores | None]) -> ExposureProfile | None:
    """The profile of employment by group (persons, hours or shares: any one unit); None where nothing has a score.

    The interval adds the groups' variances, as if one group's split said nothing of another's, and takes the normal law.
    Raises BadInput for employment that is negative or not finite.
    """
    for code, amount in employment.items():
        if not (math.isfinite(amount) and amount >= 0):
            raise BadInput(N_("Employment must be a number from 0: {code} has {amount}."), code=code, amount=amount)
    known = [(amount, one) for code, amount in employment.items() if (one := groups.get(code)) is not None]
    total, covered = math.fsum(employment.values()), math.fsum(amount for amount, _ in known)
    if covered <= 0:
        return None
    weights = [amount / covered for amount, _ in known]
    found = [one for _, one in known]
    mean = _weighted_mean(weights, [one.mean for one in found], [one.variance for one in found])
    shares: dict[str, ValueInterval] = {}
    for label in CLASSES:
        parts = [one.shares[label] for one in found]
        spread = [part * (1 - part) * one.spread for part, one in zip(parts, found, strict=True)]
        shares[label] = _weighted_mean(weights, parts, spread)
    return ExposureProfile(mean, shares, covered / total)


def _weighted_mean(weights: list[float], values: list[float], variances: list[float]) -> ValueInterval:
    value = math.fsum(w * v for w, v in zip(weights, values, strict=True))
    width = Z90 * math.sqrt(math.fsum(w * w * v for w, v in zip(weights, variances, strict=True)))
    return ValueInterval(value, max(0.0, value - width), min(1.0, value + width))
