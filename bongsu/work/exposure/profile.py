"""Computes mean exposure, share of employment by class and coverage, with intervals, from employment by occupation.

Scores and classes belong to unit groups (four digits). Employment is often published at two digits or one, and its split over
the unit groups inside is unknown. The split is modelled by a Dirichlet distribution: its mean is the unweighted mean over the
scored unit groups; its variance, which gives the 80 % interval, is fitted to known splits (DIRICHLET_CONCENTRATION). If the
split of both sexes at two digits is known, it is the mean of each sex's split (`split_major_groups`). A mean has no class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Z90
from bongsu.work.exposure.classes import CLASSES

# Dirichlet parameter by number of digits: 1 is a flat distribution, less concentrates employment in fewer unit groups.
# Two and three digits: fitted to the United States (OEWS 2024). One digit: such that the interval contains the mean of 80 %
# of the 141 countries whose split at two digits is known. tests/golden/test_work_numbers.py derives each value.
DIRICHLET_CONCENTRATION = {1: 0.22, 2: 0.53, 3: 0.70}
# Squared difference of the mean scores of women and men of one major group, over the variance of the scores of its sub-major
# groups: such that intervals by sex hold 80 % of the means known from microdata. tests/golden/test_work_sexes.py derives it.
SEX_SPLIT_SPREAD = 0.30


@dataclass(frozen=True)
class GroupScores:
    """The scores of the unit groups in one group: how many have a score, their mean, its variance, and class shares (0 to 1).

    `mean_variance_share`: variance of a weighted mean over the group, as a share of the variance over its unit groups (0 to 1).
    `share_variances`: variances of the class shares, where they do not follow from it.
    """

    scored: int
    mean: float
    variance: float
    shares: Mapping[str, float]
    mean_variance_share: float
    share_variances: Mapping[str, float] = field(default_factory=dict)

    def share_variance(self, label: str) -> float:
        """Returns the variance of the share of a class."""
        share = self.shares[label]
        return self.share_variances.get(label, share * (1 - share) * self.mean_variance_share)


@dataclass(frozen=True)
class ValueInterval:
    """A value with its 80 % interval; `low` and `high` equal the value if it is certain."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ExposureProfile:
    """Mean exposure (0 to 1) and share by class (0 to 1) of the employment that has a score; `coverage` is the share (0 to 1)
    of employment that has one."""

    mean: ValueInterval
    shares: Mapping[str, ValueInterval]
    coverage: float


def summarise_group(unit_scores: Mapping[str, float], unit_classes: Mapping[str, str], code: str) -> GroupScores | None:
    """Summarises the unit groups that begin with `code`, equally weighted; returns None if none has a score.

    The variance is the variance of the score over the k unit groups divided by k a + 1: that of a weighted mean with Dirichlet
    weights of parameter a (DIRICHLET_CONCENTRATION). It is 0 for a single unit group.
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


def split_major_groups(
    persons: Mapping[str, float],
    both: Mapping[str, float],
    detail: Mapping[str, float],
    groups: Mapping[str, GroupScores | None],
) -> dict[str, GroupScores | None]:
    """Returns the scores of major groups whose split over sub-major groups is known for both sexes together.

    `persons`: of one sex (or of both), by major group; `both`: of both sexes; `detail`: amounts of both by sub-major group. A
    major group has the mean of its sub-major groups weighted by `detail`. Its variance is that of the unknown splits inside the
    sub-major groups, and (1 - f)² SEX_SPLIT_SPREAD times the variance of their means, with f the share of `persons` in `both`:
    women who are almost all of a group are split as the group is. Groups without detail are those of `groups`.
    """
    return {
        code: _split_group(code, amount / both[code] if both.get(code) else 1.0, detail, groups) or groups.get(code)
        for code, amount in persons.items()
    }


def _split_group(
    code: str, part: float, detail: Mapping[str, float], groups: Mapping[str, GroupScores | None]
) -> GroupScores | None:
    inside = [
        (amount, one) for sub, amount in detail.items() if sub[:1] == code and amount > 0 and (one := groups.get(sub))
    ]
    total = math.fsum(amount for amount, _ in inside)
    if not total:
        return None
    weights = [(amount / total, one) for amount, one in inside]
    between = (1 - part) ** 2 * SEX_SPLIT_SPREAD

    def combine(values: list[float], variances: list[float]) -> tuple[float, float]:
        mean = math.fsum(w * value for (w, _), value in zip(weights, values, strict=True))
        spread = math.fsum(w * (value - mean) ** 2 for (w, _), value in zip(weights, values, strict=True))
        return mean, between * spread + math.fsum(w * w * v for (w, _), v in zip(weights, variances, strict=True))

    mean, variance = combine([one.mean for _, one in weights], [one.variance for _, one in weights])
    shares = {
        label: combine([one.shares[label] for _, one in weights], [one.share_variance(label) for _, one in weights])
        for label in CLASSES
    }
    return GroupScores(
        sum(one.scored for _, one in weights),
        mean,
        variance,
        {label: share for label, (share, _) in shares.items()},
        0.0,
        {label: spread for label, (_, spread) in shares.items()},
    )


def build_profile(employment: Mapping[str, float], groups: Mapping[str, GroupScores | None]) -> ExposureProfile | None:
    """Computes the profile of employment by group (persons, hours or shares, all in one unit); None if no group has a score.

    The interval is normal, with the sum of the groups' variances: the splits of groups are assumed independent.
    Raises BadInput for employment that is negative or not finite.
    """
    for code, amount in employment.items():
        if not (math.isfinite(amount) and amount >= 0):
            raise BadInput(
                N_("Employment must be 0 or a positive number: {code} has {amount}."), code=code, amount=amount
            )
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
        shares[label] = _weighted_mean(weights, parts, [one.share_variance(label) for one in found])
    return ExposureProfile(mean, shares, covered / total)


def _weighted_mean(weights: list[float], values: list[float], variances: list[float]) -> ValueInterval:
    value = math.fsum(w * v for w, v in zip(weights, values, strict=True))
    width = Z90 * math.sqrt(math.fsum(w * w * v for w, v in zip(weights, variances, strict=True)))
    return ValueInterval(value, max(0.0, value - width), min(1.0, value + width))
