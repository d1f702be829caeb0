"""The journal: an append-only log of events (sealed, withdrawn, asked, answered) where each line has the previous hash.

A changed, removed or reordered line breaks the chain; `verify` gives its number. `append` returns only when the line is on
disk. An incomplete last line, left by a kill, was never acknowledged; the next append removes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from bongsu.core.errors import N_, Damaged
from bongsu.core.log_line import FIRST_HASH, Line
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import lock_file


class Position(NamedTuple):
    """Where a line is in the file: its number, its hash, and the bytes where it begins and ends."""

    number: int
    hash: str
    start: int
    end: int


START = Position(0, FIRST_HASH, 0, 0)


class Journal:
    """The journal in the file `path`. Safe against other threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: str, subject: str, **detail: Any) -> Line:
        """Appends a line. Returns it when it is on disk."""
        with lock_file(self.path.with_suffix(".lock")), self.path.open("ab+") as file:
            last, end = self._read_last(file)
            line = Line(
                number=last.number + 1 if last else 1,
                at=utc_now(),
                event=event,
                subject=subject,
                detail=detail,
                before=last.hash if last else FIRST_HASH,
            ).with_hash()
            file.truncate(end)
            file.write(json.dumps(asdict(line), ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            return line

    @property
    def last(self) -> Line | None:
        """The last line; None if there is none."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            return self._read_last(file)[0]

    def extend(self, lines: Sequence[Line]) -> None:
        """Appends lines of another log as they are. Raises Damaged unless each follows the one before it."""
        with lock_file(self.path.with_suffix(".lock")), self.path.open("ab+") as file:
            last, end = self._read_last(file)
            reached = (last.number, last.hash) if last else (0, FIRST_HASH)
            file.truncate(end)
            for line in lines:
                if (line.number - 1, line.before) != reached or not line.has_its_hash:
                    raise self._broken_error(line.number)
                file.write(json.dumps(asdict(line), ensure_ascii=False).encode() + b"\n")
                reached = (line.number, line.hash)
            file.flush()
            os.fsync(file.fileno())

    def _read_last(self, file: Any) -> tuple[Line | None, int]:
        """Returns the last complete line and the offset of its end. Reads backwards, so that a long journal costs no more."""
        size = end = file.seek(0, os.SEEK_END)
        tail = b""
        while end > 0 and tail.count(b"\n") < 2:
            step = min(64 * 1024, end)
            end -= step
            file.seek(end)
            tail = file.read(step) + tail
        whole = tail[: tail.rfind(b"\n") + 1]
        if not whole:
            return None, size - len(tail)
        return self._parse_line(whole.splitlines()[-1], 0), size - len(tail) + len(whole)

    def _parse_line(self, text: bytes, number: int) -> Line:
        try:
            return Line(**json.loads(text))
        except (ValueError, TypeError):
            raise self._broken_error(number) from None

    def _broken_error(self, number: int) -> Damaged:
        return Damaged(
            N_("The journal's hash chain is broken at line {number}."),
            where=self.path.name,
            fix=N_("The lines before it are intact. Restore the file from a copy."),
            number=number,
        )

    def lines(self) -> Iterator[Line]:
        """Yields and verifies every line. Raises Damaged with the number of the first line that breaks the chain."""
        for _, line in self.lines_after(START):
            yield line

    def lines_after(self, reached: Position) -> Iterator[tuple[Position, Line]]:
        """Yields and verifies every line after the one at `reached`, with its position. Raises Damaged like `lines`."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(reached.end)
            for text in file:
                if not text.endswith(b"\n"):
                    return  # incomplete, left by a kill; never acknowledged
                line = self._parse_line(text, reached.number + 1)
                if (line.number, line.before) != (reached.number + 1, reached.hash) or not line.has_its_hash:
                    raise self._broken_error(reached.number + 1)
                reached = Position(line.number, line.hash, reached.end, reached.end + len(text))
                yield reached, line

    def line_at(self, start: int, number: int, hash: str) -> Line:
        """Returns the line that begins at the byte `start`. Raises Damaged if it has not this number and this hash."""
        with self.path.open("rb") as file:
            file.seek(start)
            line = self._parse_line(file.readline(), number)
        if (line.number, line.hash) != (number, hash) or not line.has_its_hash:
            raise self._broken_error(number)
        return line

    def verify(self) -> int:
        """Verifies the hash chain. Returns the number of lines. Raises Damaged."""
        return sum(1 for _ in self.lines())
