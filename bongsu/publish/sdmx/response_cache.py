"""Small answers kept in memory by their ETag, least recently asked for out first, never more than MOST bytes.

A release never changes, so an answer that was written once is right for as long as its ETag is; what many people ask for
is written once. Large answers are streamed and never kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_BYTES = 64 * 1024 * 1024  # bytes in one process


class ResponseCache:
    """Answers by ETag; safe to share between threads."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most = most
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, etag: str) -> bytes | None:
        """The answer, if it is here."""
        with self._lock:
            body = self._bodies.get(etag)
            if body is not None:
                self._bodies.move_to_end(etag)
            return body

    def put(self, etag: str, body: bytes) -> None:
        """Keeps an answer; those that nobody has asked for longest make room."""
        with self._lock:
            self._size += len(body) - len(self._bodies.pop(etag, b""))
            self._bodies[etag] = body
            while self._size > self._most:
                _, oldest = self._bodies.popitem(last=False)
                self._size -= len(oldest)
