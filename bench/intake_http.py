"""Benchmarks the points per second and core that a node stores durably over loopback HTTP (target: 100,000).

The posts are OTLP protobuf as an exporter sends them (8 devices on each of 10 hosts, 125 points each: 10,000 a post, no gzip).
The main figure is points per second of the server's own CPU time, since the sender shares the machine's cores; the
wall-clock rate with two senders is printed too.
"""

from __future__ import annotations

import http.client
import json
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.web.served import Served, served, token

BAR = 100_000
POSTS, SENDERS, POINTS = 60, 2, 10_000


def _field(number: int, body: bytes) -> bytes:
    length = bytearray()
    size = len(body)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2]) + bytes(length) + bytes([size]) + body


def _attribute(key: str, value: str) -> bytes:
    return _field(1, key.encode()) + _field(2, _field(1, value.encode()))


def make_message(number: int, now: int) -> bytes:
    """Returns an OTLP request of 10,000 points, encoded by hand; no two requests are equal."""
    hosts = []
    start = now - 3600 * 10**9
    for host in range(10):
        points = []
        for step in range(125):
            at = start + ((number * 125 + step) * 100_000_000)
            for device in range(8):
                labels = _field(7, _attribute("hw.id", f"GPU-{device}")) + _field(7, _attribute("hw.type", "gpu"))
                value = (number * 125 + step) * 30.0 + device
                points.append(_field(1, labels + struct.pack("<BQBQBd", 0x11, start, 0x19, at, 0x21, value)))
        sum_ = b"".join(points) + b"\x10\x02\x18\x01"
        metric = _field(1, b"hw.energy") + _field(3, b"J") + _field(7, sum_)
        resource = _field(1, _field(1, _attribute("host.name", f"node-{host}")))
        hosts.append(_field(1, resource + _field(2, _field(2, metric))))
    return b"".join(hosts)


def send_bodies(here: Served, bodies: list[bytes], headers: dict[str, str]) -> None:
    """Posts every body over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", here.port)
    for body in bodies:
        connection.request("POST", "/v1/metrics", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def cpu_seconds(here: Served) -> float:
    """Returns the CPU time of the server's processes, in seconds."""
    root = psutil.Process(here.process.pid)
    return sum(sum(one.cpu_times()[:2]) for one in (root, *root.children(recursive=True)))


def main() -> None:
    """Prints one line."""
    now = time.time_ns()
    bodies = [make_message(number, now) for number in range(POSTS + 1)]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        node = Path(folder) / "node"
        subprocess.run([sys.executable, "-m", "bongsu.cli", "init", str(node)], check=True, capture_output=True)
        headers = {"Authorization": f"Bearer {token(node)}", "Content-Type": "application/x-protobuf"}
        with served(node) as here:
            send_bodies(here, bodies[:1], headers)  # the first post imports what a server needs once
            before, began = cpu_seconds(here), time.perf_counter()
            lots = [bodies[1 + n :: SENDERS] for n in range(SENDERS)]
            threads = [threading.Thread(target=send_bodies, args=(here, lot, headers)) for lot in lots]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wall, cpu = time.perf_counter() - began, cpu_seconds(here) - before
        from bongsu.energy.intake.report_encoding import decode_report
        from bongsu.store.logs.report_log import ReportLog

        kept = sum(len(decode_report(frame.payload)) for frame in ReportLog(node / "points").read("kaist"))
    assert kept == (POSTS + 1) * POINTS, kept
    rate, through = POSTS * POINTS / cpu, POSTS * POINTS / wall
    figures = {"points_per_core_second": round(rate), "points_per_second_wall": round(through), "bar": BAR}
    print(f"intake over HTTP, durable: {rate / BAR:.1f} x the bar {json.dumps(figures)}")


if __name__ == "__main__":
    main()
