"""`bongsu tend` as a command: once, listed, stopped by a signal, and beside the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import Misconfigured
from bongsu.store.node import Node
from bongsu.web.duties.table import DUTIES
from tests.web.served import free_port, prepare

NAMES = [duty.name for duty in DUTIES]
# They say nothing if they have nothing to do.
OFTEN = {"mail", "news", "schedules", "calls", "ledger", "peers", "questions"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Node.create(tmp_path / "node", name="Test node", agency="TEST")
    prepare(tmp_path / "node")
    return tmp_path / "node"


def start(folder: Path, *words: str, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bongsu.cli", *words, "--node", folder],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *words: str, **settings: str) -> tuple[int, str]:
    process = start(folder, *words, **settings)
    out, err = process.communicate()
    assert "Traceback" not in err, err
    return process.returncode, out


def ask(folder: Path, *words: str) -> Any:
    return json.loads(run(folder, *words, "--json")[1])


def test_once_does_what_is_due_and_lists_it(folder: Path, tmp_path: Path) -> None:
    assert [row["next"] for row in ask(folder, "tend", "--list")] == [""] * len(NAMES)
    status, out = run(folder, "tend", "--once", BONGSU_BACKUP=str(tmp_path))
    assert status == 0
    assert [line.split()[2] for line in out.splitlines()] == [f"{name}:" for name in NAMES if name not in OFTEN]
    assert len(list(tmp_path.glob("records-*.sqlite3"))) == 1
    done = [row["duty"] for row in ask(folder, "tend", "--once")]
    assert set(done) <= OFTEN  # their half minute may be over
    rows = ask(folder, "tend", "--list")
    assert [(row["duty"], row["outcome"]) for row in rows] == [(name, "done") for name in NAMES]
    assert {row["duty"] for row in rows if row["every"] != "1 d"} == OFTEN
    assert list(ask(folder, "doctor")["duties"]) == NAMES


def test_once_ends_with_the_status_of_the_duty_that_failed(folder: Path, tmp_path: Path) -> None:
    status, out = run(folder, "tend", "--once", BONGSU_BACKUP=str(tmp_path / "missing"))
    assert status == Misconfigured.exit_status
    assert f"backup: failed. There is no folder “{tmp_path}/missing” for backups (BONGSU_BACKUP)." in out
    assert "staleness: done." in out


def test_doctor_names_a_duty_that_is_late(folder: Path) -> None:
    run(folder, "tend", "--once")
    code = (
        "import sys; from pathlib import Path; from datetime import timedelta\n"
        "from bongsu.web.django_setup import setup_django; setup_django(Path(sys.argv[1]))\n"
        "from bongsu.people.models import DutyRecord; from django.utils import timezone\n"
        "DutyRecord.objects.filter(name='links').update(ended=timezone.now() - timedelta(days=2, minutes=1))"
    )
    subprocess.run([sys.executable, "-c", code, folder], check=True)
    status, out = run(folder, "doctor")
    assert status == 1
    assert "✗ The duty links was last done: " in out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(folder: Path, number: signal.Signals) -> None:
    process = start(folder, "tend")
    assert process.stdout
    assert ": done." in process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, "Traceback" in err) == (0, False), (out, err)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_beside_the_server_it_ends_with_the_server(folder: Path, number: signal.Signals) -> None:
    server = start(folder, "serve", "--tend", "--port", str(free_port()))
    assert server.stdout
    assert ": done." in server.stdout.readline()  # the duties print into the server's output
    if number == signal.SIGKILL:  # the server's worker too, which would keep the output open
        import psutil

        for worker in psutil.Process(server.pid).children():
            if "tend" not in worker.cmdline():
                worker.kill()
    server.send_signal(number)
    server.communicate(timeout=120)  # ends when every process that writes there has ended
