"""The ranking of a round, and what a budget line pays for from the top.

An application with fewer reviews than the call's minimum is not ranked: nothing is decided about it yet. Equal scores are
ordered by the keys that the call declares, and last by a draw that anybody can repeat: the HMAC of the number under the head of
the node's journal at closing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.reviews.scoring import ApplicationScore

Place = Literal["funded", "at-line", "waiting", "below-threshold", "unranked"]


@dataclass(frozen=True)
class Candidate:
    """An application in the ranking: its score, what it asks of its budget line, and its values of the declared keys.

    `keys` are compared in their order; more comes first.
    """

    number: str
    score: ApplicationScore
    asked: int
    line: str
    keys: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class RankedRow:
    """A row of the ranking. `tied` says that the draw decided; `spent` is what the line has paid up to and with this row."""

    number: str
    rank: int | None
    place: Place
    tied: bool
    spent: int


def draw_key(head: str, number: str) -> bytes:
    """Returns what orders a number in the draw: HMAC-SHA-256 under the journal's head (hexadecimal text). Least comes first."""
    return hmac.new(bytes.fromhex(head), number.encode(), hashlib.sha256).digest()


def rank_applications(
    candidates: Iterable[Candidate], *, least_reviews: int, threshold: Fraction | None, head: str
) -> list[Candidate]:
    """Returns the candidates in order: ranked first, then those below the threshold, then those with too few reviews."""
    return sorted(
        candidates,
        key=lambda one: (
            not _is_reviewed(one, least_reviews),
            _is_below(one, threshold),
            _merit(one, least_reviews),
            draw_key(head, one.number),
        ),
    )


def draw_line(
    ranked: Sequence[Candidate],
    budgets: Mapping[str, int],
    *,
    least_reviews: int,
    threshold: Fraction | None,
) -> list[RankedRow]:
    """Returns the rows with their places: funded from the top of each line while it fits, one at the line, then waiting.

    Nobody passes another: once one does not fit, those after it in the same line wait, even if they ask for less. At the line
    the panel decides. Raises BadInput for a line without a budget.
    """
    spent = dict.fromkeys(budgets, 0)
    closed: set[str] = set()
    rows: list[RankedRow] = []
    rank = 0
    merits = [_merit(one, least_reviews) for one in ranked]
    for at, one in enumerate(ranked):
        if one.line not in budgets:
            raise BadInput(N_("“{line}” is not a budget line of this call."), line=one.line, where=one.number)
        if not _is_reviewed(one, least_reviews):
            rows.append(RankedRow(one.number, None, "unranked", False, spent[one.line]))
            continue
        rank += 1
        place: Place = "waiting"
        if _is_below(one, threshold):
            place = "below-threshold"
        elif one.line not in closed and spent[one.line] + one.asked <= budgets[one.line]:
            spent[one.line] += one.asked
            place = "funded"
        elif one.line not in closed:
            closed.add(one.line)
            place = "at-line"
        tied = merits[at] in (*merits[max(at - 1, 0) : at], *merits[at + 1 : at + 2])
        rows.append(RankedRow(one.number, rank, place, tied, spent[one.line]))
    return rows


def _is_reviewed(one: Candidate, least_reviews: int) -> bool:
    return one.score.mean is not None and one.score.counted >= least_reviews


def _is_below(one: Candidate, threshold: Fraction | None) -> bool:
    return threshold is not None and one.score.mean is not None and one.score.mean < threshold


def _merit(one: Candidate, least_reviews: int) -> tuple[Fraction, ...]:
    if not _is_reviewed(one, least_reviews) or one.score.mean is None:
        return ()
    return (-one.score.mean, *(-key for key in one.keys))
