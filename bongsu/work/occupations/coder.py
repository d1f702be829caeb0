"""Codes job titles to ISCO-08 unit groups by their words, offline, with a calibrated confidence.

A title that is in a list gets the code of the list; lists coded in ISCO-08 take precedence over converted ones. Any other title
is scored by naive Bayes over its features (titles.py). The confidence is the share of held-out titles with that score that
were coded correctly (tables/coder_calibration.csv, written by coder_evaluation.py). A title below the requested confidence
stays uncoded. Not here: meaning across languages (meaning_search.py).
"""

from __future__ import annotations

import gc
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bongsu.store.tables.definitions import read_rows
from bongsu.work.occupations.titles import JobTitle, list_titles, normalise_title, title_features

Floats = npt.NDArray[np.floating[Any]]
MIN_CONFIDENCE = 0.5  # default confidence from which a title is coded
_SMOOTHING = 1.0  # pseudo-count: titles with the average mix of codes added to each feature
_PRIOR = 0.5  # exponent of the codes' frequency in the lists, which differs from the frequency of jobs
_FEATURE_WEIGHT = 0.5  # features of one title are correlated, and naive Bayes without a weight is overconfident
_BATCH = 1024


# An ISCO-08 unit group and the calibrated probability (0 to 1) that it is correct. Plain tuples: there are millions.
Candidate = tuple[str, float]


class Coding(NamedTuple):
    """The coding of a title: its code ("" if uncoded), the candidates, best first, and whether a list has the title."""

    title: str
    code: str
    candidates: tuple[Candidate, ...]
    listed: bool

    @property
    def confidence(self) -> float:
        """The confidence of the best candidate; 0 without candidates."""
        return self.candidates[0][1] if self.candidates else 0.0


class Calibration(NamedTuple):
    """Points of the map from the model's probability to the share coded correctly, for one language or for listed titles."""

    raw: Floats
    correct_share: Floats


class Coder:
    """A coder trained on lists of titles. `calibrations` by language and for "listed"; without one, confidence is raw."""

    def __init__(self, lists: Iterable[JobTitle], calibrations: dict[str, Calibration] | None = None) -> None:
        self._calibrations = calibrations or {}
        by_title: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        own: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))  # from lists coded in ISCO-08
        french: set[str] = set()
        for title in lists:
            normal = normalise_title(title.text)
            for code, share in title.shares.items():
                by_title[normal][code] += share
                if not title.converted:
                    own[normal][code] += share
            if title.language == "fr":
                french.add(normal)
        by_title.pop("", None)
        self.codes = sorted({code for shares in by_title.values() for code in shares})
        self._fit_features(by_title, french)
        self._listed = self._list_candidates(by_title | own)

    def _list_candidates(self, by_title: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[Candidate, ...]]:
        """Returns the candidates of every listed title: shares of codes times the calibrated trust in listed codes."""
        trust = float(self._calibrations["listed"].correct_share[-1]) if "listed" in self._calibrations else 1.0
        known = {}
        for title, shares in by_title.items():
            total = math.fsum(shares.values())
            best = sorted(((share / total, code) for code, share in shares.items()), reverse=True)
            known[title] = tuple((code, share * trust) for share, code in best)
        return known

    def _fit_features(self, by_title: Mapping[str, Mapping[str, float]], french: set[str]) -> None:
        place = {code: at for at, code in enumerate(self.codes)}
        frequency = np.zeros(len(place))
        seen: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        french_surplus: Counter[str] = Counter()
        for title, shares in by_title.items():
            total = math.fsum(shares.values())
            for code, amount in shares.items():
                at, share = place[code], amount / total
                frequency[at] += share
                for feature in set(title_features(title)):
                    seen[feature][at] += share
            french_surplus.update(dict.fromkeys(title_features(title), 1 if title in french else -1))
        prior = frequency / frequency.sum()
        self._prior_scores = (_FEATURE_WEIGHT * _PRIOR * np.log(prior)).astype(np.float32)
        self._ids = {feature: at for at, feature in enumerate(seen)}
        self._ends = np.cumsum([0, *(len(codes) for codes in seen.values())])
        self._at = np.fromiter((at for codes in seen.values() for at in codes), np.int64, self._ends[-1])
        shares_seen = np.fromiter((n for codes in seen.values() for n in codes.values()), float, self._ends[-1])
        # log of ((seen + a p) / (all + a) / p), less the term common to all codes, so that an unseen code adds 0.
        self._feature_scores = _FEATURE_WEIGHT * np.log1p(shares_seen / (_SMOOTHING * prior[self._at]))
        self._french = [french_surplus[feature] > 0 for feature in seen]

    def code_titles(self, given: Sequence[str], *, top: int = 3, least: float = MIN_CONFIDENCE) -> list[Coding]:
        """Codes titles, with `top` candidates each. A title whose best candidate is below `least` (0 to 1) stays uncoded."""
        out: list[Coding] = []
        for start in range(0, len(given), _BATCH):
            out += self._batch(given[start : start + _BATCH], top, least)
        return out

    def _batch(self, given: Sequence[str], top: int, least: float) -> Iterator[Coding]:
        normals = [normalise_title(title) for title in given]
        scored = iter(self._score([normal for normal in normals if normal not in self._listed], top))
        for title, normal in zip(given, normals, strict=True):
            listed = normal in self._listed
            found = self._listed[normal][:top] if listed else next(scored)
            code = found[0][0] if found and found[0][1] >= least else ""
            yield Coding(title, code, found, listed)

    def _score(self, normals: list[str], top: int) -> list[tuple[Candidate, ...]]:
        if not normals:
            return []
        ids = self._ids
        known = [[ids[feature] for feature in title_features(normal) if feature in ids] for normal in normals]
        places, raw = _largest_scores(self._probabilities(known), top)
        confidence = self._calibrated(raw, [self._language(*pair) for pair in zip(normals, known, strict=True)])
        codes = self.codes
        return [
            tuple(zip([codes[at] for at in row], its, strict=True)) if seen else ()
            for seen, row, its in zip(known, places.tolist(), confidence.tolist(), strict=True)
        ]

    def language(self, title: str) -> str:
        """Guesses the language of a title: en, fr or ko."""
        normal = normalise_title(title)
        return self._language(normal, [self._ids[one] for one in title_features(normal) if one in self._ids])

    def _language(self, normal: str, seen: list[int]) -> str:
        """Returns ko for Hangul, else fr or en by the language in which most of the known features are more frequent."""
        if normal[-1:] >= "가":
            return "ko"
        french = self._french
        return "fr" if 2 * sum([french[at] for at in seen]) > len(seen) else "en"

    def _calibrated(self, raw: Floats, languages: list[str]) -> Floats:
        """Calibrates candidates (titles x top): the best by the map of its language, the others in proportion to the rest."""
        best = raw[:, 0].copy()
        spoken = np.array(languages)
        for language, points in self._calibrations.items():
            its = spoken == language
            best[its] = np.interp(best[its], points.raw, points.correct_share)
        rest = (1 - best) / np.maximum(1 - raw[:, 0], 1e-12)
        out = np.minimum(raw * rest[:, None], best[:, None])
        out[:, 0] = best
        return out

    def _probabilities(self, known: list[list[int]]) -> Floats:
        """Returns the model's probability of every code (titles x codes) for titles given as ids of their features."""
        width = len(self.codes)
        counts = np.fromiter((len(seen) for seen in known), np.int64, len(known))
        flat = np.fromiter((at for seen in known for at in seen), np.int64, int(counts.sum()))
        lengths = self._ends[flat + 1] - self._ends[flat]
        before = np.cumsum(lengths) - lengths
        postings = np.arange(int(lengths.sum())) + np.repeat(self._ends[flat] - before, lengths)
        cells = np.repeat(np.repeat(np.arange(len(known)) * width, counts), lengths) + self._at[postings]
        scores = (
            np.bincount(cells, self._feature_scores[postings], len(known) * width).astype(np.float32).reshape(-1, width)
        )
        scores += self._prior_scores
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores


def _largest_scores(scores: Floats, top: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Returns indices and values of the `top` largest scores of each row, largest first. Overwrites `scores`."""
    every = np.arange(len(scores))
    places, values = np.empty((len(scores), top), np.int64), np.empty((len(scores), top))
    for turn in range(top):
        places[:, turn] = scores.argmax(axis=1)
        values[:, turn] = scores[every, places[:, turn]]
        scores[every, places[:, turn]] = -1
    return places, values


def load_calibrations() -> dict[str, Calibration]:
    """Reads the calibrations shipped in tables/, by way of coding."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in read_rows(files("bongsu.work") / "tables" / "coder_calibration.csv"):
        points[row["way"]].append((float(row["raw"]), float(row["right"])))
    return {way: Calibration(*np.array(sorted(found)).T) for way, found in points.items()}


@lru_cache(maxsize=1)
def load_coder() -> Coder:
    """Returns the coder trained on every shipped list. Takes some seconds the first time; cached."""
    made = Coder(list_titles(), load_calibrations())
    gc.freeze()  # its million entries are never freed; scanning them at every collection costs a quarter of the time
    return made
