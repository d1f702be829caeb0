"""Tables that several rooms have, such as access.csv and actions.csv: each room adds its own rows in its folder `tables`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from bongsu.store.tables.definitions import read_rows


def read_room_tables(name: str) -> Iterator[dict[str, str]]:
    """Yields the rows of the table `name` of every room that has it."""
    for room in sorted(files("bongsu").iterdir(), key=lambda folder: folder.name):
        table = room / "tables" / name
        if table.is_file():
            yield from read_rows(table)
