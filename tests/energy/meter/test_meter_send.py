"""Sending: nothing is lost while a node is away, nothing is sent twice to any effect, and the token goes nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu.core.errors import BadInput, Misconfigured
from bongsu.energy.meter import outbox, send
from bongsu.energy.meter.replay import load_recording, replay_recording
from bongsu.energy.meter.report_json import MeterReport, dump_report, parse

TOKEN = "token-that-must-not-be-seen"
NODE = Path(__file__).with_name("recordings") / "gpu-node.json"


class Node(ThreadingHTTPServer):
    """A node that answers with `status` and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.location = ""
        self.received: list[tuple[str, str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        node = self.server
        assert isinstance(node, Node)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        node.received.append((self.path, self.headers.get("Authorization", ""), body))
        answer = json.dumps({"error": {"code": "x", "message": "told why", "fix": ""}}).encode()
        self.send_response(node.status)
        if node.location:
            self.send_header("Location", node.location)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815  the base class's names

    def log_message(self, *_: object) -> None:
        pass


def serving() -> Iterator[Node]:
    with Node() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


node = pytest.fixture(name="node")(serving)
other = pytest.fixture(name="other")(serving)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [
        name for name in os.environ if name.startswith(("BONGSU_", "SLURM_")) or name.lower().endswith("_proxy")
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("BONGSU_TOKEN", TOKEN)
    return tmp_path


@pytest.fixture
def report() -> MeterReport:
    return replay_recording(load_recording(NODE), country="KOR")


def waiting() -> list[str]:
    return [letter.file.name for letter in outbox.waiting_reports()]


def test_a_report_arrives_and_leaves_the_outbox(node: Node, report: MeterReport) -> None:
    assert send.queue_and_flush(report, node.url) == send.FlushResult(sent=1)
    ((path, authorization, body),) = node.received
    assert (path, authorization) == ("/energy/intake/bongsu", f"Bearer {TOKEN}")
    assert dump_report(parse(body)) == dump_report(report)
    assert waiting() == []


def test_an_offline_node_gets_the_report_with_the_next_run(node: Node, report: MeterReport) -> None:
    away = "http://127.0.0.1:9"  # discard: nobody listens
    done = send.queue_and_flush(report, away)
    assert (done.sent, done.waiting) == (0, 1)
    assert "does not answer" in str(done.reasons[0])
    (file,) = (outbox.outbox_folder() / name for name in waiting())
    content = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**content, "node": node.url}))  # the same node, back again
    assert send.flush_outbox() == send.FlushResult(sent=1)
    assert [parse(body).id for _, _, body in node.received] == [report.id]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_a_report_that_may_succeed_later_waits(node: Node, report: MeterReport, status: int) -> None:
    node.status = status
    done = send.queue_and_flush(report, node.url)
    assert (done.sent, done.refused, done.waiting) == (0, 0, 1)
    node.status = 201
    assert send.flush_outbox(node.url).sent == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_report_refused_permanently_is_set_aside_with_the_reason(
    node: Node, report: MeterReport, status: int
) -> None:
    node.status = status
    assert send.queue_and_flush(report, node.url).refused == 1
    assert waiting() == []
    aside = json.loads((outbox.outbox_folder().with_name("refused") / f"{report.id}.json").read_text("utf-8"))
    assert "told why" in aside["reason"]
    assert parse(json.dumps(aside["report"])).id == report.id


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(node: Node, other: Node, report: MeterReport, status: int) -> None:
    node.status, node.location = status, other.url + "/energy/intake/bongsu"
    assert send.queue_and_flush(report, node.url).waiting == 1
    assert other.received == []


def test_a_run_sends_only_to_its_own_node(node: Node, other: Node, report: MeterReport) -> None:
    outbox.queue_report({**dump_report(report), "id": "another"}, other.url)
    send.queue_and_flush(report, node.url)
    assert (len(node.received), len(other.received), waiting()) == (1, 0, ["another.json"])


def test_the_token_is_never_written(node: Node, report: MeterReport, home: Path) -> None:
    for status in (500, 401, 400):
        node.status = status
        done = send.queue_and_flush(report, node.url)
        assert TOKEN not in str(done)
    assert all(TOKEN not in path.read_text("utf-8") for path in home.rglob("*") if path.is_file())


def test_the_token_from_a_file(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.delenv("BONGSU_TOKEN")
    with pytest.raises(Misconfigured, match="No token is configured"):
        send.read_token()
    file = home / "config" / "bongsu" / "token"
    file.parent.mkdir(parents=True)
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="Other users can read"):
        send.read_token()
    file.chmod(0o600)
    assert send.read_token() == TOKEN
    elsewhere = home / "elsewhere"
    elsewhere.write_text("other")
    elsewhere.chmod(0o600)
    monkeypatch.setenv("BONGSU_TOKEN_FILE", str(elsewhere))
    assert send.read_token() == "other"
    monkeypatch.setenv("BONGSU_TOKEN", "two\nlines")
    with pytest.raises(Misconfigured, match="characters"):
        send.read_token()


def test_without_a_token_the_report_waits(node: Node, report: MeterReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BONGSU_TOKEN")
    done = send.queue_and_flush(report, node.url)
    assert (done.waiting, node.received) == (1, [])
    assert "No token is configured" in str(done.reasons[0])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "node",
        "ftp://x",
        "http://",
        "https://x?y",
        "https://x#y",
        "https://u:p@x",
        "http://example.org",
        "http://[::1",
    ],
)
def test_invalid_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInput):
        send.node_address(address)


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert send.node_address("https://x.org/bongsu/") == "https://x.org/bongsu"
    assert send.node_address("http://localhost:8000") == "http://localhost:8000"
    monkeypatch.setenv("BONGSU_ALLOW_HTTP", "1")
    assert send.node_address("http://node.internal") == "http://node.internal"


def test_a_truncated_outbox_file_is_skipped(node: Node, report: MeterReport) -> None:
    outbox.outbox_folder().mkdir(parents=True)
    (outbox.outbox_folder() / "cut.json").write_text('{"node": "http://')
    (outbox.outbox_folder() / "half.123.part").write_text("{")
    assert send.queue_and_flush(report, node.url).sent == 1
    assert (outbox.outbox_folder() / "cut.json").exists()


def test_a_disk_that_refuses_does_not_stop_the_report(node: Node, report: MeterReport, home: Path) -> None:
    (home / "state").write_text("a file where the folder should be")
    done = send.queue_and_flush(report, node.url)
    assert (done.sent, len(node.received)) == (1, 1)


def test_a_job_does_not_fail_for_its_report(report: MeterReport, home: Path) -> None:
    (home / "state").write_text("a file where the folder should be")
    with bongsu.meter(send="http://127.0.0.1:9") as metering:
        pass
    assert metering.sent is not None
    assert (metering.sent.sent, len(metering.sent.reasons)) == (0, 2)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bongsu.cli", "meter", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )


def test_the_command_queues_offline_and_flushes_online(node: Node) -> None:
    node.status = 503
    for _ in range(2):
        done = run("--send", node.url, "--quiet", "--", sys.executable, "-c", "raise SystemExit(3)")
        assert done.returncode == 3
        assert "wait" in done.stderr
        assert TOKEN not in done.stderr
    flushed = run("--flush", "--json")
    assert (flushed.returncode, json.loads(flushed.stdout)) == (75, {"sent": 0, "refused": 0, "waiting": 2})
    node.status, node.received = 200, []
    flushed = run("--flush", "--json")
    assert (flushed.returncode, json.loads(flushed.stdout)) == (0, {"sent": 2, "refused": 0, "waiting": 0})
    assert len({parse(body).id for _, _, body in node.received}) == 2


def test_runs_at_the_same_time_lose_nothing(node: Node) -> None:
    command = [
        sys.executable,
        "-m",
        "bongsu.cli",
        "meter",
        "--quiet",
        "--send",
        node.url,
        "--",
        sys.executable,
        "-c",
        "pass",
    ]
    processes: list[subprocess.Popen[Any]] = [subprocess.Popen(command) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6
    assert len({parse(body).id for _, _, body in node.received}) == 6
    assert waiting() == []
