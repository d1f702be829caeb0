"""HTTP responses of the SDMX service: content type, caching, compression, limits on load, and errors.

The same query of the same releases gives the same bytes, so responses have ETag and Last-Modified; a client that has the
response already gets 304.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from itertools import chain

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe

from bongsu.core.errors import N_, BadInput, BongsuError, Busy, TryAgain
from bongsu.core.release import Release
from bongsu.publish.sdmx.content_negotiation import Format
from bongsu.publish.sdmx.errors import TooLong, error_message, not_offered
from bongsu.publish.sdmx.parameters import MAX_ADDRESS_BYTES
from bongsu.publish.sdmx.response_cache import ResponseCache

_log = logging.getLogger("bongsu.publish")
_VARY = "Accept, Accept-Encoding, Accept-Language"
_cache = ResponseCache()
_SMALL_BYTES = 1 << 20  # bytes: a smaller response is sent whole, with its length
# A running query takes about 30 MB. A large response keeps its query and a thread until the client has read it, so at most
# LARGE_SLOTS are sent at a time. At most QUERY_SLOTS queries start at a time, each until its first bytes are ready.
LARGE_SLOTS, QUERY_SLOTS, SLOT_TIMEOUT_S = 12, 4, 20
_large_slots, _query_slots = threading.BoundedSemaphore(LARGE_SLOTS), threading.BoundedSemaphore(QUERY_SLOTS)
View = Callable[..., HttpResponseBase]


def refuse_null_characters(request: HttpRequest) -> None:
    """Raises BadInput for an address with a NUL character, which neither a code nor a database's text can have."""
    if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        raise BadInput(N_("The address has a NUL character."), fix=N_("Leave out “%00”."))


def sdmx_view(view: View) -> View:
    """Decorates a view: allows GET and HEAD only, limits the length of the address, returns errors as SDMX messages."""

    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        try:
            if request.method not in ("GET", "HEAD"):
                raise not_offered("post")
            if len(request.get_full_path()) > MAX_ADDRESS_BYTES:
                raise TooLong(
                    N_("The address is longer than {most} bytes."),
                    fix=N_("Split the request into several."),
                    most=MAX_ADDRESS_BYTES,
                )
            refuse_null_characters(request)
            return view(request, *args, **kwargs)
        except BongsuError as error:
            if error.http_status >= 500 and error.http_status != 501:
                _log.error("%s: %s", error.code, error)
            return _error_response(request, error)
        except Exception:  # noqa: BLE001  # a bug is logged; the client gets an SDMX error without details
            _log.exception("%s", request.path)
            defect = BongsuError(
                N_("Something went wrong on this node."), fix=N_("The operator can find the cause in the log.")
            )
            return _error_response(request, defect)

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # a request changes nothing
    return answer


def _error_response(request: HttpRequest, error: BongsuError) -> HttpResponse:
    accept = request.headers.get("Accept", "")
    old = ";version=2.1" in accept.replace(" ", "")
    body, content_type = error_message(error, as_json="json" in accept, version="2.1" if old else "3.0")
    response = HttpResponse(body, content_type=content_type, status=error.http_status)
    response.headers["Vary"] = _VARY
    if isinstance(error, TryAgain):
        response.headers["Retry-After"] = "5"
    return response


def make_etag(*about: object) -> str:
    """Returns an ETag: a hash of everything that the response depends on."""
    return hashlib.sha256("\n".join(map(str, about)).encode()).hexdigest()[:32]


def last_modified(releases: Iterable[Release]) -> str:
    """Returns when these releases, or what is said of them, last changed, in the store's text form (UTC)."""
    return max((release.changed_at for release in releases), default="2026-01-01T00:00:00Z")


def not_modified(request: HttpRequest, etag: str, changed: str) -> HttpResponseBase | None:
    """Returns 304 if the client has this response already, else None."""
    etags = request.headers.get("If-None-Match")
    if etags is not None:
        fits = etags.strip() == "*" or any(_strip_etag(tag) == etag for tag in etags.split(","))
    else:
        since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
        fits = since is not None and _seconds(changed) <= since
    return _add_cache_headers(HttpResponse(status=304), etag, changed) if fits else None


def _strip_etag(text: str) -> str:
    return text.strip().removeprefix("W/").strip('"').removesuffix("-gzip")


def cached_response(
    request: HttpRequest, form: Format, etag: str, changed: str, language: str
) -> HttpResponseBase | None:
    """Returns the response from the cache; None if it is not cached."""
    body = _cache.get(etag)
    return None if body is None else message_response(request, single_chunk(body), form, etag, changed, language)


@contextmanager
def query_slot() -> Iterator[None]:
    """Holds a query slot. Raises Busy if none becomes free within SLOT_TIMEOUT_S seconds."""
    if not _query_slots.acquire(timeout=SLOT_TIMEOUT_S):
        raise Busy(N_("This node is processing too many queries."), fix=N_("Try again in a moment."))
    try:
        yield
    finally:
        _query_slots.release()


def single_chunk(body: bytes) -> Generator[bytes, None, None]:
    """Yields a complete message as one chunk."""
    yield body


def no_content(etag: str, changed: str) -> HttpResponseBase:
    """Returns 204: the query is valid, but no observation matches it."""
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return _add_cache_headers(response, etag, changed)


def message_response(
    request: HttpRequest, chunks: Generator[bytes, None, None], form: Format, etag: str, changed: str, language: str
) -> HttpResponseBase:
    """Returns the message, at once if it is small, else as a stream; compressed if the client accepts gzip.

    Raises Busy if LARGE_SLOTS large responses are already being sent.
    """
    begun: list[bytes] = []
    size = 0
    for chunk in chunks:
        begun.append(chunk)
        size += len(chunk)
        if size > _SMALL_BYTES:
            break
    small = size <= _SMALL_BYTES
    packed = size > 1024 and _takes_gzip(request) and form.name not in ("parquet", "arrow")
    if small:
        begun = [b"".join(begun)]
        _cache.put(etag, begun[0])
    body = chain(begun, chunks)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=form.content_type)
        chunks.close()
    elif small:
        response = HttpResponse(b"".join(_compress(body) if packed else body), content_type=form.content_type)
    else:
        response = StreamingHttpResponse(
            _LargeBody(_compress(body) if packed else body, chunks), content_type=form.content_type
        )
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Language"] = language
    return _add_cache_headers(response, f"{etag}-gzip" if packed else etag, changed)


def _add_cache_headers(response: HttpResponseBase, etag: str, changed: str) -> HttpResponseBase:
    response.headers["ETag"] = f'"{etag}"'
    response.headers["Last-Modified"] = http_date(_seconds(changed))
    response.headers["Vary"] = _VARY
    response.headers["Cache-Control"] = "public, no-cache"  # cache it, and revalidate before each use
    return response


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _takes_gzip(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(
        1, zlib.DEFLATED, 31
    )  # 31: gzip format; without a date, so that equal messages are equal bytes
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


class _LargeBody:
    """The chunks of a large response. Closes the engine's cursor even if the client disconnects."""

    def __init__(self, chunks: Iterable[bytes], source: Generator[bytes, None, None]) -> None:
        if not _large_slots.acquire(blocking=False):
            source.close()
            raise Busy(
                N_("This node is already sending {most} large responses."),
                fix=N_("Try again in a moment, or request fewer observations."),
                most=LARGE_SLOTS,
            )
        self._chunks, self._source, self._open = iter(chunks), source, True

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Frees the slot and the cursor. The server calls it after the response is sent or the client has disconnected."""
        if self._open:
            self._open = False
            self._source.close()
            _large_slots.release()
