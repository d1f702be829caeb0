"""Several processes and one duty: it is done once; killed in the middle, it is done again. Mail is sent at most once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from bongsu.people.models import DutyRecord, Mail
from bongsu.people.outbox import put_mail
from tests.web.served import free_port

pytestmark = pytest.mark.django_db(transaction=True)  # other processes see what a test commits
ADDRESS = "lee@stat.example"


class Tended(NamedTuple):
    """A node whose processes use the records of the test, the name of a duty, and the file that the duty writes."""

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


def share_records(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the processes of the node in `folder` use the records of this test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        (folder / "records.sqlite3").symlink_to(name)
    else:
        address = urlsplit(os.environ["BONGSU_DATABASE"])
        monkeypatch.setenv("BONGSU_DATABASE", address._replace(path=f"/{name}").geturl())


@pytest.fixture
def tended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tended:
    share_records(tmp_path / "node", monkeypatch)
    return Tended(tmp_path / "node", "tick", tmp_path / "lines")


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
    DutyRecord.objects.filter(name=tended.duty).update(lease=timezone.now())
    assert tended.run("tick") == ["done"]
    assert tended.run("tick") == []
    assert tended.begun == 2


def test_a_long_duty_renews_its_lease(tended: Tended) -> None:
    long = tended.start("wait", RENEWED="0.2")
    wait_until(lambda: tended.begun == 1)
    first = DutyRecord.objects.get(name=tended.duty).lease
    assert first is not None
    wait_until(lambda: DutyRecord.objects.filter(name=tended.duty, lease__gt=first).exists())
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
def server(settings: Any) -> Iterator[Server]:
    """A mail server that this process knows of, so that messages wait for it."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.BONGSU_MAIL = f"smtp+plain://127.0.0.1:{controller.port}"
    yield Server(inbox, settings.BONGSU_MAIL)
    controller.stop()


def put(count: int = 1) -> None:
    for number in range(count):
        put_mail(ADDRESS, str(number), "Text", "en")


def states() -> list[str]:
    return [f"{mail.state} {mail.attempts}" for mail in Mail.objects.all()]


def make_due(minutes: int = 0) -> None:
    Mail.objects.update(due=timezone.now() - timedelta(minutes=minutes))


def test_two_processes_send_every_message_once(tended: Tended, server: Server) -> None:
    put(12)
    names = [tended._replace(duty=f"{tended.duty}-{number}") for number in range(2)]  # without the lock of the duty
    for process in [one.start("mail", BONGSU_MAIL=server.setting) for one in names]:
        finish(process)
    assert server.inbox.taken.count(ADDRESS) == 12
    assert states() == ["sent 1"] * 12


def test_a_server_that_is_down_is_tried_again(tended: Tended, server: Server) -> None:
    put()
    down = f"smtp+plain://127.0.0.1:{free_port()}"
    assert tended.run("mail", BONGSU_MAIL=down) == ["done"]
    assert states() == ["waiting 1"]
    again = tended._replace(duty=f"{tended.duty}-again")
    again.run("mail", BONGSU_MAIL=server.setting)
    assert states() == ["waiting 1"]  # its time has not come
    make_due()
    tended._replace(duty=f"{tended.duty}-later").run("mail", BONGSU_MAIL=server.setting)
    assert states() == ["sent 2"]
    assert server.inbox.taken.count(ADDRESS) == 1


@pytest.mark.parametrize(("answer", "state"), [("550 no such user", "failed 1"), ("451 try later", "waiting 1")])
def test_a_refusal_for_good_fails_and_one_for_now_waits(
    tended: Tended, server: Server, answer: str, state: str
) -> None:
    put()
    server.inbox.answer = answer
    tended.run("mail", BONGSU_MAIL=server.setting)
    assert states() == [state]


def test_a_message_whose_sending_is_killed_is_never_sent_again(tended: Tended, server: Server) -> None:
    put()
    sending: list[subprocess.Popen[str]] = []
    server.inbox.on_data = lambda: sending[0].send_signal(signal.SIGKILL)  # the server takes it; nobody hears of it
    sending.append(tended.start("mail", BONGSU_MAIL=server.setting))
    sending[0].communicate()
    server.inbox.on_data = lambda: None
    assert sending[0].returncode == -signal.SIGKILL
    assert states() == ["sending 1"]
    make_due(minutes=11)
    tended._replace(duty=f"{tended.duty}-again").run("mail", BONGSU_MAIL=server.setting)
    assert states() == ["unknown 1"]
    assert server.inbox.taken.count(ADDRESS) == 1
