"""Where an occupation stands in each index: its place among all scored unit groups, which is all that indices have in common.

A place is a percentile rank (0 lowest, 100 highest; equal scores share it). Scores of different indices are never put on one
scale or averaged; the widest and the narrowest spread of places say where the indices disagree and agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.work.exposure.agreement import ranks

MIN_INDICES = 5  # that score an occupation, for its spread to be compared


@dataclass(frozen=True)
class PercentileRank:
    """One index's word on one occupation. `coverage`: of a converted score, in per cent; None where it is its own system."""

    index: str
    score: float
    place: float
    label: str
    coverage: float | None


@dataclass(frozen=True)
class RankSpread:
    """The places of one occupation, and the distance between the lowest and the highest."""

    occupation: str
    places: tuple[PercentileRank, ...]

    @property
    def width(self) -> float:
        """From the lowest place to the highest (0 to 100)."""
        places = [one.place for one in self.places]
        return max(places) - min(places)

    @property
    def middle(self) -> float:
        """Halfway between them, to sort by; it is no score."""
        places = [one.place for one in self.places]
        return (max(places) + min(places)) / 2


def rank_spreads(rows: Sequence[Mapping[str, Any]]) -> dict[str, RankSpread]:
    """Every scored occupation's places, from the observations of EXPOSURE_INDEX."""
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
            place = 100 * (float(rank) - 0.5) / len(codes)
            one = PercentileRank(index, its[code], place, labels.get((index, code), ""), coverages.get((index, code)))
            found.setdefault(code, []).append(one)
    return {code: RankSpread(code, tuple(places)) for code, places in sorted(found.items())}


def widest_spreads(found: Mapping[str, RankSpread], count: int) -> list[RankSpread]:
    """The occupations on which the indices disagree most."""
    compared = [one for one in found.values() if len(one.places) >= MIN_INDICES]
    return sorted(compared, key=lambda one: (-one.width, one.occupation))[:count]


def agreed_extremes(found: Mapping[str, RankSpread], count: int) -> tuple[list[RankSpread], list[RankSpread]]:
    """The occupations that every index places (high, low): by the lowest of their places, and by the highest."""
    compared = [one for one in found.values() if len(one.places) >= MIN_INDICES]
    high = sorted(compared, key=lambda one: (-min(p.place for p in one.places), one.occupation))[:count]
    low = sorted(compared, key=lambda one: (max(p.place for p in one.places), one.occupation))[:count]
    return high, low
