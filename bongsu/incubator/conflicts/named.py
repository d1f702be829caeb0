"""Finds whom a text names for certain: addresses and ORCID iDs. A name alone names nobody for certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bongsu.incubator.conflicts.people import Profile

MOST = 200  # of one application: a longer list is no team but a directory
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_ORCID = re.compile(r"\b(0000|0009)-(000[0-9])-([0-9]{4})-([0-9]{3}[0-9Xx])\b")


def find_named(texts: Iterable[str]) -> tuple[str, ...]:
    """Returns the addresses and ORCID iDs that stand in texts, each once, in the order of the alphabet; 200 at most."""
    found: set[str] = set()
    for text in texts:
        if "@" in text:
            found.update(one.strip(".") for one in _ADDRESS.findall(text))
        if "-000" in text:
            found.update("-".join(parts) for parts in _ORCID.findall(text))
    return tuple(sorted(found)[:MOST])


def list_texts(answer: Any) -> Iterator[str]:
    """Yields the texts of an answer, those of its rows and cells included."""
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, Mapping):
        for one in answer.values():
            yield from list_texts(one)
    elif isinstance(answer, list | tuple):
        for one in answer:
            yield from list_texts(one)


def make_named(name: str) -> Profile:
    """Returns a person of whom an address or an ORCID iD is known."""
    return Profile("", addresses=(name,)) if "@" in name else Profile("", orcid=name)
