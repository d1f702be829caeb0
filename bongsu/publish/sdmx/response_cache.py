"""An in-memory LRU cache of small responses by ETag, limited to MAX_BYTES.

A release never changes, so a cached response stays valid as long as its ETag. Large responses are streamed and not cached.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_BYTES = 64 * 1024 * 1024  # bytes in one process


class ResponseCache:
    """An LRU cache of response bodies by ETag; thread-safe."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most = most
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, etag: str) -> bytes | None:
        """Returns the cached body; None if there is none."""
        with self._lock:
            body = self._bodies.get(etag)
            if body is not None:
                self._bodies.move_to_end(etag)
            return body

    def put(self, etag: str, body: bytes) -> None:
        """Caches a body and evicts the least recently used ones over the limit."""
        with self._lock:
            self._size += len(body) - len(self._bodies.pop(etag, b""))
            self._bodies[etag] = body
            while self._size > self._most:
                _, oldest = self._bodies.popitem(last=False)
                self._size -= len(oldest)
