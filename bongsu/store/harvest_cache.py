"""Pages of a harvest that is under way, kept so that it can go on where it stopped; and those of the one before, so that
pages that their server calls unchanged need not be sent again. Both can be thrown away: then everything is asked for anew.

harvests/NAME/state.json       what comes next, and what the pages so far were
harvests/NAME/0001             the bytes of a page
harvests/NAME.last/            the same of the last harvest that came to its end
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bongsu.store.disk.files import dump_json, write_file


class HarvestCache:
    """The pages of the harvest NAME of a node."""

    def __init__(self, root: Path, name: str) -> None:
        self.folder = root / "harvests" / name
        self._last = root / "harvests" / f"{name}.last"

    def state(self) -> dict[str, Any]:
        """What was written last; empty where nothing is under way."""
        return _read_state(self.folder)

    def last_state(self) -> dict[str, Any]:
        """The state of the harvest before, with all its pages; empty where there was none."""
        return _read_state(self._last)

    def last_page(self, number: int) -> bytes:
        """A page of the harvest before."""
        return (self._last / f"{number:04}").read_bytes()

    def keep(self, number: int, data: bytes, state: dict[str, Any]) -> None:
        """Keeps a page, then the state that counts it: a kill between the two only means that it is fetched again."""
        write_file(self.folder / f"{number:04}", data)
        write_file(self.folder / "state.json", dump_json(state).encode())

    def read(self, count: int) -> Iterator[bytes]:
        """The first `count` pages."""
        for number in range(1, count + 1):
            yield (self.folder / f"{number:04}").read_bytes()

    def drop(self) -> None:
        """Forgets everything that is under way."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def finish(self) -> None:
        """What was under way has come to its end, and is the harvest before from now on."""
        shutil.rmtree(self._last, ignore_errors=True)
        self.folder.rename(self._last)


def _read_state(folder: Path) -> dict[str, Any]:
    path = folder / "state.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
