"""Pages of a harvest that is under way, kept so that it can go on where it stopped. Gone when it is done.

harvests/NAME/state.json       what comes next, and what the pages so far were
harvests/NAME/0001             the bytes of a page
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bongsu.store.files import dump, write


class Pages:
    """The pages of the harvest NAME of a node."""

    def __init__(self, root: Path, name: str) -> None:
        self.folder = root / "harvests" / name

    def state(self) -> dict[str, Any]:
        """What was written last; empty where nothing is under way."""
        path = self.folder / "state.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def keep(self, number: int, data: bytes, state: dict[str, Any]) -> None:
        """Keeps a page, then the state that counts it: a kill between the two only means that it is fetched again."""
        write(self.folder / f"{number:04}", data)
        write(self.folder / "state.json", dump(state).encode())

    def read(self, count: int) -> Iterator[bytes]:
        """The first `count` pages."""
        for number in range(1, count + 1):
            yield (self.folder / f"{number:04}").read_bytes()

    def drop(self) -> None:
        """Forgets everything that is under way."""
        shutil.rmtree(self.folder, ignore_errors=True)
