"""Lists the scores of one index for `bongsu work exposure`: occupation, title, mean, SD, class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bongsu.store.tables.definitions import code_lists
from bongsu.work.exposure.classes import ilo_class
from bongsu.work.exposure.indices import ILO_INDEX, SOC_DIGITS, indices, isco08_scores, published_scores
from bongsu.work.occupations.correspondences import ISCO08


@dataclass(frozen=True)
class ListedScore:
    """One occupation: score (scale of its index), SD of its tasks' scores and class where published, coverage (0 to 1)."""

    occupation: str
    title: str
    mean: float
    sd: float | None
    label: str
    coverage: float

    def to_data(self) -> dict[str, Any]:
        """Returns the score as a JSON object."""
        return {
            "occupation": self.occupation,
            "title": self.title,
            "mean": self.mean,
            "sd": self.sd,
            "class": self.label or None,
            "coverage": self.coverage,
        }


def list_scores(id_: str, *, own: bool = False, language: str = "en") -> Iterator[ListedScore]:
    """Yields the scored occupations of an index by code: ISCO-08 unit groups, or with `own` those of its own classification."""
    index = indices()[id_]
    names = code_lists()[index.code_list if own else ISCO08]
    for code, score in sorted((published_scores(id_) if own else isco08_scores(id_)).items()):
        label = ilo_class(score.value, score.sd) if id_ == ILO_INDEX and score.sd is not None else ""
        title = names.name_of(code, language)
        if title == code:  # a detailed O*NET occupation has the title of its SOC occupation
            title = names.name_of(code[:SOC_DIGITS], language)
        yield ListedScore(code, title, score.value, score.sd, label, score.coverage)
