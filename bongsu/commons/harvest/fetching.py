"""Fetches an untrusted address safely (protection against server-side request forgery).

Only http and https; no private, loopback or link-local IP address unless the operator allows it; every redirect is checked
again; a host name is resolved once, and the connection goes to the IP address that was checked; size and time are limited; a
host gets at most one request per second. Left out: cookies, credentials, proxies.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from bongsu.core.errors import N_, BadInput, Unreachable
from bongsu.store.addresses import resolve_host

MAX_REDIRECTS = 5
USER_AGENT = "Bongsu (catalogue of the AI commons)"
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """A response. `data` is empty if the document is `unchanged` (HTTP 304); `next` is the next page of the Link header."""

    address: str
    data: bytes
    type: str
    etag: str = ""
    modified: str = ""
    next: str = ""
    unchanged: bool = False


@dataclass
class Fetcher:
    """An HTTP client with limits on size, time and rate. Not thread-safe."""

    allow_private: bool = False
    largest: int = 64 * 1024 * 1024  # bytes of one response
    seconds: float = 60.0  # for one response, including redirects
    pause: float = 1.0  # seconds between two requests to one host
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _asked: dict[str, float] = field(default_factory=dict)

    def fetch(self, address: str, *, etag: str = "", modified: str = "") -> FetchResponse:
        """Fetches `address`. Raises BadInput or Refused for a forbidden address, Unreachable if the request fails."""
        ends = self.clock() + self.seconds
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": modified} if modified else {}
        visited: list[str] = []
        while True:
            if address in visited or len(visited) > MAX_REDIRECTS:
                raise BadInput(
                    N_("The address redirects in a loop, or more than {limit} times."),
                    where=visited[0],
                    limit=MAX_REDIRECTS,
                )
            visited.append(address)
            answer = self._request(address, headers, ends)
            if isinstance(answer, FetchResponse):
                return answer
            address = urljoin(address, answer)

    def _request(self, address: str, headers: dict[str, str], ends: float) -> FetchResponse | str:
        """Makes one request; returns the response, or the target of a redirect."""
        parts = parse_address(address)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        machine = self._resolve(host, port, address)
        self._wait(host)
        left = ends - self.clock()
        if left <= 0:
            raise Unreachable(N_("The request took longer than {seconds:g} s."), where=address, seconds=self.seconds)
        connection = _PinnedConnection(host, port, machine, timeout=min(left, 20.0), secure=parts.scheme == "https")
        # A server that sends a byte now and then would never reach the time-out of a single read.
        guard = threading.Timer(left, connection.abort)
        guard.daemon = True
        guard.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                return self._answer(response, address, ends)
        except (OSError, http.client.HTTPException) as wrong:
            raise Unreachable(N_("The server does not answer: {reason}."), where=address, reason=wrong) from None
        finally:
            guard.cancel()
            connection.close()

    def _answer(self, response: http.client.HTTPResponse, address: str, ends: float) -> FetchResponse | str:
        """Reads one HTTP response; returns it, or the target of a redirect."""
        if response.status in _REDIRECT_STATUSES:
            return response.getheader("Location") or ""
        if response.status == 304:
            return FetchResponse(address, b"", "", unchanged=True)
        if response.status != 200:
            kind = Unreachable if response.status in (408, 429) or response.status >= 500 else BadInput
            after = response.getheader("Retry-After") or ""
            fix = N_("Try again later. The server answered Retry-After: {after}.") if after else ""
            raise kind(
                N_("The server answered with HTTP status {status}."),
                where=address,
                fix=fix,
                status=response.status,
                after=after,
                seconds_to_wait=parse_retry_after(after, datetime.now(UTC)),
            )
        return FetchResponse(
            address,
            self._read(response, address, ends),
            response.getheader("Content-Type") or "",
            response.getheader("ETag") or "",
            response.getheader("Last-Modified") or "",
            _next_link(response.getheader("Link") or "", address),
        )

    def _resolve(self, host: str, port: int, address: str) -> str:
        permit = N_("An operator may allow it with --allow-private.")
        return resolve_host(host, port, allow_private=self.allow_private, where=address, fix=permit)

    def _wait(self, host: str) -> None:
        since = self.clock() - self._asked.get(host, -self.pause)
        if since < self.pause:
            self.sleep(self.pause - since)
        self._asked[host] = self.clock()

    def _read(self, response: http.client.HTTPResponse, address: str, ends: float) -> bytes:
        """Reads the whole body. Raises Unreachable if it is incomplete: missing records would look like deleted ones."""
        parts: list[bytes] = []
        size = 0
        while part := response.read(1 << 16):
            parts.append(part)
            size += len(part)
            if size > self.largest:
                raise BadInput(N_("The response is larger than {limit} bytes."), where=address, limit=self.largest)
            if self.clock() > ends:
                break
        if self.clock() > ends:
            raise Unreachable(N_("The request took longer than {seconds:g} s."), where=address, seconds=self.seconds)
        if response.length:
            raise Unreachable(
                N_("The response is incomplete: {missing} bytes are missing."), where=address, missing=response.length
            )
        return b"".join(parts)


def parse_retry_after(header: str, now: datetime) -> float | None:
    """Returns the seconds to wait that a Retry-After header asks for, as a number or an HTTP date; None if it asks for none."""
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        return None


def parse_address(address: str) -> _AddressParts:
    """Parses an address that may be fetched. Raises BadInput for any other."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadInput(N_("“{address}” is not a valid web address."), address=address[:200]) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            N_("“{address}” is not a valid web address: only http and https are allowed."), address=address[:200]
        )
    if parts.username or parts.password:
        raise BadInput(N_("An address to harvest must not contain a user name or a password."))
    if any(character <= " " or character == "\x7f" for character in address):
        raise BadInput(N_("“{address}” is not a valid web address."), address=address[:200])
    return _AddressParts(parts.scheme, parts.hostname, port, parts.path, parts.query)


@dataclass(frozen=True, slots=True)
class _AddressParts:
    scheme: str
    hostname: str
    port: int | None
    path: str
    query: str


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to the IP address that was checked, with the host name of the request."""

    def __init__(self, host: str, port: int, machine: str, *, timeout: float, secure: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._machine = machine
        self._secure = secure

    def abort(self) -> None:
        """Closes the connection from another thread; a read in progress fails."""
        with suppress(OSError, AttributeError):  # not connected yet, or already closed
            self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        plain = socket.create_connection((self._machine, self.port), self.timeout)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._secure else plain
        )


def _next_link(header: str, address: str) -> str:
    for link in header.split(","):
        target, _, rest = link.partition(";")
        if 'rel="next"' in rest.replace("'", '"'):
            return urljoin(address, target.strip().strip("<>"))
    return ""
