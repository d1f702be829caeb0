"""The journal: an append-only log of events (sealed, withdrawn, asked, answered) where each line has the previous hash.

A changed, removed or reordered line breaks the chain; `verify` gives its number. `append` returns only when the line is on
disk. An incomplete last line, left by a kill, was never acknowledged; the next append removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bongsu.core.errors import N_, Damaged
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import lock_file

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Line:
    """A line: its number, time (UTC), event, subject and details, the hash of the line before (`before`), and its own hash."""

    number: int
    at: str
    event: str
    subject: str
    detail: Mapping[str, Any]
    before: str
    hash: str = ""

    def with_hash(self) -> Line:
        """Returns the line with its hash, the SHA-256 of its other fields as canonical JSON."""
        body = {key: value for key, value in asdict(self).items() if key != "hash"}
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return Line(**{**body, "hash": digest})

    @property
    def has_its_hash(self) -> bool:
        """Whether the hash is that of its other fields."""
        return self.with_hash().hash == self.hash


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
