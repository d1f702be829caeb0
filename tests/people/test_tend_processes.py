"""Several processes and one duty: it is done once; killed in the middle, it is done again. Mail is sent at most once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller

from bongsu.store.node import Node
from tests.web.served import free_port

_SETUP = """import sys; from pathlib import Path; from datetime import timedelta; from django.utils import timezone
from bongsu.web.django_setup import setup_django; setup_django(Path(sys.argv[1]))
from django.core.management import call_command; from bongsu.people.outbox import put_mail
from bongsu.people.models import DutyRecord, Mail
"""


class Tended(NamedTuple):
    """A node with its tables, the name of a duty that no other test has, and the file that the duty writes."""

    folder: Path
    duty: str
    file: Path

    def start(self, behaviour: str, **settings: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.people.tending", self.folder, self.duty, behaviour, self.file]
        return subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, behaviour: str, **settings: str) -> list[str]:
        return finish(self.start(behaviour, **settings))

    @property
    def begun(self) -> int:
        return len(self.file.read_text().splitlines()) if self.file.exists() else 0

    def ask(self, code: str, **settings: str) -> str:
        """Runs code in a process that has Django set up, and returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", f"{_SETUP}{code}", self.folder],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def finish(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


@pytest.fixture
def tended(tmp_path: Path) -> Tended:
    Node.create(tmp_path / "node", name="Test node", agency="TEST")
    # On PostgreSQL, tests share a database.
    made = Tended(tmp_path / "node", f"duty-{os.getpid()}-{free_port()}", tmp_path / "lines")
    made.ask("call_command('migrate', verbosity=0)")
    return made


def test_two_processes_do_a_duty_once(tended: Tended) -> None:
    processes = [tended.start("tick") for _ in range(4)]
    assert sorted(word for process in processes for word in finish(process)) == ["done"]
    assert tended.begun == 1


def test_a_duty_that_is_killed_is_done_again_after_its_lease(tended: Tended) -> None:
    killed = tended.start("hang")
    wait_until(lambda: tended.begun == 1)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert tended.run("tick") == []
    tended.ask(f"DutyRecord.objects.filter(name={tended.duty!r}).update(lease=timezone.now())")
    assert tended.run("tick") == ["done"]
    assert tended.run("tick") == []
    assert tended.begun == 2


def test_a_long_duty_renews_its_lease(tended: Tended) -> None:
    long = tended.start("wait", RENEWED="0.2")
    wait_until(lambda: tended.begun == 1)
    read_lease = f"print(DutyRecord.objects.get(name={tended.duty!r}).lease)"
    first = tended.ask(read_lease)
    wait_until(lambda: tended.ask(read_lease) > first)
    Path(f"{tended.file}.go").touch()
    assert finish(long) == ["done"]


# --- mail


class Inbox:
    """A mail server that answers as it is told and keeps what it took."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.taken: list[str] = []
        self.on_data: Callable[[], None] = lambda: None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.on_data()
        if self.answer.startswith("250"):
            self.taken.extend(envelope.rcpt_tos)
        return self.answer


class Server(NamedTuple):
    inbox: Inbox
    setting: str


@pytest.fixture
def server() -> Iterator[Server]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield Server(inbox, f"smtp+plain://127.0.0.1:{controller.port}")
    controller.stop()


def put(tended: Tended, mail_server: str, count: int = 1) -> str:
    """Puts messages into the outbox and returns the address, which no other test has."""
    address = f"{tended.duty}@stat.example"
    tended.ask(f"for n in range({count}): put_mail({address!r}, str(n), 'Text', 'en')", BONGSU_MAIL=mail_server)
    return address


def states(tended: Tended, address: str) -> list[str]:
    return tended.ask(f"for mail in Mail.objects.filter(to={address!r}): print(mail.state, mail.attempts)").splitlines()


def make_due(tended: Tended, address: str, minutes: int = 0) -> None:
    tended.ask(f"Mail.objects.filter(to={address!r}).update(due=timezone.now() - timedelta(minutes={minutes}))")


def test_two_processes_send_every_message_once(tended: Tended, server: Server) -> None:
    address = put(tended, server.setting, 12)
    names = [tended._replace(duty=f"{tended.duty}-{number}") for number in range(2)]  # without the lock of the duty
    for process in [one.start("mail", BONGSU_MAIL=server.setting) for one in names]:
        finish(process)
    assert server.inbox.taken.count(address) == 12
    assert states(tended, address) == ["sent 1"] * 12


def test_a_server_that_is_down_is_tried_again(tended: Tended, server: Server) -> None:
    address = put(tended, server.setting)
    down = f"smtp+plain://127.0.0.1:{free_port()}"
    assert tended.run("mail", BONGSU_MAIL=down) == ["done"]
    assert states(tended, address) == ["waiting 1"]
    again = tended._replace(duty=f"{tended.duty}-again")
    again.run("mail", BONGSU_MAIL=server.setting)
    assert states(tended, address) == ["waiting 1"]  # its time has not come
    make_due(tended, address)
    tended._replace(duty=f"{tended.duty}-later").run("mail", BONGSU_MAIL=server.setting)
    assert states(tended, address) == ["sent 2"]
    assert server.inbox.taken.count(address) == 1


@pytest.mark.parametrize(("answer", "state"), [("550 no such user", "failed 1"), ("451 try later", "waiting 1")])
def test_a_refusal_for_good_fails_and_one_for_now_waits(
    tended: Tended, server: Server, answer: str, state: str
) -> None:
    address = put(tended, server.setting)
    server.inbox.answer = answer
    tended.run("mail", BONGSU_MAIL=server.setting)
    assert states(tended, address) == [state]


def test_a_message_whose_sending_is_killed_is_never_sent_again(tended: Tended, server: Server) -> None:
    address = put(tended, server.setting)
    sending: list[subprocess.Popen[str]] = []
    server.inbox.on_data = lambda: sending[0].send_signal(signal.SIGKILL)  # the server takes it; nobody hears of it
    sending.append(tended.start("mail", BONGSU_MAIL=server.setting))
    sending[0].communicate()
    server.inbox.on_data = lambda: None
    assert sending[0].returncode == -signal.SIGKILL
    assert states(tended, address) == ["sending 1"]
    make_due(tended, address, minutes=11)
    tended._replace(duty=f"{tended.duty}-again").run("mail", BONGSU_MAIL=server.setting)
    assert states(tended, address) == ["unknown 1"]
    assert server.inbox.taken.count(address) == 1
