"""Benchmarks 20 sign-ins with a password at once, served as in production: wall-clock milliseconds, against one bare hash.

The yardstick is argon2-cffi alone with the parameters of the node (m = 19456 KiB, t = 2, p = 1). The sign-ins fail: a wrong
password costs the same hash and each of 20 clients can then try another address without a limit being reached.
"""

from __future__ import annotations

import http.cookies
import re
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import argon2

sys.path.insert(0, str(Path(__file__).parents[1]))

from bongsu.store.node import Node
from tests.web.served import Served, served

FLIGHT = 20
ROUNDS = 4
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost", "Accept": "text/html"}


def main() -> None:
    """Prints the time of a bare hash, the median and 95th percentile of a sign-in, and their ratios; the bar is 25."""
    bare = statistics.median(_hash_seconds() for _ in range(20))
    with tempfile.TemporaryDirectory() as place:
        node = Node.create(Path(place) / "node", name="Bench", agency="BENCH")
        with served(node.root, BONGSU_PROXY="yes") as server, ThreadPoolExecutor(FLIGHT) as pool:
            form, cookie = _open_form(server)
            times: list[float] = []
            for number in range(ROUNDS):
                names = [f"{number}-{client}" for client in range(FLIGHT)]
                times += pool.map(lambda name: _sign_in_seconds(server, form, cookie, name), names)
    times.sort()
    middle, high = statistics.median(times), times[int(0.95 * len(times))]
    print(f"one bare hash takes {1000 * bare:.0f} ms")
    print(
        f"{FLIGHT} sign-ins at once: median {1000 * middle:.0f} ms, p95 {1000 * high:.0f} ms; "
        f"ratios {middle / bare:.1f} and {high / bare:.1f} (bar 25)"
    )


def _hash_seconds() -> float:
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    started = time.perf_counter()
    hasher.hash("beacon-fire-smoke-1592")
    return time.perf_counter() - started


def _open_form(server: Served) -> tuple[str, str]:
    page = server.get("/en/account/login/")
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    assert token
    cookie = http.cookies.SimpleCookie(page.headers["set-cookie"])["csrftoken"].value
    return token[1].decode(), f"csrftoken={cookie}"


def _sign_in_seconds(server: Served, form: str, cookie: str, name: str) -> float:
    """Tries to sign in from an address of its own, so that the limits of one address are not reached."""
    body = urlencode({"csrfmiddlewaretoken": form, "login": f"kim{name}@stat.example", "password": "wrong"})
    first, second = name.split("-")
    headers = HEADERS | {"Cookie": cookie, "X-Forwarded-For": f"10.0.{first}.{second}"}
    started = time.perf_counter()
    answer = server.post("/en/account/login/", body.encode(), headers)
    taken = time.perf_counter() - started
    assert answer.status == 200, answer.status
    return taken


if __name__ == "__main__":
    main()
