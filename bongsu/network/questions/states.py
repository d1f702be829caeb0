"""The states of a question between nodes, the reasons for which there is no answer, and purposes, from tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.errors import N_, Refused
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

ASKED, WAITING, APPROVED, ANSWERED = "asked", "waiting", "approved", "answered"
REFUSED, LAPSED, FAILED = "refused", "lapsed", "failed"


class NotNow(Refused):
    """The question is in a state in which this cannot be done."""

    code = "not-now"
    http_status = 409


def _read(table: str, key: str) -> list[tuple[str, dict[str, str]]]:
    return [(row[key], row) for row in read_rows(files("bongsu.network") / "tables" / table)]


@lru_cache(maxsize=1)
def open_states() -> frozenset[str]:
    """Returns the states in which an answer may still come."""
    return frozenset(state for state, row in _read("question_state_kinds.csv", "state") if row["open"] == "yes")


@lru_cache(maxsize=1)
def state_names() -> Mapping[str, Text]:
    """Returns the name of every state."""
    return _texts("question_state_kinds.csv", "state")


@lru_cache(maxsize=1)
def reasons() -> Mapping[str, Text]:
    """Returns every reason for which there is no answer, by its code."""
    return _texts("question_reasons.csv", "code")


@lru_cache(maxsize=1)
def purposes() -> Mapping[str, Text]:
    """Returns every purpose that a question may have."""
    return _texts("purposes.csv", "purpose")


def _texts(table: str, key: str) -> Mapping[str, Text]:
    return MappingProxyType({name: Text.from_row(row, where=name) for name, row in _read(table, key)})


@lru_cache(maxsize=1)
def reasons_of_custodians() -> tuple[str, ...]:
    """Returns the reasons that a custodian chooses from."""
    return tuple(code for code, row in _read("question_reasons.csv", "code") if row["by"] == "custodian")


@lru_cache(maxsize=1)
def reasons_sent() -> frozenset[str]:
    """Returns the reasons that another node may give."""
    return frozenset(code for code, row in _read("question_reasons.csv", "code") if row["by"] != "here")


@lru_cache(maxsize=1)
def _transitions() -> Mapping[tuple[str, str], str]:
    return MappingProxyType(
        {
            (row["from"], row["event"]): row["to"]
            for row in read_rows(files("bongsu.network") / "tables" / "question_states.csv")
        }
    )


def next_state(state: str, event: str) -> str:
    """Returns the state to which an event leads. Raises NotNow if it leads nowhere."""
    found = _transitions().get((state, event))
    if found is None:
        raise NotNow(N_("The question is {state}: this cannot be done now."), state=state)
    return found
