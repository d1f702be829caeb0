"""Job titles: the shipped lists, the normalisation of a title, and the features that the coder uses.

Not here: the coding (coder.py). The lists are in tables/titles/, their licences and attributions in titles.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from bongsu.core.letters import remove_accents
from bongsu.store.tables.definitions import code_lists, read_rows
from bongsu.work.occupations.correspondences import ISCO08, find_correspondence

_WORDS = re.compile(r"[^\W_]+[+#]*")
_MIN_STEM = 4
# Endings of English and French words for persons, longest first: coiffeuse, coiffeur -> coiff.
_ENDINGS: tuple[str, ...] = (
    *("trices", "euses", "rices", "ieres", "iennes", "trice", "euse", "rice", "iere", "ienne", "teurs", "eurs", "iers"),
    *("iens", "ists", "teur", "eur", "ier", "ien", "ist", "ers", "ors", "er", "or", "es", "s", "e"),
)


class JobTitle(NamedTuple):
    """A title of a list with its ISCO-08 unit groups and their shares, which sum to at most 1.

    `converted`: the list is coded in another classification, and its codes come from a correspondence.
    """

    text: str
    language: str
    shares: dict[str, float]
    list: str = ""
    converted: bool = False


def list_titles() -> Iterator[JobTitle]:
    """Yields every shipped title: the lists of titles.toml, and the names of the unit groups in three languages."""
    for name, row in tomllib.loads((files("bongsu.work") / "titles.toml").read_text(encoding="utf-8")).items():
        table = read_rows(files("bongsu.work") / "tables" / "titles" / f"{name}.csv")
        if row["code_list"] == ISCO08:
            for entry in table:
                yield JobTitle(entry["title"], row["language"], {entry["code"]: 1.0}, name)
        else:
            links = find_correspondence(row["code_list"])
            for entry in table:
                shares = {link.target: link.weight for link in links.links_of(entry["code"])}
                yield JobTitle(entry["title"], row["language"], shares, name, converted=True)
    for code in code_lists()[ISCO08]:
        if len(code.id) == 4:
            for language, text in code.name.as_dict().items():
                yield JobTitle(text, language, {code.id: 1.0}, ISCO08)


def normalise_title(title: str) -> str:
    """Returns a title in lower case without accents and punctuation, words separated by one space. Keeps Korean syllables.

    >>> normalise_title("Ingénieur/e (R&D)"), normalise_title("C++ 개발자")
    ('ingenieur e r d', 'c++ 개발자')
    """
    return " ".join(_WORDS.findall(remove_accents(title).casefold()))


@lru_cache(maxsize=1 << 17)
def stem_word(word: str) -> str:
    """Removes the ending of person, gender or number from a word. Keeps short words."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


def title_features(normal: str) -> list[str]:
    """Returns the features of a normalised title: stems, bigrams, first and last word; for Korean, syllables and endings.

    The head of a title is its last word in English and Korean and its first in French, so both have their own feature.
    """
    words = [stem_word(word) for word in normal.split(" ")]
    found = words + [f"{one} {two}" for one, two in pairwise(words)]
    if normal[-1:] >= "가":
        joined = "".join(words)
        found += [f"#{joined[at : at + 2]}" for at in range(len(joined) - 1)]
        found += [f"{joined[-size:]}$" for size in (2, 3, 4) if len(joined) > size]
        return found
    found.append(_first_feature(words[0]))
    found.append(_last_feature(words[-1]))
    return found


@lru_cache(maxsize=1 << 17)
def _first_feature(word: str) -> str:
    return f"^{word}"


@lru_cache(maxsize=1 << 17)
def _last_feature(word: str) -> str:
    return f"{word}$"
