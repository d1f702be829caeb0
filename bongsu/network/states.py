"""The states of a peer, from two tables: which event leads from which state to which, and what is done in each state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

PROPOSED, CONFIRMED, ACTIVE, STALE, SUSPENDED, ENDED = "proposed", "confirmed", "active", "stale", "suspended", "ended"
PEER_PREFIX = "peer "  # of the name of an actor that is a peer, in the audit


class State(NamedTuple):
    """A state: whether the log is pulled, messages are accepted, releases are shown; its name and what it means."""

    name: str
    pulled: bool
    messages: bool
    shown: bool
    title: Text
    help: Text


@lru_cache(maxsize=1)
def peer_states() -> Mapping[str, State]:
    """Returns every state, by its name."""
    table = files("bongsu.network") / "tables" / "peer_state_kinds.csv"
    return MappingProxyType(
        {
            row["state"]: State(
                row["state"],
                row["pulled"] == "yes",
                row["messages"] == "yes",
                row["shown"] == "yes",
                Text.from_row(row, where=row["state"]),
                Text.from_row(row, "help_", where=row["state"]),
            )
            for row in read_rows(table)
        }
    )


@lru_cache(maxsize=1)
def _transitions() -> Mapping[tuple[str, str], str]:
    table = files("bongsu.network") / "tables" / "peer_states.csv"
    return MappingProxyType({(row["from"], row["event"]): row["to"] for row in read_rows(table)})


def follow_event(state: str, event: str) -> str | None:
    """Returns the state to which an event leads; None if it leads nowhere. "" is the state of a node that is not known."""
    return _transitions().get((state, event))


def require_event(state: str, event: str, name: str) -> str:
    """Returns the state to which an event leads. Raises BadInput if it leads nowhere; `name` is the peer's."""
    found = follow_event(state, event)
    if found is None:
        raise BadInput(
            N_("“{name}” is {state}: this cannot be done now."),
            fix=N_("“bongsu peer list” shows every peer with its state; docs/network.md has the states."),
            name=name,
            state=state,
        )
    return found
