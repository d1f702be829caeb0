"""A message as a list of parts: fixed bytes, and queries whose results are lines of text. Parts are streamed.

A plan contains no observations, so it can be cached and reused; memory does not grow with the response.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from bongsu.store.query_engine import Engine
from bongsu.store.releases.sql_text import group_by_head, join_texts, stream_text


@dataclass(frozen=True)
class LinesPart:
    """The lines of a compiled query. `comma`: each line begins with a comma, which is removed from the first."""

    question: str
    comma: bool = False


@dataclass(frozen=True)
class GroupsPart:
    """Grouped lines: head, its lines, `close`; `between` separates two groups."""

    question: str
    close: bytes
    between: bytes = b""
    comma: bool = False


Part = bytes | LinesPart | GroupsPart


def write_message(
    engine: Engine, parts: Sequence[Part], values: Sequence[str] = ()
) -> Generator[bytes, None, None] | None:
    """Returns a generator of the message's chunks; None if it has queries and none has a result.

    `values` are the values of the queries' parameters.
    """
    questions = [part for part in parts if not isinstance(part, bytes)]
    chunks = _chunks(engine, parts, values)
    begun = []
    for chunk, answered in chunks:
        begun.append(chunk)
        if answered or not questions:
            return _continue_chunks(begun, chunks)
    return None


def _continue_chunks(
    begun: list[bytes], chunks: Generator[tuple[bytes, bool], None, None]
) -> Generator[bytes, None, None]:
    try:
        yield from begun
        begun.clear()
        for chunk, _ in chunks:
            yield chunk
    finally:
        chunks.close()


def _chunks(engine: Engine, parts: Sequence[Part], values: Sequence[str]) -> Generator[tuple[bytes, bool], None, None]:
    """Yields (chunk, whether it is the result of a query)."""
    for part in parts:
        if isinstance(part, bytes):
            yield part, False
        elif isinstance(part, LinesPart):
            first = part.comma
            for batch in stream_text(engine, part.question, values):
                chunk = join_texts(batch.column(0))
                yield chunk[1:] if first else chunk, bool(chunk)
                first = first and not chunk
        else:
            yield from _groups(engine, part, values)


def _groups(engine: Engine, part: GroupsPart, values: Sequence[str]) -> Iterator[tuple[bytes, bool]]:
    current, pieces, size = None, [], 0
    for head, lines in group_by_head(stream_text(engine, part.question, values)):
        if head != current:
            if current is not None:
                pieces += [part.close, part.between]
            pieces.append(head)
            lines = lines[1:] if part.comma else lines
            current = head
        pieces.append(lines)
        size += len(lines) + len(head)
        if size > 1 << 18:
            yield b"".join(pieces), True
            pieces, size = [], 0
    if current is not None:
        yield b"".join([*pieces, part.close]), True
