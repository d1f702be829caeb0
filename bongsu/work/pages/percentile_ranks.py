"""The percentile rank of an occupation in each index, among all unit groups that the index scores.

Percentile ranks go from 0 (lowest) to 100 (highest); equal scores share one. Scores of different indices are never put on one
scale or averaged; the spread of an occupation's ranks shows whether the indices agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.work.exposure.agreement import ranks

MIN_INDICES = 5  # indices that must score an occupation for its spread to be compared


@dataclass(frozen=True)
class PercentileRank:
    """One occupation in one index: score, percentile rank, class `label`, and `coverage` in per cent, None if not converted."""

    index: str
    score: float
    rank: float
    label: str
    coverage: float | None


@dataclass(frozen=True)
class RankSpread:
    """The percentile ranks of one occupation, one for each index that scores it."""

    occupation: str
    ranks: tuple[PercentileRank, ...]

    @property
    def width(self) -> float:
        """The highest rank less the lowest (0 to 100)."""
        values = [one.rank for one in self.ranks]
        return max(values) - min(values)


def rank_spreads(rows: Sequence[Mapping[str, Any]]) -> dict[str, RankSpread]:
    """Computes the percentile ranks of every scored occupation from the observations of EXPOSURE_INDEX."""
    scores: dict[str, dict[str, float]] = {}
    coverages: dict[tuple[str, str], float] = {}
    labels: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row["INDEX"], row["OCCUPATION"])
        if row["INDICATOR"] == "EXPOSURE_SCORE" and row["OBS_VALUE"] is not None:
            scores.setdefault(row["INDEX"], {})[row["OCCUPATION"]] = row["OBS_VALUE"]
            if (row["COMMENT_OBS"] or "").startswith("class "):
                labels[key] = row["COMMENT_OBS"].removeprefix("class ")
        elif row["INDICATOR"] == "SCORE_COVERAGE":
            coverages[key] = row["OBS_VALUE"]
    found: dict[str, list[PercentileRank]] = {}
    for index, its in scores.items():
        codes = sorted(its)
        for code, rank in zip(codes, ranks([its[code] for code in codes]), strict=True):
            percentile = 100 * (float(rank) - 0.5) / len(codes)
            one = PercentileRank(
                index, its[code], percentile, labels.get((index, code), ""), coverages.get((index, code))
            )
            found.setdefault(code, []).append(one)
    return {code: RankSpread(code, tuple(its)) for code, its in sorted(found.items())}


def widest_spreads(found: Mapping[str, RankSpread], count: int) -> list[RankSpread]:
    """Returns the `count` occupations on which the indices disagree most."""
    compared = [one for one in found.values() if len(one.ranks) >= MIN_INDICES]
    return sorted(compared, key=lambda one: (-one.width, one.occupation))[:count]


def agreed_extremes(found: Mapping[str, RankSpread], count: int) -> tuple[list[RankSpread], list[RankSpread]]:
    """Returns (high, low): the `count` occupations with the highest minimum rank, and those with the lowest maximum rank."""
    compared = [one for one in found.values() if len(one.ranks) >= MIN_INDICES]
    high = sorted(compared, key=lambda one: (-min(p.rank for p in one.ranks), one.occupation))[:count]
    low = sorted(compared, key=lambda one: (max(p.rank for p in one.ranks), one.occupation))[:count]
    return high, low
