"""Serves a node with granian as in production. For tests that need real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served(NamedTuple):
    """A running server: its process and its address."""

    process: subprocess.Popen[bytes]
    port: int

    def post(self, path: str, body: Any = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def kill(self) -> None:
        """Sends SIGKILL to the server and its workers, so that they cannot clean up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@cache
def _made_node() -> tempfile.TemporaryDirectory[str]:
    """Returns a folder with the node that `bongsu init` makes and `bongsu serve` prepares, once in this process."""
    made = tempfile.TemporaryDirectory()
    environment = {name: value for name, value in os.environ.items() if name != "BONGSU_DATABASE"}
    node = f"{made.name}/node"
    init = [sys.executable, "-m", "bongsu.cli", "init", "--node", node]
    write = (
        "import sys; from pathlib import Path\n"
        "from bongsu.web.django_setup import setup_django, write_static_files\n"
        "setup_django(Path(sys.argv[1])); write_static_files()"
    )
    for command in (init, [sys.executable, "-c", write, node]):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    with closing(sqlite3.connect(f"{made.name}/node/records.sqlite3")) as records:
        records.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return made


def make_node(folder: Path) -> None:
    """Copies the node that `bongsu init` makes and `bongsu serve` prepares, which takes them seconds."""
    shutil.copytree(f"{_made_node().name}/node", folder)


def prepare(node: Path) -> None:
    """Gives a new node the tables and static files that its first command would make."""
    if not (node / "static").exists():
        shutil.copytree(f"{_made_node().name}/node/static", node / "static")
    if not (node / "records.sqlite3").exists() and "BONGSU_DATABASE" not in os.environ:
        shutil.copyfile(f"{_made_node().name}/node/records.sqlite3", node / "records.sqlite3")


def run(node: Path, *words: str) -> str:
    """Runs `bongsu WORDS --json` and returns its output."""
    prepare(node)
    command = [sys.executable, "-m", "bongsu.cli", *words, "--node", str(node), "--json"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def token(node: Path, organisation: str = "kaist") -> str:
    """Returns a new token of an organisation."""
    made: str = json.loads(run(node, "token", organisation))["token"]
    return made


@contextmanager
def served(node: Path, workers: int = 1, port: int = 0, **settings: str) -> Iterator[Served]:
    """Serves the node in `node` over HTTP, with further settings; stops the server at the end."""
    if "BONGSU_DATABASE" not in settings:
        prepare(node)
    port = port or free_port()
    environment = {**os.environ, "BONGSU_WORKERS": str(workers), "BONGSU_PORT": str(port), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "bongsu.cli", "serve", "--node", str(node), "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    here = Served(process, port)
    try:
        for _ in range(1200):
            assert process.poll() is None, "the server stopped"
            try:
                if here.get("/health").status == 200:
                    break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError("the server does not answer")
        yield here
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                here.kill()
