"""Checks the types of arguments of the public Python interface, so that a wrong one is named where it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real


def check_type(name: str, value: object, *allowed: type) -> None:
    """Raises TypeError if an argument is of none of the types. A bool is not accepted as a number."""
    if (isinstance(value, bool) and bool not in allowed) or not isinstance(value, allowed):
        raise TypeError(f"{name} must be {_list_types(allowed)}, not {type(value).__name__}")


def check_texts_and_numbers(given: Mapping[str, object], texts: Iterable[str], numbers: Iterable[str]) -> None:
    """Raises TypeError if one of the arguments named in `texts` is not a text, or one in `numbers` not a number. None is
    accepted."""
    for names, kind in ((texts, str), (numbers, Real)):
        for name in names:
            if given.get(name) is not None:
                check_type(name, given[name], kind)


def _list_types(allowed: tuple[type, ...]) -> str:
    names = {str: "a str", Real: "a number", int: "an int", type(None): "None", bool: "a bool"}
    *first, last = [names.get(kind, kind.__name__) for kind in allowed]
    return f"{', '.join(first)} or {last}" if first else last
