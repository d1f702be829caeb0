"""Asks an untrusted address safely (protection against server-side request forgery): harvests, sources, webhooks.

Only http and https; no private, loopback or link-local IP address unless the operator allows it; every redirect is checked
again; a host name is resolved once, and the connection goes to the IP address that was checked; size and time are limited; a
host gets at most one request per second. Through a proxy, which the operator names, the proxy resolves the name of the host;
that it is public is checked before, if this machine can resolve it. Left out: cookies, credentials.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

from bongsu.core.errors import N_, BadInput, Unreachable
from bongsu.store.fetching.addresses import resolve_host

MAX_REDIRECTS = 5
USER_AGENT = "Bongsu (https://github.com/bongsu/bongsu)"
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_HEADERS = MappingProxyType(
    {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
)


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


@dataclass(frozen=True, slots=True)
class PartFile:
    """Where the body of a response is written while it arrives, so that a later request can go on where this one broke.

    PATH has the bytes, PATH.etag the ETag of what they are a part of; without an ETag nothing is kept.
    """

    path: Path

    @property
    def etag_path(self) -> Path:
        """The file with the ETag."""
        return self.path.with_name(f"{self.path.name}.etag")

    def state(self) -> tuple[int, str]:
        """Returns the number of bytes that are there, and their ETag; (0, "") if there is nothing to go on with."""
        if not (self.path.exists() and self.etag_path.exists()):
            return 0, ""
        return self.path.stat().st_size, self.etag_path.read_text(encoding="ascii")

    def clear(self) -> None:
        """Deletes both files."""
        self.path.unlink(missing_ok=True)
        self.etag_path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Fetcher:
    """An HTTP client with limits on size, time and rate. Not thread-safe. `proxy` is the address of an HTTP proxy, or ""."""

    allow_private: bool = False
    proxy: str = ""
    largest: int = 64 * 1024 * 1024  # bytes of one response
    seconds: float = 60.0  # for one response, including redirects
    pause: float = 1.0  # seconds between two requests to one host
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _asked: dict[str, float] = field(default_factory=dict)

    def fetch(
        self,
        address: str,
        *,
        etag: str = "",
        modified: str = "",
        part: PartFile | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> FetchResponse:
        """Fetches `address`. Raises BadInput or Refused for a forbidden address, Unreachable if the request fails.

        With `part`, a response that broke off is gone on with the next time, if it is still the same.
        """
        sent = {**_HEADERS, **headers}
        sent |= {"If-None-Match": etag} if etag else {}
        sent |= {"If-Modified-Since": modified} if modified else {}
        have, of = part.state() if part else (0, "")
        if have:
            sent |= {"Range": f"bytes={have}-", "If-Range": of}
        return self._follow(_Exchange("GET", sent, None, part, have), address)

    def post(self, address: str, body: bytes, type_: str) -> FetchResponse:
        """Sends `body` to `address` and returns the response. Raises as `fetch`, also if the status is not 200 to 204."""
        return self._follow(_Exchange("POST", {**_HEADERS, "Content-Type": type_}, body), address)

    def _follow(self, exchange: _Exchange, address: str) -> FetchResponse:
        """Makes the request and follows redirects, but none of a POST."""
        ends = self.clock() + self.seconds
        visited: list[str] = []
        while True:
            if address in visited or len(visited) > MAX_REDIRECTS:
                raise BadInput(
                    N_("The address redirects in a loop, or more than {limit} times."),
                    where=visited[0],
                    limit=MAX_REDIRECTS,
                )
            visited.append(address)
            answer = self._request(address, exchange, ends)
            if isinstance(answer, FetchResponse):
                return answer
            target = urljoin(address, answer)
            if urlsplit(target)[:2] != urlsplit(address)[:2]:  # another host gets no key of this one
                kept = {name: text for name, text in exchange.headers.items() if name != "Authorization"}
                exchange = replace(exchange, headers=kept)
            address = target

    def _request(self, address: str, exchange: _Exchange, ends: float) -> FetchResponse | str:
        """Makes one request; returns the response, or the target of a redirect."""
        parts = parse_address(address)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = self._connect(parts, host, port, address)
        self._wait(host)
        left = ends - self.clock()
        if left <= 0:
            raise Unreachable(N_("The request took longer than {seconds:g} s."), where=address, seconds=self.seconds)
        connection.timeout = min(left, 20.0)
        # A server that sends a byte now and then would never reach the time-out of a single read.
        guard = threading.Timer(left, connection.abort)
        guard.daemon = True
        guard.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            if self.proxy and parts.scheme == "http":
                path = f"http://{host}:{port}{path}"
            connection.request(exchange.method, path, body=exchange.body, headers=dict(exchange.headers))
            with connection.getresponse() as response:
                return self._answer(response, exchange, address, ends)
        except (OSError, http.client.HTTPException) as wrong:
            raise Unreachable(N_("The server does not answer: {reason}."), where=address, reason=wrong) from None
        finally:
            guard.cancel()
            connection.close()

    def _connect(self, parts: _AddressParts, host: str, port: int, address: str) -> _PinnedConnection:
        """Returns a connection, not yet open, to the machine that was checked, or to the proxy."""
        secure = parts.scheme == "https"
        if not self.proxy:
            return _PinnedConnection(host, port, self._resolve(host, port, address), secure=secure)
        with suppress(Unreachable):  # behind a proxy, this machine may know no names of others
            self._resolve(host, port, address)
        through = parse_address(self.proxy)
        connection = _PinnedConnection(through.hostname, through.port or 80, through.hostname, secure=secure)
        if secure:
            connection.set_tunnel(host, port)
        return connection

    def _answer(
        self, response: http.client.HTTPResponse, exchange: _Exchange, address: str, ends: float
    ) -> FetchResponse | str:
        """Reads one HTTP response; returns it, or the target of a redirect."""
        if response.status in _REDIRECT_STATUSES and exchange.method == "GET":
            return response.getheader("Location") or ""
        if response.status == 304:
            return FetchResponse(address, b"", "", unchanged=True)
        if response.status == 416 and exchange.part:  # there is no more than what was kept, so that was another file
            exchange.part.clear()
            raise Unreachable(N_("The file has changed while it was fetched."), where=address)
        if response.status not in exchange.good:
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
            self._read(response, exchange, address, ends),
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

    def _read(self, response: http.client.HTTPResponse, exchange: _Exchange, address: str, ends: float) -> bytes:
        """Reads the whole body. Raises Unreachable if it is incomplete: missing records would look like deleted ones."""
        parts: list[bytes] = []
        size = 0
        keep = exchange.part if exchange.part and response.getheader("ETag") else None
        if keep and response.status == 206:
            if not (response.getheader("Content-Range") or "").startswith(f"bytes {exchange.have}-"):
                keep.clear()
                raise Unreachable(
                    N_("The server sent another part of the file than the one that was asked for."), where=address
                )
            parts, size = [keep.path.read_bytes()], exchange.have
        elif keep:
            keep.path.parent.mkdir(parents=True, exist_ok=True)
            keep.path.write_bytes(b"")
            keep.etag_path.write_text(response.getheader("ETag") or "", encoding="ascii")
        with keep.path.open("ab") if keep else nullcontext() as file:
            while part := response.read(1 << 16):
                parts.append(part)
                size += len(part)
                if size > self.largest:
                    raise BadInput(N_("The response is larger than {limit} bytes."), where=address, limit=self.largest)
                if file:
                    file.write(part)
                if self.clock() > ends:
                    break
        if self.clock() > ends:
            raise Unreachable(N_("The request took longer than {seconds:g} s."), where=address, seconds=self.seconds)
        if response.length:
            raise Unreachable(
                N_("The response is incomplete: {missing} bytes are missing."), where=address, missing=response.length
            )
        if exchange.part:
            exchange.part.clear()
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
        raise BadInput(N_("An address that is fetched must not contain a user name or a password."))
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

    def __init__(self, host: str, port: int, machine: str, *, secure: bool) -> None:
        super().__init__(host, port)
        self._machine = machine
        self._secure = secure

    def abort(self) -> None:
        """Closes the connection from another thread; a read in progress fails."""
        with suppress(OSError, AttributeError):  # not connected yet, or already closed
            self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        """Connects, through the tunnel of a proxy if there is one; the certificate is that of the host that was asked for."""
        self.sock = socket.create_connection((self._machine, self.port), self.timeout)
        tunnel: str | None = getattr(self, "_tunnel_host", None)
        if tunnel:
            self._tunnel()  # type: ignore[attr-defined]
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=tunnel or self.host)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What is asked: method, headers and body; where the body of the answer is kept, and how many bytes are there."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None
    part: PartFile | None = None
    have: int = 0

    @property
    def good(self) -> tuple[int, ...]:
        """The statuses of answers with which the request has succeeded."""
        return (200, 201, 202, 204) if self.method == "POST" else (200, 206) if self.have else (200,)


def _next_link(header: str, address: str) -> str:
    for link in header.split(","):
        target, _, rest = link.partition(";")
        if 'rel="next"' in rest.replace("'", '"'):
            return urljoin(address, target.strip().strip("<>"))
    return ""
