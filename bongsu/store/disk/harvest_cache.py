"""Stores the pages of a running harvest, so that it can resume, and those of the last complete harvest.

A page that the server reports as unchanged is read from the last complete harvest and not downloaded again. Both folders can
be deleted; the next harvest then downloads everything.

harvests/NAME/state.json       the next request, and the pages so far
harvests/NAME/0001             the bytes of a page
harvests/NAME.last/            the same, of the last complete harvest
harvests/NAME.lock             locked by the process that harvests
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, Busy
from bongsu.store.disk.files import dump_json, lock_file, write_file


class HarvestCache:
    """The pages of the harvest NAME of a node."""

    def __init__(self, root: Path, name: str) -> None:
        self.folder = root / "harvests" / name
        self._last = root / "harvests" / f"{name}.last"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Locks the source against other processes and threads. Raises Busy if one harvests it."""
        with ExitStack() as stack:
            try:
                stack.enter_context(lock_file(self.folder.with_name(f"{self.folder.name}.lock"), wait=False))
            except Busy:
                raise Busy(
                    N_("The source “{name}” is being harvested."),
                    fix=N_("Try again when the harvest has ended."),
                    name=self.folder.name,
                ) from None
            yield

    def state(self) -> dict[str, Any]:
        """Returns the state of the running harvest; empty if none is running."""
        return _read_state(self.folder)

    def last_state(self) -> dict[str, Any]:
        """Returns the state of the last complete harvest; empty if there was none."""
        return _read_state(self._last)

    def last_page(self, number: int) -> bytes:
        """Returns a page of the last complete harvest."""
        return (self._last / f"{number:04}").read_bytes()

    def save_page(self, number: int, data: bytes, state: dict[str, Any]) -> None:
        """Writes a page, then the state that includes it. After a kill between the two, the page is downloaded again."""
        write_file(self.folder / f"{number:04}", data)
        write_file(self.folder / "state.json", dump_json(state).encode())

    def read_pages(self, count: int) -> Iterator[bytes]:
        """Yields the first `count` pages of the running harvest."""
        for number in range(1, count + 1):
            yield (self.folder / f"{number:04}").read_bytes()

    def clear(self) -> None:
        """Deletes the running harvest."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def mark_finished(self) -> None:
        """Makes the running harvest the last complete one."""
        shutil.rmtree(self._last, ignore_errors=True)
        self.folder.rename(self._last)


def _read_state(folder: Path) -> dict[str, Any]:
    path = folder / "state.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
