"""Tests of the log of meter reports: acknowledged reports survive kills, damage and a full disk, and are stored once."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, Busy, Damaged, TryAgain
from bongsu.store.disk.files import lock_file
from bongsu.store.logs.report_log import ReportLog

DAY = 86_400 * 10**9
NOON = 1_795_521_600 * 10**9  # 2026-11-24T12:00:00Z


def digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()


def put(log: ReportLog, payload: bytes, received: int = NOON, organisation: str = "kaist") -> bool:
    return log.append(organisation, digest(payload), payload, received=received)


def payloads(log: ReportLog, organisation: str = "kaist", since: str = "") -> list[bytes]:
    return [frame.payload for frame in log.read(organisation, since=since)]


@pytest.fixture
def log(tmp_path: Path) -> ReportLog:
    return ReportLog(tmp_path / "points")


def segment(log: ReportLog) -> Path:
    return next((log.root / "kaist").glob("*.log"))


def test_messages_are_read_in_the_order_of_arrival(log):
    assert [put(log, b"%d" % n) for n in range(5)] == [True] * 5
    assert payloads(log) == [b"0", b"1", b"2", b"3", b"4"]
    assert [frame.received for frame in log.read("kaist")] == [NOON] * 5
    assert log.organisations() == ["kaist"]


def test_a_repeated_message_changes_nothing(log):
    put(log, b"once")
    size = segment(log).stat().st_size
    assert put(log, b"once", NOON + 1) is False
    assert put(ReportLog(log.root), b"once", NOON + DAY) is False  # after a restart, on another day
    assert segment(log).stat().st_size == size
    assert payloads(log) == [b"once"]


def test_organisations_have_separate_logs(log):
    put(log, b"same")
    assert put(log, b"same", organisation="snu") is True
    assert payloads(log, "snu") == [b"same"]


def test_each_day_has_a_file_and_reading_can_start_at_a_day(log):
    put(log, b"today")
    put(log, b"tomorrow", NOON + DAY)
    assert sorted(path.name for path in (log.root / "kaist").glob("*.log")) == ["2026-11-24.log", "2026-11-25.log"]
    assert payloads(log, since="2026-11-25") == [b"tomorrow"]


@pytest.mark.parametrize("name", ["../kaist", "", "KAIST", "a/b", ".hidden", "x" * 65])
def test_a_name_cannot_leave_the_folder(log, name):
    with pytest.raises(BadInput):
        put(log, b"x", organisation=name)
    assert not log.root.exists() or log.organisations() == []


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 400), extra=st.binary(max_size=80))
def test_an_incomplete_last_frame_is_removed_and_the_others_are_kept(tmp_path_factory, cut, extra):
    """Bytes after the last complete frame (part of a frame, or any bytes) were never acknowledged."""
    log = ReportLog(tmp_path_factory.mktemp("points"))
    put(log, b"a" * 100)
    put(log, b"b" * 100)
    path = segment(log)
    whole = path.read_bytes()
    frame = len(whole) // 2
    path.write_bytes(whole[: len(whole) - min(cut, frame)] + (extra if cut >= frame else b""))
    again = ReportLog(log.root)
    assert payloads(again) == [b"a" * 100]
    assert put(again, b"c") is True
    assert payloads(ReportLog(log.root)) == [b"a" * 100, b"c"]


@pytest.mark.parametrize("at", [0, 5, 70])
def test_a_changed_byte_in_the_middle_is_reported_and_not_removed(log, at):
    """The byte is in the mark, the length or the payload of the second of three frames."""
    for n in range(3):
        put(log, b"%d" % n * 50)
    path = segment(log)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 + at] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match=r"2026-11-24.log"):
        payloads(ReportLog(log.root))
    if at < 56:  # in the header: the writer detects it too and does not append
        with pytest.raises(Damaged, match="byte"):
            put(ReportLog(log.root), b"more")
    assert path.read_bytes() == data


def test_an_empty_message_behind_a_broken_one_shows_that_it_was_not_torn(log):
    put(log, b"a" * 50)
    put(log, b"")
    path = segment(log)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match="byte 0"):
        payloads(ReportLog(log.root))


def test_a_full_disk_leaves_no_incomplete_frame(log, monkeypatch):
    put(log, b"before")

    def full(descriptor, parts):
        os.write(descriptor, parts[0])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.writev", full)
        with pytest.raises(TryAgain, match="No space"):
            put(log, b"during")
    assert put(log, b"after") is True
    assert payloads(ReportLog(log.root)) == [b"before", b"after"]


def test_threads_and_processes_write_at_the_same_time(log):
    """Four threads and two other processes each write 50 messages of their own and 10 that all have in common."""
    program = (
        "import sys, hashlib; from pathlib import Path; from bongsu.store.logs.report_log import ReportLog\n"
        "log = ReportLog(Path(sys.argv[1]))\n"
        "for n in range(50):\n"
        "    for p in (f'{sys.argv[2]}-{n}'.encode(), f'all-{n % 10}'.encode()):\n"
        f"        log.append('kaist', hashlib.sha256(p).digest(), p, received={NOON})\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, str(log.root), f"process{n}"]) for n in range(2)]
    threads = [
        threading.Thread(
            target=lambda n=n: [put(log, p) for i in range(50) for p in (b"t%d-%d" % (n, i), b"all-%d" % (i % 10))]
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    found = payloads(log)
    assert len(found) == len(set(found)) == 6 * 50 + 10


def test_acknowledged_messages_survive_a_kill(log):
    """A writer prints the number of each message after `append` has returned; it is killed nine times."""
    program = (
        "import sys, hashlib; from pathlib import Path; from bongsu.store.logs.report_log import ReportLog\n"
        "log = ReportLog(Path(sys.argv[1]))\n"
        "for n in range(10**9):\n"
        "    p = f'{sys.argv[2]}-{n}'.encode() * 200\n"
        f"    log.append('kaist', hashlib.sha256(p).digest(), p, received={NOON})\n"
        "    print(n, flush=True)\n"
    )
    for round_ in range(9):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(log.root), f"r{round_}"], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.02 + 0.013 * round_)
            writer.send_signal(signal.SIGKILL)
            acknowledged = 1 + sum(1 for line in writer.stdout if line.endswith("\n"))
        there = set(payloads(ReportLog(log.root)))
        assert all(f"r{round_}-{n}".encode() * 200 in there for n in range(acknowledged))


def test_a_message_is_written_under_the_lock_of_its_folder(log, monkeypatch):
    """No other process can write between reading the log and writing; otherwise both could store the same message."""
    seen = []

    def expect_busy(call):
        def wrapper(state, *rest):
            with pytest.raises(Busy), lock_file(state.folder / "lock", wait=False):
                pass
            seen.append(call.__name__)
            return call(state, *rest)

        return wrapper

    for name in ("_catch_up", "_write"):
        monkeypatch.setattr(log, name, expect_busy(getattr(log, name)))
    assert log.append("kaist", digest(b"one"), b"one", received=1)
    assert seen == ["_catch_up", "_write"]
