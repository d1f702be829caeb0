"""Evaluates the coder on held-out titles: accuracy by language at 4, 3, 2 and 1 digits, and the share left uncoded.

`bongsu work accuracy` prints the figures of docs/methods/work-occupations.md. `python -m
bongsu.work.occupations.coder_evaluation` rewrites the calibration (tables/coder_calibration.csv). Cross-validation with five
folds; a title is held out together with every copy of it in any list.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.work.occupations.coder import MIN_CONFIDENCE, Calibration, Coder, Coding, load_calibrations
from bongsu.work.occupations.titles import JobTitle, list_titles, normalise_title

if TYPE_CHECKING:
    from bongsu.work.occupations.meaning_search import TitleSearch

FOLDS = 5
CONFIDENCE_CUTS = (0.3, 0.5, 0.7, 0.9)
_TABLE = Path(__file__).parents[1] / "tables" / "coder_calibration.csv"
_ISOTONIC_PIECES = 12
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeldOutTitle:
    """A held-out title with the shares of its true codes, and its coding."""

    title: JobTitle
    coding: Coding

    @property
    def correct_share(self) -> float:
        """The share of the best candidate among the true codes: 1 or 0 if there is one true code."""
        return self.title.shares.get(self.coding.candidates[0][0], 0.0) if self.coding.candidates else 0.0


def merge_titles() -> list[JobTitle]:
    """Returns every distinct normalised title with the mean shares of its codes over the lists."""
    found: dict[str, list[JobTitle]] = defaultdict(list)
    for title in list_titles():
        found[normalise_title(title.text)].append(title)
    whole = []
    for normal, same in found.items():
        if normal:
            shares: dict[str, float] = defaultdict(float)
            for title in same:
                for code, share in title.shares.items():
                    shares[code] += share / len(same)
            whole.append(JobTitle(same[0].text, same[0].language, dict(shares), same[0].list))
    return whole


def code_held_out(
    known: Sequence[JobTitle], given: dict[str, Calibration] | None = None, rounds: int = FOLDS
) -> list[HeldOutTitle]:
    """Codes each of `known` by a coder trained on the other folds; with fewer `rounds`, only the titles of the first folds."""
    order = random.Random(20260401).sample(range(len(known)), len(known))  # noqa: S311 (a split, not a secret)
    out: list[HeldOutTitle] = []
    for fold in range(rounds):
        left = [known[at] for at in order[fold::FOLDS]]
        kept = [known[at] for place in range(FOLDS) if place != fold for at in order[place::FOLDS]]
        codings = Coder(kept, given).code_titles([title.text for title in left], top=5, least=0.0)
        out += [HeldOutTitle(title, coding) for title, coding in zip(left, codings, strict=True)]
    return out


def code_held_out_by_meaning(
    known: Sequence[JobTitle], given: dict[str, Calibration], sample: int = 1500, search: TitleSearch | None = None
) -> list[HeldOutTitle]:
    """Codes a sample of each language by words and then by meaning (`search`: all lists); neither coder has seen the sample."""
    from bongsu.work.occupations.meaning_search import code_titles_by_meaning, load_title_search

    choose = random.Random(11)  # noqa: S311 (a sample, not a secret)
    left: list[JobTitle] = []
    for language in sorted(TABLE_LANGUAGES):
        its = [title for title in known if title.language == language]
        left += choose.sample(its, min(sample, len(its) // FOLDS))
    normals = {normalise_title(title.text) for title in left}
    lexical = Coder([title for title in known if normalise_title(title.text) not in normals], given)
    unseen = (search or load_title_search()).exclude_titles(normals)
    codings = code_titles_by_meaning([title.text for title in left], top=5, lexical=lexical, meaning=unseen, maps=given)
    return [HeldOutTitle(title, coding) for title, coding in zip(left, codings, strict=True)]


def compare_lists() -> tuple[int, float]:
    """Returns the number of titles in both English lists, and the share of them with a common code.

    The share is the trust in a listed code: ISCO's examples against O*NET's titles. It is a lower bound, because O*NET's codes
    pass through two correspondences.
    """
    lists: dict[str, dict[str, set[str]]] = {"isco_en": {}, "onet_en": {}}
    for title in list_titles():
        if title.list in lists:
            lists[title.list].setdefault(normalise_title(title.text), set()).update(title.shares)
    isco, onet = lists.values()
    shared = isco.keys() & onet.keys()
    return len(shared), sum(bool(isco[title] & onet[title]) for title in shared) / len(shared)


def fit_isotonic(raw: Floats, right: Floats) -> Calibration:
    """Fits the non-decreasing map from `raw` to the mean of `right` (pool adjacent violators over equal-sized pieces)."""
    order = np.argsort(raw, kind="stable")
    pieces = [
        (raw[part].mean(), right[part].mean(), len(part))
        for part in np.array_split(order, _ISOTONIC_PIECES)
        if len(part)
    ]
    pooled: list[tuple[float, float, int]] = []
    for one in pieces:
        pooled.append(one)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x1, y1, n1), (x2, y2, n2) = pooled[-2:]
            n = n1 + n2
            pooled[-2:] = [((x1 * n1 + x2 * n2) / n, (y1 * n1 + y2 * n2) / n, n)]
    return Calibration(np.array([x for x, _, _ in pooled]), np.array([y for _, y, _ in pooled]))


def calibrate_coder(found: Sequence[HeldOutTitle]) -> dict[str, Calibration]:
    """Fits a calibration for each way of coding, from titles coded with raw confidence."""
    out = {}
    for way in sorted(TABLE_LANGUAGES):
        its = [one for one in found if one.coding.candidates and one.title.language == way]
        out[way] = fit_isotonic(
            np.array([one.coding.confidence for one in its]), np.array([one.correct_share for one in its])
        )
    _, trusted = compare_lists()
    out["listed"] = Calibration(np.array([0.0, 1.0]), np.array([0.0, trusted]))
    return out


def calibrate_meaning(
    found: Sequence[HeldOutTitle], words: Mapping[str, Calibration], sample: int = 1500
) -> dict[str, Calibration]:
    """Fits calibrations by meaning for each language, on titles that the lexical coder (calibrated by `words`) leaves uncoded.

    Hides a fifth of these titles at a time and searches for a sample of it.
    """
    from bongsu.work.occupations.meaning_search import load_title_search

    choose = random.Random(7)  # noqa: S311 (a sample, not a secret)
    out: dict[str, Calibration] = {}
    for language in sorted(TABLE_LANGUAGES):
        its = [one for one in found if one.title.language == language and one.coding.candidates]
        sure = np.interp([one.coding.confidence for one in its], *words[language])
        its = [one for one, confidence in zip(its, sure, strict=True) if confidence < MIN_CONFIDENCE]
        choose.shuffle(its)
        agrees, cosines, right = [], [], []
        for fold in range(FOLDS):
            hidden = its[fold::FOLDS]
            picked = hidden[: sample // FOLDS]
            search = load_title_search().exclude_titles({normalise_title(one.title.text) for one in hidden})
            for one, (code, cosine) in zip(
                picked, search.find_nearest([one.title.text for one in picked]), strict=True
            ):
                agrees.append(one.coding.candidates[0][0] == code)
                cosines.append(cosine)
                right.append(one.title.shares.get(code, 0.0))
        agreed, near, rights = np.array(agrees), np.array(cosines), np.array(right)
        out[f"agreeing-{language}"] = fit_isotonic(near[agreed], rights[agreed])
        out[f"meaning-{language}"] = fit_isotonic(near[~agreed], rights[~agreed])
    return out


def digit_accuracy(found: Sequence[HeldOutTitle], digits: int) -> float:
    """Returns the share of titles with one true code whose best candidate agrees with it in the first `digits` digits."""
    one_code = [one for one in found if len(one.title.shares) == 1]
    return sum(
        bool(one.coding.candidates) and one.coding.candidates[0][0][:digits] == next(iter(one.title.shares))[:digits]
        for one in one_code
    ) / len(one_code)


def _write_calibrations(made: dict[str, Calibration]) -> None:
    with _TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("way", "raw", "right"))
        for way, points in sorted(made.items()):
            writer.writerows((way, f"{raw:.4f}", f"{right:.4f}") for raw, right in zip(*points, strict=True))


@dataclass(frozen=True)
class ConfidenceCut:
    """At a confidence of `least`: the share of titles left uncoded, and the share of coded titles that are correct (0 to 1)."""

    least: float
    uncoded: float
    correct_share: float


@dataclass(frozen=True)
class LanguageAccuracy:
    """One language: the number of held-out titles, accuracy (0 to 1) by digits at any confidence, and the cuts."""

    language: str
    titles: int
    accuracy: dict[int, float]
    cuts: tuple[ConfidenceCut, ...]

    def to_data(self) -> dict[str, object]:
        """Returns a JSON object; shares from 0 to 1."""
        return {
            "language": self.language,
            "titles": self.titles,
            "accuracy": {str(digits): share for digits, share in self.accuracy.items()},
            "cuts": [
                {"confidence": cut.least, "uncoded": cut.uncoded, "right": cut.correct_share} for cut in self.cuts
            ],
        }


def evaluate_coder(*, meaning: bool = False) -> list[LanguageAccuracy]:
    """Computes the figures of the manual. With `meaning`: for a sample, and at the default confidence only."""
    found = (
        code_held_out_by_meaning(merge_titles(), load_calibrations())
        if meaning
        else code_held_out(merge_titles(), load_calibrations())
    )
    return summarise_accuracy(found, (MIN_CONFIDENCE,) if meaning else CONFIDENCE_CUTS)


def summarise_accuracy(found: Sequence[HeldOutTitle], cuts: Sequence[float]) -> list[LanguageAccuracy]:
    """Computes accuracy and the cuts for each language, from titles coded at any confidence."""
    out = []
    for language in sorted(TABLE_LANGUAGES):
        its = [one for one in found if one.title.language == language]
        rows = []
        for least in cuts:
            coded = [one for one in its if one.coding.confidence >= least]
            right = sum(one.correct_share for one in coded) / len(coded) if coded else 0.0
            rows.append(ConfidenceCut(least, 1 - len(coded) / len(its), right))
        out.append(LanguageAccuracy(language, len(its), {n: digit_accuracy(its, n) for n in (4, 3, 2, 1)}, tuple(rows)))
    return out


if __name__ == "__main__":
    unseen = code_held_out(merge_titles())
    by_words = calibrate_coder(unseen)
    _write_calibrations({**by_words, **calibrate_meaning(unseen, by_words)})
    for one in evaluate_coder():
        sys.stdout.write(f"{one}\n")
    sys.stdout.write("{} titles in two lists, {:.3f} agree\n".format(*compare_lists()))
