"""What is asked of an assignment, as values, and their hash. A pair is a reviewer's id and an application's number.

Bids only lower: who would rather not review an application counts less for it; nobody can bid her way to one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from bongsu.core.errors import N_, BadInput

Pair = tuple[str, str]
Objective = Literal["total", "floor", "random"]
Bid = Literal["can", "rather-not", "conflict"]
DIGITS = 6  # of a score


@dataclass(frozen=True, slots=True)
class ApplicationNeed:
    """An application: how many reviews it needs, and the languages of which a reviewer must read one (none: any)."""

    number: str
    reviews: int
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReviewerLoad:
    """A reviewer: the least and the most reviews, the organisation, and the languages that are read (none stated: any)."""

    id: str
    least: int
    most: int
    organisation: str = ""
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parameters:
    """How it is chosen.

    - objective: `total` is the highest sum of scores; `floor` the highest sum of the worst application, then of all;
      `random` the highest expected sum in which no pair is likelier than `cap`.
    - floor: what each application must reach (objective `floor`), or is reported against (others). None: as high as it goes.
    - expertise: the least score of a pair.
    - rather_not: what the score of a pair is multiplied by, if the reviewer would rather not.
    - gap: the part of the optimum that may be missed with a floor, 0 for none.
    """

    objective: Objective = "total"
    floor: float | None = None
    cap: float = 1.0
    expertise: float = 0.0
    rather_not: float = 0.5
    one_per_organisation: bool = True
    gap: float = 0.0

    def __post_init__(self) -> None:
        """Raises BadInput for a cap outside .3 to 1, or a factor or gap outside 0 to 1."""
        if not 0.3 <= self.cap <= 1:
            raise BadInput(N_("The cap must be between 0.3 and 1."))
        if not (0 <= self.rather_not <= 1 and 0 <= self.gap < 1):
            raise BadInput(N_("A bid may only lower a score, and a gap must be between 0 and 1."))


@dataclass(frozen=True, slots=True)
class Problem:
    """An assignment to be made. Scores that are not given are 0; of a family of pairs at most one is chosen."""

    needs: tuple[ApplicationNeed, ...]
    loads: tuple[ReviewerLoad, ...]
    scores: Mapping[Pair, float]
    parameters: Parameters = Parameters()
    barred: frozenset[Pair] = frozenset()
    declined: frozenset[Pair] = frozenset()
    fixed: frozenset[Pair] = frozenset()  # reviews that have started: kept
    bids: Mapping[Pair, Bid] = field(default_factory=dict)
    families: tuple[frozenset[Pair], ...] = ()

    def __post_init__(self) -> None:
        """Raises BadInput if a fixed pair is barred, declined or unknown, or if a name is there twice."""
        reviewers, numbers = [load.id for load in self.loads], [need.number for need in self.needs]
        for names in (reviewers, numbers):
            if len(set(names)) < len(names):
                raise BadInput(N_("A reviewer or an application is there twice."))
        refused = {pair for pair, bid in self.bids.items() if bid == "conflict"} | self.barred | self.declined
        for reviewer, number in sorted(self.fixed):
            if (reviewer, number) in refused or reviewer not in reviewers or number not in numbers:
                raise BadInput(
                    N_("The review of {application} by {reviewer} has started, but may not be: stop it first."),
                    application=number,
                    reviewer=reviewer,
                )

    def hash(self) -> str:
        """Returns the SHA-256 of all that the answer depends on but the seed; the order of the input does not matter."""
        document = {
            "needs": sorted([need.number, need.reviews, sorted(need.languages)] for need in self.needs),
            "loads": sorted(
                [load.id, load.least, load.most, load.organisation, sorted(load.languages)] for load in self.loads
            ),
            "scores": sorted([*pair, round(score, DIGITS)] for pair, score in self.scores.items()),
            "parameters": asdict(self.parameters),
            "barred": sorted(self.barred),
            "declined": sorted(self.declined),
            "fixed": sorted(self.fixed),
            "bids": sorted([*pair, bid] for pair, bid in self.bids.items()),
            "families": sorted(sorted(family) for family in self.families),
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
