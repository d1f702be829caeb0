"""Clients that read slowly, disconnect or never read: the node still serves all others, in bounded memory."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pyarrow as pa
import pytest

from bongsu.publish.sdmx.http_responses import LARGE_SLOTS
from bongsu.store.node import Node
from tests.store.drafts import draft, flow, rows
from tests.web.served import served

ROWS = 120_000
WHOLE = "/sdmx/data/dataflow/TEST/TEST_FLOW/+?format=csv"
PART = "/sdmx/data/dataflow/TEST/TEST_FLOW/+/KOR?format=csv"


class Large(NamedTuple):
    """A node with one large release, served."""

    port: int
    pid: int

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=120)

    def slow(self, path: str) -> socket.socket:
        """Returns a client that has sent a request and does not read; its receive buffer is small."""
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(120)
        link.connect(("127.0.0.1", self.port))
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        return link

    def memory(self) -> float:
        """Returns the resident memory of the server and its worker in MB."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        states = [Path(f"/proc/{one}/status").read_text() for one in (self.pid, *children)]
        return sum(int(state.split("VmRSS:")[1].split()[0]) / 1024 for state in states)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    node = Node.create(tmp_path_factory.mktemp("large") / "node", agency="TEST")
    few = draft(rows(3)).observations
    areas = [row["REF_AREA"] for row in rows(250)]
    observations = {name: pa.repeat(few.column(name)[0], ROWS) for name in few.column_names} | {
        "REF_AREA": pa.array([areas[n % 250] for n in range(ROWS)]),
        "TIME_PERIOD": pa.array([str(1000 + n // 250) for n in range(ROWS)]),
        "SOURCE": pa.array([f"A source with a long name, number {n}" for n in range(ROWS)]),
    }
    node.releases.seal(draft(pa.table(observations).select(flow().columns)))
    with served(node.root) as here:
        yield Large(here.port, here.process.pid)


def first_line(link: socket.socket) -> str:
    return link.recv(64).partition(b"\r\n")[0].decode()


@pytest.mark.slow
def test_a_hundred_slow_clients(large: Large) -> None:
    whole = large.get(WHOLE).content
    assert whole.count(b"\r\n") == ROWS + 1
    before = large.memory()
    links = [large.slow(f"{WHOLE}&c[OBS_VALUE]=le:{n}.5") for n in range(100)]
    try:
        # Small answers need no slot: the slow clients hold all of them until the end of this block.
        assert large.get("/health").status_code == 200
        assert large.get(PART).content.count(b"\r\n") == ROWS / 250 + 1
        lines = Counter(map(first_line, links))
        assert lines["HTTP/1.1 200 OK"] == LARGE_SLOTS
        assert lines["HTTP/1.1 503 Service Unavailable"] == 100 - LARGE_SLOTS
        refused = large.get(WHOLE)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert b"already sending 12 large responses" in refused.content
        assert large.memory() - before < 1000
        assert large.get(PART).status_code == 200
    finally:
        for link in links:
            link.close()
    for _ in range(500):  # the server notices that they are gone
        again = large.get(WHOLE)
        if again.status_code == 200:
            break
        time.sleep(0.2)
    assert again.content == whole


@pytest.mark.slow
def test_clients_that_disconnect_free_their_slots(large: Large) -> None:
    for turn in range(3 * LARGE_SLOTS):
        link = large.slow(WHOLE)
        assert first_line(link) == "HTTP/1.1 200 OK", turn
        link.recv(100_000)
        link.close()
        time.sleep(0.05)
    assert large.get(WHOLE).content.count(b"\r\n") == ROWS + 1


@pytest.mark.slow
def test_a_slow_reader_gets_the_whole_answer(large: Large) -> None:
    link = large.slow(WHOLE + "&limit=20000")
    received = bytearray()
    while not received.endswith(b"0\r\n\r\n"):
        received += link.recv(65_536)
        time.sleep(0.001)
    assert received.count(b"TEST:TEST_FLOW(1.0.0)") == 20_000
    link.close()
