"""`bongsu serve` as a process: it starts, responds, refuses a port in use, and stops cleanly on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_serve_until_ctrl_c(node_folder: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "bongsu.cli", "serve", "--node", str(node_folder), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as server:
        try:
            answered = None
            for _ in range(600):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as response:
                        answered = json.load(response)
                    break
                except OSError:
                    time.sleep(0.2)
            assert answered is not None
            assert answered["status"] == "ok"
            taken = subprocess.run(command, capture_output=True, text=True, check=False)
            assert taken.returncode == 75
            assert f"cannot listen on 127.0.0.1:{port}" in taken.stderr
            os.killpg(server.pid, signal.SIGINT)  # as a terminal does: sent to every process
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
        assert server.stderr is not None
        said = server.stderr.read()
    assert "Stopped." in said
    assert len(said.splitlines()) == 3, said  # where it is, how to become its operator, and that it stopped
    assert f"http://localhost:{port}/en/account/operator/" in said  # where passkeys work
