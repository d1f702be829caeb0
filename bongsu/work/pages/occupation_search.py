"""Finds unit groups for a search text: a code, a part of a name in any of the three languages, else a job title."""

from __future__ import annotations

from functools import lru_cache

from bongsu.store.tables.definitions import code_lists
from bongsu.work.occupations.coder import load_coder
from bongsu.work.occupations.correspondences import ISCO08
from bongsu.work.occupations.titles import normalise_title

MAX_FOUND = 12
MAX_CHARACTERS = 200  # of a search text


@lru_cache(maxsize=1)
def _unit_group_names() -> tuple[tuple[str, str], ...]:
    """Returns pairs (unit group, its normalised names in three languages)."""
    units = (code for code in code_lists()[ISCO08] if len(code.id) == 4)
    return tuple(
        (code.id, " | ".join(normalise_title(name) for name in code.name.translations().values())) for code in units
    )


def find_occupations(text: str) -> tuple[list[str], bool]:
    """Returns (at most twelve unit groups, best first; whether they are guesses from a job title). Empty text finds nothing."""
    text = text.strip()[:MAX_CHARACTERS]
    if not text:
        return [], False
    if text.isdecimal():
        return [code for code, _ in _unit_group_names() if code.startswith(text)][:MAX_FOUND], False
    words = normalise_title(text)
    named = [code for code, names in _unit_group_names() if words and words in names]
    if named:
        return named[:MAX_FOUND], False
    (coding,) = load_coder().code_titles([text], top=5, least=0.0)
    return [code for code, confidence in coding.candidates if confidence >= 0.05], True
