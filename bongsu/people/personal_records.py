"""What other rooms store about a person: each registers how it is described in her export, and erased with her account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bongsu.people.models import Person


class PersonalRecords(NamedTuple):
    """Records of a room. `describe` returns rows for JSON; `erase` runs within the action that erases the person."""

    describe: Callable[[Person], list[dict[str, Any]]]
    erase: Callable[[Person], None]


_rooms: dict[str, PersonalRecords] = {}


def register_personal_records(name: str, records: PersonalRecords) -> None:
    """Adds records under the name that their file has in an export, such as “proposals”."""
    _rooms[name] = records


def personal_records() -> Mapping[str, PersonalRecords]:
    """Returns the records of all rooms, by name."""
    return MappingProxyType(_rooms)
