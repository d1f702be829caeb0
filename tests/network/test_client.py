"""The client against a real server on this machine: addresses, limits, deadlines. Nothing here sleeps long."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Refused, Unreachable
from bongsu.network import client
from bongsu.network.client import Client, check_url
from bongsu.store.fetching import addresses


@contextmanager
def answering(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """Serves one connection with these bytes, a part at a time; yields the address. The connection stays open after them."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    return
                if ended.wait(pause):
                    return
            ended.wait(5)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        listening.close()
        thread.join(5)


@pytest.fixture(autouse=True)
def private(settings: Any) -> Any:
    settings.BONGSU_NETWORK_PRIVATE = True
    return settings


def head(length: int, *more: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", f"Content-Length: {length}", *more, "", "")).encode()


def test_a_document_is_read_and_a_file_downloaded() -> None:
    with answering(head(5), b"hello") as url, Client(url) as asked:
        assert asked.get("/x") == b"hello"
    target = io.BytesIO()
    with answering(head(5), b"hello") as url, Client(url) as asked:
        asked.download("/x", target, 5)
    assert target.getvalue() == b"hello"
    with answering(head(5), b"hello") as url, Client(url) as asked, pytest.raises(BadInput, match="larger than 4"):
        asked.download("/x", io.BytesIO(), 4)


def test_private_addresses_need_the_setting(private: Any) -> None:
    with answering(head(5), b"hello") as url:
        private.BONGSU_NETWORK_PRIVATE = False
        with pytest.raises(BadInput, match="https"):
            Client(url)
        for host in (
            "https://127.0.0.1",
            "https://[::1]",
            "https://10.0.0.1",
            "https://169.254.169.254",
            "https://localhost",
        ):
            with Client(host) as asked, pytest.raises(Refused, match="private or loopback"):
                asked.get("/x")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere the second time is asked once."""
    found: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        found.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with answering(head(2), b"ok") as url:
        port = url.rpartition(":")[2]
        with monkeypatch.context() as patch, Client(f"http://peer.example:{port}") as asked:
            real = socket.getaddrinfo
            patch.setattr(
                addresses.socket,
                "getaddrinfo",
                lambda host, *rest, **more: (resolve if host == "peer.example" else real)(host, *rest, **more),
            )
            assert asked.get("/x") == b"ok"
    assert found == ["peer.example"]


def test_a_body_that_never_ends_is_cut_off() -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with answering(endless, *[chunk] * 40) as url, Client(url) as asked, pytest.raises(BadInput, match="larger than"):
        asked.get("/x")


def test_a_byte_now_and_then_does_not_hold_a_connection_past_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WHOLE_SECONDS", 0.3)
    drops = [b"x"] * 1000
    with (
        answering(head(1000), *drops, pause=0.02) as url,
        Client(url) as asked,
        pytest.raises(Unreachable, match=r"too long|timed out"),
    ):
        asked.get("/x")
    slow = [b"HTTP/1.1 200 OK\r\n", *[b"A: 1\r\n"] * 1000]  # in the headers
    with (
        answering(*slow, pause=0.02) as url,
        Client(url) as asked,
        pytest.raises(Unreachable, match=r"too long|timed out"),
    ):
        asked.get("/x")


def test_redirects_compression_and_other_languages_are_refused() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(redirect) as url, Client(url) as asked, pytest.raises(BadInput, match="status 302"):
        asked.get("/x")
    with answering(head(3, "Content-Encoding: gzip"), b"abc") as url, Client(url) as asked, pytest.raises(BadInput):
        asked.get("/x")
    for nonsense in (b"SSH-2.0-OpenSSH\r\n", b"\x00" * 100, b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"):
        with answering(nonsense, b"\r\n\r\n") as url, Client(url) as asked, pytest.raises(Unreachable):
            asked.get("/x")


def test_nobody_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # proxies of the environment are not used
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as asked, pytest.raises(Unreachable):
        asked.get("/x")
    with answering(head(2), b"ok") as url, Client(url) as asked:
        assert asked.get("/x") == b"ok"


def test_addresses_of_nodes() -> None:
    assert check_url(" https://stat.example/ ") == "https://stat.example"
    assert check_url("https://stat.example/bongsu") == "https://stat.example/bongsu"
    for wrong in (
        "",
        "stat.example",
        "https://",
        "https://a b",
        "https://é.example",
        "https://x:99999",
        "https://x#y",
        "file:///x",
    ):
        with pytest.raises(BadInput):
            check_url(wrong)
