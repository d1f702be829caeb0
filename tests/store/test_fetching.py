"""Addresses that a stranger chose: what is refused, against a loopback server where something must answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import BadInput, BongsuError, Refused, TryAgain, Unreachable
from bongsu.store.fetching.addresses import is_public
from bongsu.store.fetching.fetcher import Fetcher, PartFile, parse_address


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "http://",
        "http://user:word@example.org/",
        "http://example.org:99999/",
        "http://example.org/a b",
        "http://example.org/\r\nX: y",
        "http://[::1",
    ],
)
def test_forbidden_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInput):
        parse_address(address)


@pytest.mark.parametrize(
    ("machine", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # a cloud's metadata
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::7f00:1", False),
        ("::ffff:0:7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("fec0::1", False),
        ("192.0.0.8", False),
        ("64:ff9b::808:808", True),  # 8.8.8.8 through NAT64
    ],
)
def test_which_machines_are_public(machine: str, public: bool) -> None:
    assert is_public(machine) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1"])
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises((Refused, Unreachable)):
        Fetcher().fetch(f"http://{host}:1/")


def test_an_operator_may_allow_loopback(served: Any) -> None:
    served.answers["/a"] = (200, {"ETag": '"1"', "Link": '</b>; rel="next"'}, b"found")
    found = served.fetcher().fetch(f"{served.address}/a")
    assert (found.data, found.etag, found.next) == (b"found", '"1"', f"{served.address}/b")


def test_redirects_are_checked_again(served: Any) -> None:
    served.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    served.answers["/round"] = (302, {"Location": "/round"}, b"")
    served.answers["/one"] = (301, {"Location": "/two"}, b"")
    served.answers["/two"] = (200, {}, b"two")
    with pytest.raises(BadInput, match="only http and https"):
        served.fetcher().fetch(f"{served.address}/file")
    with pytest.raises(BadInput, match="in a loop"):
        served.fetcher().fetch(f"{served.address}/round")
    assert served.fetcher().fetch(f"{served.address}/one").data == b"two"


def test_a_public_address_may_not_lead_to_a_private_one(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first name is taken for public; the redirect names loopback, and is refused before anything is asked there."""
    served.answers["/inside"] = (200, {}, b"secret")
    served.answers["/"] = (302, {"Location": f"{served.address}/inside"}, b"")
    fetcher = Fetcher(pause=0.0)
    real = fetcher._resolve
    port = served.server.server_address[1]
    monkeypatch.setattr(
        Fetcher, "_resolve", lambda _, host, *rest: "127.0.0.1" if host == "public.example" else real(host, *rest)
    )
    with pytest.raises(Refused):
        fetcher.fetch(f"http://public.example:{port}/")
    assert served.asked == ["/"]


def test_size_and_time_are_bounded(served: Any) -> None:
    served.answers["/big"] = (200, {}, b"x" * 200_000)
    with pytest.raises(BadInput, match="larger than"):
        served.fetcher(largest=100_000).fetch(f"{served.address}/big")
    ticks = iter(range(0, 10_000, 40))
    with pytest.raises(TryAgain, match="took longer"):
        served.fetcher(clock=lambda: float(next(ticks))).fetch(f"{served.address}/big")


def test_a_host_gets_one_request_per_second(served: Any) -> None:
    served.answers["/a"] = (200, {}, b"")
    slept: list[float] = []
    fetcher = Fetcher(allow_private=True, clock=lambda: 100.0, sleep=slept.append)
    fetcher.fetch(f"{served.address}/a")
    fetcher.fetch(f"{served.address}/a")
    assert slept == [1.0]


@pytest.mark.parametrize(("status", "again"), [(503, True), (429, True), (500, True), (404, False), (403, False)])
def test_temporary_failures_may_be_tried_again(served: Any, status: int, again: bool) -> None:
    served.answers["/x"] = (status, {"Retry-After": "120"} if status == 429 else {}, b"")
    with pytest.raises(BongsuError) as refused:
        served.fetcher().fetch(f"{served.address}/x")
    assert isinstance(refused.value, TryAgain) is again
    assert ("Retry-After: 120" in str(refused.value)) == (status == 429)


def test_a_slow_server_is_cut_off() -> None:
    """A byte of its header every tenth of a second: each read succeeds. Whoever waits long enough gets a whole answer."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop, waited_for = threading.Event(), threading.Event()

    def drip() -> None:
        peer, _ = listening.accept()
        with peer, contextlib.suppress(OSError):
            peer.recv(65_536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(300):
                if stop.wait(0.1):
                    return
                peer.sendall(b"x")
            peer.sendall(b"\r\nContent-Length: 2\r\n\r\nok")
            waited_for.set()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(Unreachable):
            Fetcher(allow_private=True, pause=0.0, seconds=0.5).fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert not waited_for.is_set()
    finally:
        stop.set()
        thread.join()
        listening.close()


def test_an_incomplete_response_is_an_error(served: Any) -> None:
    served.answers["/x"] = (200, {"Content-Length": "100"}, b"a whole line\n")
    with pytest.raises(Unreachable, match="87 bytes are missing"):
        served.fetcher().fetch(f"{served.address}/x")


def test_a_name_is_looked_up_once_so_that_it_cannot_change_in_between(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers["/a"] = (200, {}, b"found")
    real, looked_up = socket.getaddrinfo, []

    def lookup(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host == "rebinding.example":
            looked_up.append(host)
            host = "127.0.0.1" if len(looked_up) == 1 else "169.254.169.254"
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    port = served.server.server_address[1]
    assert served.fetcher().fetch(f"http://rebinding.example:{port}/a").data == b"found"
    assert len(looked_up) == 1


def test_a_download_that_broke_is_gone_on_with(served: Any, tmp_path: Path) -> None:
    part = PartFile(tmp_path / "parts" / "file")
    whole = bytes(range(256)) * 1000
    served.answers["/f"] = (200, {"ETag": '"1"', "Content-Length": str(len(whole))}, whole[:1000])
    with pytest.raises(Unreachable, match="255000 bytes are missing"):
        served.fetcher().fetch(f"{served.address}/f", part=part)
    assert part.state() == (1000, '"1"')

    def rest(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        assert (headers["Range"], headers["If-Range"]) == ("bytes=1000-", '"1"')
        return 206, {"ETag": '"1"', "Content-Range": f"bytes 1000-255999/{len(whole)}"}, whole[1000:]

    served.answers["/f"] = rest
    assert served.fetcher().fetch(f"{served.address}/f", part=part).data == whole
    assert part.state() == (0, "")


def test_a_file_that_has_changed_is_not_joined_to_its_part(served: Any, tmp_path: Path) -> None:
    part = PartFile(tmp_path / "file")

    def keep() -> None:
        part.path.write_bytes(b"old")
        part.etag_path.write_text('"1"')

    keep()
    served.answers["/f"] = (200, {"ETag": '"2"'}, b"all of it is new")
    assert served.fetcher().fetch(f"{served.address}/f", part=part).data == b"all of it is new"
    keep()
    served.answers["/f"] = (206, {"ETag": '"1"', "Content-Range": "bytes 9-11/12"}, b"xyz")
    with pytest.raises(Unreachable, match="another part"):
        served.fetcher().fetch(f"{served.address}/f", part=part)
    keep()
    served.answers["/f"] = (416, {}, b"")
    with pytest.raises(Unreachable, match="has changed"):
        served.fetcher().fetch(f"{served.address}/f", part=part)
    assert part.state() == (0, "")


def test_a_proxy_is_asked_for_the_whole_address(served: Any) -> None:
    served.answers["http://192.0.2.1:80/a"] = (200, {}, b"through the proxy")
    found = served.fetcher(proxy=served.address).fetch("http://192.0.2.1/a")
    assert (found.data, served.asked) == (b"through the proxy", ["http://192.0.2.1:80/a"])
    with pytest.raises(Refused):  # the proxy is no way around the check
        Fetcher(proxy=served.address).fetch("http://127.0.0.1/a")
    with pytest.raises(Unreachable, match="Tunnel"):
        served.fetcher(proxy=served.address).fetch("https://192.0.2.1/a")


def test_a_message_is_posted_and_no_redirect_followed(served: Any) -> None:
    served.answers["/in"] = (202, {}, b"")
    served.fetcher().post(f"{served.address}/in", b"{}", "application/json")
    assert served.posted == [b"{}"]
    for status, kind in ((302, BadInput), (404, BadInput), (500, Unreachable)):
        served.answers["/in"] = (status, {"Location": "/other"}, b"")
        with pytest.raises(kind):
            served.fetcher().post(f"{served.address}/in", b"{}", "application/json")
    assert "/other" not in served.asked


def test_a_key_is_not_sent_to_another_host(served: Any) -> None:
    port = served.address.rpartition(":")[2]
    served.answers["/here"] = (302, {"Location": "/there"}, b"")
    served.answers["/there"] = (302, {"Location": f"http://localhost:{port}/elsewhere"}, b"")
    served.answers["/elsewhere"] = (200, {}, b"found")
    key = {"Authorization": "Bearer s3cret"}
    assert served.fetcher().fetch(f"{served.address}/here", headers=key).data == b"found"
    assert [headers.get("Authorization") for headers in served.headers] == ["Bearer s3cret", "Bearer s3cret", None]
