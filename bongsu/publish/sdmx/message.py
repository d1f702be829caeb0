"""A message as parts: fixed bytes, and questions whose answers are lines of text. It is written as it is read.

A plan of parts holds no observation, so it can be kept and sent again; memory does not grow with the answer.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from bongsu.store.query_engine import Engine
from bongsu.store.releases.sql_text import group_by_head, join_texts, stream_text


@dataclass(frozen=True)
class LinesPart:
    """The lines of a compiled question. `comma`: each begins with a comma, which the first one loses."""

    question: str
    comma: bool = False


@dataclass(frozen=True)
class GroupsPart:
    """Lines under heads: head, its lines, `close`; `between` stands between two groups."""

    question: str
    close: bytes
    between: bytes = b""
    comma: bool = False


Part = bytes | LinesPart | GroupsPart


def write_message(
    engine: Engine, parts: Sequence[Part], values: Sequence[str] = ()
) -> Generator[bytes, None, None] | None:
    """The message in chunks; None where the questions have no answer at all, and so nothing was written.

    `values` are for the places that the questions left open.
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
    """(chunk, whether it answers a question)"""
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
