"""The client with which this node asks others: small, slow and hostile answers cost little.

No redirects, no cookies, no proxies of the environment; the host resolves to public addresses only, and the connection goes to
the address that was checked; connecting takes 5 seconds at most, each read 30, a whole exchange 120; four connections a peer; a
body has at most 1 MiB unless the caller says how much it expects; compressed answers are not accepted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from django.conf import settings

from bongsu.core.errors import N_, BadInput, Unreachable
from bongsu.store.fetching.addresses import resolve_host

MAX_BODY = 1 << 20
CONNECTIONS = 4
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 30.0, 120.0
FILE_SECONDS = 3600.0  # of a file of a release, whose size is known
_HEADERS = {"User-Agent": "Bongsu (network)", "Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass
class _Deadline:
    """When the exchange that is going on must be over, by time.monotonic."""

    at: float = float("inf")

    def shorten(self, timeout: float | None) -> float:
        """Returns a time-out that does not pass the deadline. Raises httpcore2.ReadTimeout if it has passed."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the whole exchange took too long")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes end at the deadline: a byte now and then does not hold it open."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.shorten(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.shorten(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.shorten(timeout))
        return _Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _CheckedAddresses(httpcore2.NetworkBackend):
    """Connects to the address that was checked: the name is not resolved a second time."""

    def __init__(self, deadline: _Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> _Stream:
        fix = N_("Only BONGSU_NETWORK_PRIVATE=yes permits peers in a private network.")
        machine = resolve_host(host, port, allow_private=self._allow_private, where=host, fix=fix)
        timeout = self._deadline.shorten(timeout)
        stream = httpcore2.SyncBackend().connect_tcp(machine, port, timeout, local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Transport(httpx2.HTTPTransport):
    def __init__(self, deadline: _Deadline, allow_private: bool) -> None:
        context = httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS,
            network_backend=_CheckedAddresses(deadline, allow_private),
        )


def open_transport(deadline: _Deadline) -> httpx2.BaseTransport:
    """Returns what carries the messages. Tests put a loopback in its place."""
    return _Transport(deadline, settings.BONGSU_NETWORK_PRIVATE)


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its body, and the message it belongs to, for the check of its signature."""

    status: int
    body: bytes
    response: httpx2.Response

    @property
    def ok(self) -> bool:
        """Whether the peer did what it was asked."""
        return 200 <= self.status < 300


class Client:
    """Asks the node at `url`, such as https://stat.example. Use it in a `with` block. Not thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = check_url(url)
        self._deadline = _Deadline()
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx2.Client(
            transport=open_transport(self._deadline),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            headers=_HEADERS,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, *, largest: int = MAX_BODY) -> bytes:
        """Returns the body of a document. Raises BadInput, Refused or Unreachable."""
        answer = self.send(self._client.build_request("GET", self.url + path), largest=largest)
        self._require_ok(answer, path)
        return answer.body

    def build(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> httpx2.Request:
        """Returns a request, for its signature."""
        return self._client.build_request(method, self.url + path, content=body, headers=dict(headers))

    def send(self, request: httpx2.Request, *, largest: int = MAX_BODY) -> Answer:
        """Sends a request and reads its answer whole. Raises BadInput if it is too large, Unreachable if none comes."""
        with self._exchange(request, WHOLE_SECONDS) as response:
            body = b"".join(_read_parts(response, largest, str(request.url)))
        return Answer(response.status_code, body, response)

    def download(self, path: str, target: IO[bytes], largest: int) -> None:
        """Writes a document of at most `largest` bytes to a file. Raises like `get`."""
        request = self._client.build_request("GET", self.url + path)
        with self._exchange(request, max(WHOLE_SECONDS, FILE_SECONDS)) as response:
            if response.status_code != 200:
                body = b"".join(_read_parts(response, MAX_BODY, path))
                self._require_ok(Answer(response.status_code, body, response), path)
            for part in _read_parts(response, largest, str(request.url)):
                target.write(part)

    @contextmanager
    def _exchange(self, request: httpx2.Request, seconds: float) -> Iterator[httpx2.Response]:
        self._deadline.at = time.monotonic() + seconds
        try:
            response = self._client.send(request, stream=True)
            try:
                yield response
            finally:
                response.close()
        except (httpx2.HTTPError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as wrong:
            reason = str(wrong) or type(wrong).__name__
            raise Unreachable(
                N_("The node at {url} does not answer: {reason}."), url=self.url, reason=reason, where=str(request.url)
            ) from None

    def _require_ok(self, answer: Answer, path: str) -> None:
        if answer.ok:
            return
        kind = Unreachable if answer.status in (408, 429) or answer.status >= 500 else BadInput
        raise kind(
            N_("The node at {url} answered with HTTP status {status}."), url=self.url, status=answer.status, where=path
        )


def _read_parts(response: httpx2.Response, largest: int, where: str) -> Iterator[bytes]:
    """Yields the parts of a body, as sent. Raises BadInput for one that is compressed or too large."""
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadInput(N_("The answer is compressed, which was not asked for."), where=where)
    size = 0
    for part in response.iter_raw():
        size += len(part)
        if size > largest:
            raise BadInput(N_("The answer is larger than {limit} bytes."), limit=largest, where=where)
        yield part


def check_url(url: str) -> str:
    """Returns the address of a node without a slash at the end. Raises BadInput for one that no node can have."""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or parts.username or parts.password or len(url) > 200:
        raise BadInput(
            N_("“{url}” is not the address of a node."), url=url[:200], fix=N_("Write it as https://stat.example.")
        )
    if not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise BadInput(N_("“{url}” is not the address of a node."), url=url[:200])
    if parts.scheme == "http" and not settings.BONGSU_NETWORK_PRIVATE:
        raise BadInput(
            N_("The address of a node begins with https://."),
            fix=N_("Only BONGSU_NETWORK_PRIVATE=yes permits peers in a private network."),
        )
    return url
