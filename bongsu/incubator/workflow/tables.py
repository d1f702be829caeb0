"""What a workflow can name: the states, events, actors, guards and effects of bongsu/incubator/tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

START = "draft"  # the state of a new application
_FOLDER = files("bongsu.incubator") / "tables"


@dataclass(frozen=True, slots=True)
class State:
    """A state of an application; whether it is an end; and the state that the applicant sees before the release."""

    name: str
    text: Text
    is_end: bool
    seen_as: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes steps, or is told about them."""

    name: str
    text: Text
    acts: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Event:
    """What can happen to an application: who may cause it, and the states that it may lead to."""

    name: str
    text: Text
    who: frozenset[str]
    to: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guard:
    """A fact that a transition may require; `excludes` are the guards that never hold at the same time."""

    name: str
    text: Text
    excludes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Effect:
    """What the node does with a transition."""

    name: str
    text: Text


@lru_cache(maxsize=1)
def known_states() -> Mapping[str, State]:
    """Returns the states by name."""
    return MappingProxyType(
        {
            row["state"]: State(row["state"], _read_text(row), row["end"] == "yes", row["seen_as"])
            for row in read_rows(_FOLDER / "application_states.csv")
        }
    )


@lru_cache(maxsize=1)
def known_actors() -> Mapping[str, Actor]:
    """Returns the actors by name."""
    return MappingProxyType(
        {
            row["actor"]: Actor(row["actor"], _read_text(row), row["acts"] == "yes", row["told"] == "yes")
            for row in read_rows(_FOLDER / "workflow_actors.csv")
        }
    )


@lru_cache(maxsize=1)
def known_events() -> Mapping[str, Event]:
    """Returns the events by name."""
    return MappingProxyType(
        {
            row["event"]: Event(row["event"], _read_text(row), _read_names(row["who"]), _read_names(row["to"]))
            for row in read_rows(_FOLDER / "workflow_events.csv")
        }
    )


@lru_cache(maxsize=1)
def known_guards() -> Mapping[str, Guard]:
    """Returns the guards by name."""
    return MappingProxyType(
        {
            row["guard"]: Guard(row["guard"], _read_text(row), _read_names(row["excludes"]))
            for row in read_rows(_FOLDER / "guards.csv")
        }
    )


@lru_cache(maxsize=1)
def known_effects() -> Mapping[str, Effect]:
    """Returns the effects by name."""
    return MappingProxyType(
        {row["effect"]: Effect(row["effect"], _read_text(row)) for row in read_rows(_FOLDER / "effects.csv")}
    )


def _read_text(row: Mapping[str, str]) -> Text:
    return Text.from_row(row, where=next(iter(row.values())))


def _read_names(cell: str) -> frozenset[str]:
    return frozenset(cell.split())
