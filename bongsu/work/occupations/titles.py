"""Job titles as text: the lists that ship, how a title is normalised, and the features that a coder sees in it.

Left out: which code a title gets (coder.py). The lists, their licences and whose they are: titles.toml, tables/titles/.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from bongsu.store.tables.definitions import code_lists, read_rows
from bongsu.work.occupations.correspondences import ISCO08, find_correspondence

_WORDS = re.compile(r"[^\W_]+[+#]*")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_MIN_STEM = 4
# Endings of words for people who do something, in English and French, longest first: coiffeuse, coiffeur -> coiff.
_ENDINGS: tuple[str, ...] = (
    *("trices", "euses", "rices", "ieres", "iennes", "trice", "euse", "rice", "iere", "ienne", "teurs", "eurs", "iers"),
    *("iens", "ists", "teur", "eur", "ier", "ien", "ist", "ers", "ors", "er", "or", "es", "s", "e"),
)


class JobTitle(NamedTuple):
    """A title of a list with the ISCO-08 unit groups that its list gives it, and their shares (they sum to at most 1).

    `converted`: the list is coded in another classification, so its codes here are as good as the correspondence.
    """

    text: str
    language: str
    shares: dict[str, float]
    list: str = ""
    converted: bool = False


def list_titles() -> Iterator[JobTitle]:
    """Every title that ships: the lists of titles.toml, and the names of the unit groups in three languages."""
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
    """A title in small letters, without accents and signs, words apart by one space; Korean syllables stay whole.

    >>> normalise("Ingénieur/e (R&D)"), normalise("C++ 개발자")
    ('ingenieur e r d', 'c++ 개발자')
    """
    if not title.isascii():
        title = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", title)))
    return " ".join(_WORDS.findall(title.casefold()))


@lru_cache(maxsize=1 << 17)
def stem_word(word: str) -> str:
    """A word without its ending of person, gender or number; short words stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


def title_features(normal: str) -> list[str]:
    """What a coder sees in a normalised title: stems, pairs of neighbours, first and last word; of Korean, pairs of syllables.

    The head of a title is its last word in English and Korean and its first in French, so both places count apart.
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
