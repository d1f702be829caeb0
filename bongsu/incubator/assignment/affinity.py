"""How close the texts of applications and reviewers are: the cosine of TF-IDF, the highest over the languages of both.

English, French and other languages are compared by words, Korean by runs of two to four characters, since its particles are
joined to words. IDF is smoothed, ln((1 + n) / (1 + df)) + 1, over the texts of a language; counts are not damped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from bongsu.incubator.assignment.solver import Floats

Texts = Mapping[str, str]  # language: text
DIGITS = 6
_BY_CHARACTERS = frozenset({"ko"})
_BLOCK = 2048  # terms multiplied at a time


def split_terms(text: str, language: str) -> list[str]:
    """Returns the terms of a text: words of two characters or more in small letters, or runs of characters for Korean."""
    text = text.lower()
    if language not in _BY_CHARACTERS:
        return re.findall(r"\b\w\w+\b", text)
    text = re.sub(r"\s\s+", " ", text)
    return [text[start : start + size] for size in (2, 3, 4) for start in range(len(text) - size + 1)]


def compute_affinity(applications: Sequence[Texts], reviewers: Sequence[Texts]) -> Floats:
    """Returns a number from 0 to 1 for each application (row) and reviewer (column); 0 without a shared language."""
    best: Floats = np.zeros((len(applications), len(reviewers)))
    for language in sorted({language for texts in (*applications, *reviewers) for language in texts}):
        left = [split_terms(texts.get(language, ""), language) for texts in applications]
        right = [split_terms(texts.get(language, ""), language) for texts in reviewers]
        best = np.maximum(best, _compare(left, right))
    return best.round(DIGITS)


def _compare(left: list[list[str]], right: list[list[str]]) -> Floats:
    """Returns the cosines of two lists of texts; a text without terms is as if it were not there."""
    counts = [Counter(terms) for terms in (*left, *right)]
    present = sum(1 for terms in counts if terms)
    frequency = Counter(term for terms in counts for term in terms)
    order = sorted(frequency)
    idf = np.array([np.log((1 + present) / (1 + frequency[term])) + 1 for term in order])
    place = {term: index for index, term in enumerate(order)}
    rows = np.array([row for row, terms in enumerate(counts) for _ in terms], dtype=np.int64)
    columns = np.array([place[term] for terms in counts for term in terms], dtype=np.int64)
    weights = np.array([count for terms in counts for count in terms.values()], dtype=float)
    weights = weights * idf[columns] if len(columns) else weights
    norms = np.sqrt(np.bincount(rows, weights**2, minlength=len(counts)))
    weights /= norms[rows]
    by_column = np.argsort(columns, kind="stable")
    rows, columns, weights = rows[by_column], columns[by_column], weights[by_column]
    found: Floats = np.zeros((len(left), len(right)))
    for start in range(0, len(order), _BLOCK):
        first, last = np.searchsorted(columns, [start, start + _BLOCK])
        block = np.zeros((len(counts), _BLOCK))
        block[rows[first:last], columns[first:last] - start] = weights[first:last]
        found += block[: len(left)] @ block[len(left) :].T
    return found
