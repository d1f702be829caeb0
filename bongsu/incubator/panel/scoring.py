"""Scores of applications, kept at the end of their reviews, and the ranking of a round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from django.db.models import F

from bongsu.incubator.applications.asking import Asked, find_asked
from bongsu.incubator.calls.check import read_threshold
from bongsu.incubator.calls.document import Call as CallFile
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.models import Application, Reduction, ReviewVersion, Round, Score, Version
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.reviews.ranking import Candidate, RankedRow, draw_line, rank_applications
from bongsu.incubator.reviews.scoring import ApplicationScore, Review, score_applications

RANKED = ("ranked",)


class RankingRow(NamedTuple):
    """An application in the ranking: its place, its score, and what it is granted at most (None: it does not say)."""

    application: Application
    row: RankedRow
    score: ApplicationScore
    asked: Asked | None


def score_round(round_: Round, call: CallFile) -> dict[str, ApplicationScore]:
    """Returns the scores of a round's applications from the newest version of each review; one query."""
    rows = ReviewVersion.objects.filter(assignment__application__round=round_, assignment__state="submitted")
    fields = ("assignment_id", "assignment__reviewer_id", "assignment__application__number", "points")
    newest = {row[0]: row for row in rows.order_by("number").values_list(*fields)}
    reviews = [Review(str(reviewer), number, points) for _, reviewer, number, points in newest.values()]
    return score_applications(call.criteria, reviews, sorted({review.application for review in reviews}))


def count_counting_reviews(application: Application, call: CallFile) -> int:
    """Returns how many reviews of an application count."""
    score = score_round(application.round, call).get(application.number)
    return score.counted if score else 0


def keep_score(application: Application, call: CallFile, now: datetime) -> None:
    """Keeps the score of an application as it is now, inside an action."""
    found = score_round(application.round, call).get(application.number)
    values = {
        name: "" if found is None or getattr(found, name) is None else str(getattr(found, name))
        for name in ("mean", "median", "lowest", "highest", "centred")
    }
    Score.objects.update_or_create(
        application=application, defaults={"counted": found.counted if found else 0, **values, "computed": now}
    )


def read_score(application: Application, score: Score | None) -> ApplicationScore:
    """Returns a kept score as exact fractions."""

    def read(name: str) -> Fraction | None:
        text = getattr(score, name) if score else ""
        return Fraction(text) if text else None

    parts = {name: read(name) for name in ("mean", "median", "lowest", "highest", "centred")}
    return ApplicationScore(application.number, score.counted if score else 0, **parts)


def rank_round(round_: Round, hidden: Iterable[object] = ()) -> list[RankingRow]:
    """Returns the ranking of a round that has closed: ranked applications, with their places on the budget lines.

    `hidden` are ids of applications that the viewer may not know of: they are left out, and so is what they would spend.
    """
    call = read_edition(newest_edition(round_.call)).call
    left_out = list(hidden)
    rows = Application.objects.filter(round=round_, state__in=RANKED).exclude(pk__in=left_out)
    applications = {one.number: one for one in rows.select_related("score", "call", "round")}
    frozen = Version.objects.filter(application__in=applications.values(), frozen=True).order_by("stage")
    asked = {version.application_id: find_asked(call, version.answers) for version in frozen}
    for reduction in Reduction.objects.filter(application__in=applications.values(), stage=F("application__stage")):
        if found := asked.get(reduction.application_id):
            asked[reduction.application_id] = Asked(found.line, min(found.amount, reduction.amount))
    scores = {number: read_score(one, getattr(one, "score", None)) for number, one in applications.items()}
    if left_out:  # the level of a reviewer is that of all her reviews, of hidden applications too
        scores = {number: replace(one, centred=None) for number, one in scores.items()}
    candidates = []
    for number, one in applications.items():
        asks = asked.get(one.pk) or Asked(call.budget[0].key, 0)
        candidates.append(Candidate(number, scores[number], asks.amount, asks.line))
    limits = {"least_reviews": call.reviews.least if call.criterion else 0, "threshold": read_threshold(call)}
    ranked = rank_applications(candidates, head=round_.head, **limits)  # type: ignore[arg-type]
    budgets = {line.key: count_steps(line, line.amount) for line in call.budget}
    places = draw_line(ranked, budgets, **limits)  # type: ignore[arg-type]
    return [
        RankingRow(applications[row.number], row, scores[row.number], asked.get(applications[row.number].pk))
        for row in places
    ]
