"""Scores: of a review, from its answered criteria; of an application, from the reviews that count. Exact fractions throughout.

Beside the score, and never instead of it, stand the median, the lowest and highest, and the mean after each reviewer's own
level is taken out. Left out: who may see which of them (the access table).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from bongsu.core.errors import N_, BadInput

LEAST_WEIGHT = Fraction(1, 2)  # of a review that counts: the weight of its answered criteria


@dataclass(frozen=True)
class Criterion:
    """A criterion: its scale from `least` to `most` in whole points, its weight, and whether “not applicable” is an answer."""

    key: str
    least: int
    most: int
    weight: int
    may_be_left: bool = False


@dataclass(frozen=True)
class Review:
    """A submitted review: points by criterion, None for “not applicable”."""

    reviewer: str
    application: str
    points: Mapping[str, int | None]


@dataclass(frozen=True)
class ApplicationScore:
    """The score of an application: the mean of its `counted` reviews; None without one. `centred` is shown beside it."""

    application: str
    counted: int
    mean: Fraction | None
    median: Fraction | None
    lowest: Fraction | None
    highest: Fraction | None
    centred: Fraction | None


def check_points(criteria: Sequence[Criterion], points: Mapping[str, object]) -> dict[str, int | None]:
    """Returns the points of a review. Raises BadInput for an unknown or missing criterion, or points off the scale."""
    if unknown := sorted(points.keys() - {each.key for each in criteria}):
        raise BadInput(N_("“{key}” is not a criterion of this call."), key=unknown[0])
    read: dict[str, int | None] = {}
    for criterion in criteria:
        value = points.get(criterion.key)
        if value is None and (criterion.key not in points or not criterion.may_be_left):
            raise BadInput(N_("“{key}” needs points."), key=criterion.key)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not criterion.least <= value <= criterion.most
        ):
            raise BadInput(
                N_("“{key}” takes whole points from {least} to {most}."),
                key=criterion.key,
                least=criterion.least,
                most=criterion.most,
            )
        read[criterion.key] = value
    return read


def score_review(criteria: Sequence[Criterion], points: Mapping[str, int | None]) -> Fraction | None:
    """Returns the mean of the answered criteria by weight; None if less than half of the weight was answered.

    Points are on the scales as they are: a call that mixes scales says so on its page.
    """
    answered = [(each.weight, value) for each in criteria if (value := points.get(each.key)) is not None]
    weight = sum(weight for weight, _ in answered)
    if not weight or weight < LEAST_WEIGHT * sum(each.weight for each in criteria):
        return None
    return Fraction(sum(weight * value for weight, value in answered), weight)


def score_applications(
    criteria: Sequence[Criterion], reviews: Iterable[Review], applications: Iterable[str]
) -> dict[str, ApplicationScore]:
    """Returns the score of each application, also of those without reviews."""
    by_application: dict[str, list[tuple[str, Fraction]]] = {name: [] for name in applications}
    by_reviewer: dict[str, list[Fraction]] = defaultdict(list)
    for review in reviews:
        score = score_review(criteria, review.points)
        if score is not None and review.application in by_application:
            by_application[review.application].append((review.reviewer, score))
            by_reviewer[review.reviewer].append(score)
    all_scores = [score for scores in by_reviewer.values() for score in scores]
    overall = _mean(all_scores) if all_scores else Fraction(0)
    levels = {reviewer: _mean(scores) for reviewer, scores in by_reviewer.items()}
    return {
        name: _summarise(name, [score for _, score in rows], [score - levels[who] + overall for who, score in rows])
        for name, rows in by_application.items()
    }


def _summarise(name: str, scores: list[Fraction], centred: list[Fraction]) -> ApplicationScore:
    if not scores:
        return ApplicationScore(name, 0, None, None, None, None, None)
    return ApplicationScore(name, len(scores), _mean(scores), median(scores), min(scores), max(scores), _mean(centred))


def _mean(scores: Sequence[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)
