"""`bongsu meter -- COMMAND`, `with bongsu.meter()` and `@bongsu.metered`, on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

import bongsu
from bongsu.core.errors import BongsuError, Misconfigured
from bongsu.energy.meter.linux import Linux
from bongsu.energy.meter.machine import is_descendant
from bongsu.energy.meter.replay import RecordedMachine, load_recording
from bongsu.energy.meter.report_json import MeterReport, parse
from bongsu.energy.meter.session import Meter

NODE = Path(__file__).with_name("recordings") / "gpu-node.json"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
BURN = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A person's environment with nothing of the job or the queue of who runs the tests."""
    for name in list(os.environ):
        if name.startswith(("SLURM_", "OMPI_", "PMI_", "BONGSU_", "XDG_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return dict(os.environ)


def meter(*arguments: str, environment: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bongsu.cli", "meter", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False, **more)  # type: ignore[call-overload, no-any-return]


def test_output_and_exit_status_are_the_commands(environment: dict[str, str]) -> None:
    code = "import sys; print(sys.stdin.read(), end=''); print('to err', file=sys.stderr); sys.exit(7)"
    done = meter("--country", "KOR", "--", sys.executable, "-c", code, environment=environment, input="á\n")
    assert (done.returncode, done.stdout) == (7, "á\n")
    assert done.stderr.startswith("to err\n")
    assert "Metered" in done.stderr
    assert "KOR" in done.stderr


def test_arguments_that_look_like_options_reach_the_command(environment: dict[str, str]) -> None:
    code = "import sys; print(sys.argv[1:])"
    done = meter("--quiet", "--", sys.executable, "-c", code, "--json", "--", "-x", environment=environment)
    assert (done.stdout, done.stderr) == ("['--json', '--', '-x']\n", "")


@linux
def test_children_that_ended_and_orphans_are_counted(environment: dict[str, str], tmp_path: Path) -> None:
    # 0.4 s in a child that is waited for, 0.4 s in a grandchild whose parent dies at once.
    code = textwrap.dedent(
        """
        import os, subprocess, sys, time
        burn, done = sys.argv[1:]
        subprocess.run([sys.executable, "-c", burn])
        if os.fork() == 0:
            orphan = burn + "open(" + repr(done) + ", 'w').close()"
            os.posix_spawn(sys.executable, [sys.executable, "-c", orphan], os.environ)
            os._exit(0)
        os.wait()
        for _ in range(600):
            if os.path.exists(done):
                break
            time.sleep(0.1)
        time.sleep(0.5)
        """
    )
    out = tmp_path / "report.json"
    burn = BURN.format(seconds=0.4)
    done = meter(
        "--report", str(out), "--", sys.executable, "-c", code, burn, str(tmp_path / "burnt"), environment=environment
    )
    assert done.returncode == 0, done.stderr
    report = parse(out.read_bytes())
    assert 0.8 <= report.cpu_s < 1.6


def test_json_follows_the_commands_output(environment: dict[str, str]) -> None:
    done = meter("--json", "--label", "job 1", "--", sys.executable, "-c", "pass", environment=environment)
    report = parse(done.stdout)
    assert (report.label, report.exit_status, report.job.counts_node) == ("job 1", 0, True)
    assert report.components
    assert done.stderr == ""


def test_files_are_written_whole(environment: dict[str, str], tmp_path: Path) -> None:
    out, boamps = tmp_path / "r.json", tmp_path / "b.json"
    files = ("--report", str(out), "--boamps", str(boamps))
    done = meter(*files, "--country", "fra", "--", sys.executable, "-c", "pass", environment=environment)
    assert done.returncode == 0, done.stderr
    assert parse(out.read_bytes()).country == "FRA"
    assert json.loads(boamps.read_text("utf-8"))["header"]["reportId"] == parse(out.read_bytes()).id
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json", "r.json"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 65, "a command to meter"),
        (("--", "no-such-command-here"), 127, "There is no command “no-such-command-here”"),
        (("--", "/"), 126, "cannot be run"),
        (("--country", "KRO", "--", "true"), 64, "Did you mean"),
        (("--send", "ftp://node", "--", "true"), 65, "not a valid node address"),
        (("--send", "https://me:secret@node", "--", "true"), 65, "must not hold a name or password"),
        (("--send", "http://node.example", "--", "true"), 65, "not encrypted"),
        (("--report", "/nowhere/at/all.json", "--", "true"), 65, "does not exist"),
        (("--replay", "/nowhere.json"), 65, "not a recording"),
    ],
)
def test_bad_input_is_reported_and_nothing_runs(
    environment: dict[str, str], arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = meter(*arguments, environment=environment)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_recording_is_metered_without_hardware(environment: dict[str, str]) -> None:
    recording = Path(__file__).with_name("recordings") / "gpu-node.json"
    done = meter("--replay", str(recording), "--country", "KOR", environment=environment)
    assert done.returncode == 0
    assert "NVIDIA H100" in done.stderr
    assert "RAPL" in done.stderr


def test_the_summary_in_korean(environment: dict[str, str]) -> None:
    recording = Path(__file__).with_name("recordings") / "gpu-node.json"
    done = meter("--replay", str(recording), environment={**environment, "BONGSU_LANGUAGE": "ko"})
    assert "측정" in done.stderr
    assert "measured" not in done.stderr


def start(code: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """A metered Python that runs `code` and has said "ready"."""
    command = [sys.executable, "-m", "bongsu.cli", "meter", "--quiet", "--", sys.executable, "-u", "-c", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@linux
@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGINT", "SIGHUP"])
def test_signals_are_forwarded(environment: dict[str, str], name: str) -> None:
    code = f"import signal, sys, time\nsignal.signal(signal.{name}, lambda *_: sys.exit(9))\nprint('ready')\ntime.sleep(300)"
    process = start(code, environment)
    process.send_signal(getattr(signal, name))
    assert process.wait(120) == 9
    process.communicate()


@linux
def test_a_command_that_a_signal_ends(environment: dict[str, str]) -> None:
    process = start("import time\nprint('ready')\ntime.sleep(300)", environment)
    process.terminate()
    assert process.wait(120) == 128 + signal.SIGTERM
    process.communicate()


@linux
def test_the_command_gets_its_signals_as_they_were(environment: dict[str, str]) -> None:
    code = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    done = meter("--quiet", "--", sys.executable, "-c", code, environment=environment)
    assert done.stdout == "set()\n"


def test_a_block_of_code(environment: dict[str, str]) -> None:
    with bongsu.meter(label="block", country="KOR") as metering:
        exec(BURN.format(seconds=0.2))
    report = metering.report
    assert isinstance(report, MeterReport)
    total = report.total()
    assert total is not None
    assert total.value is not None
    assert total.value > 0
    assert metering.stop() is report
    with pytest.raises(Misconfigured, match="only once"):
        metering.start()


def test_an_error_in_the_block_goes_on_and_is_metered(environment: dict[str, str]) -> None:
    metering = Meter()
    with pytest.raises(KeyError), metering:
        raise KeyError("work")
    assert metering.report is not None


def test_a_function(environment: dict[str, str]) -> None:
    reports: list[MeterReport] = []

    @bongsu.metered(on_report=reports.append)
    def work(x: int, *, y: int = 1) -> int:
        """Works."""
        return x + y

    assert (work(1), work(2, y=3), work.__doc__) == (2, 5, "Works.")
    assert [report.label.rpartition(".")[2] for report in reports] == ["work", "work"]
    assert work.report is reports[-1]  # type: ignore[attr-defined]


def test_a_function_without_options_and_one_that_fails(environment: dict[str, str]) -> None:
    @bongsu.metered
    def fails() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fails()
    assert fails.report.components  # type: ignore[attr-defined]


def test_a_coroutine_is_metered_until_it_is_done(environment: dict[str, str]) -> None:
    @bongsu.metered
    async def work() -> int:
        await asyncio.sleep(0.05)
        return 5

    assert asyncio.run(work()) == 5
    assert work.report.seconds >= 0.05  # type: ignore[attr-defined]


def test_a_wrong_country_fails_when_decorating() -> None:
    with pytest.raises(BongsuError, match="no country"):
        bongsu.metered(country="XXX")


def test_importing_the_package_is_light() -> None:
    heavy = "print([m for m in ('bongsu.energy', 'numpy', 'psutil', 'pynvml', 'urllib.request') if m in sys.modules])"
    for code, loaded in (("bongsu.__version__", []), ("bongsu.meter().start()", ["bongsu.energy"])):
        said = subprocess.check_output([sys.executable, "-c", f"import sys, bongsu; {code}; {heavy}"], text=True)
        assert said == f"{loaded}\n"


@linux
def test_this_machine_is_read() -> None:
    machine = Linux()
    assert machine.cpus() >= 1
    assert machine.memory_bytes() > 10**8
    busy = machine.cpu_busy_s()
    exec(BURN.format(seconds=0.1))
    assert machine.cpu_busy_s() - busy >= 0.08
    assert machine.parent(os.getpid()) == os.getppid()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in {process.pid for process in machine.tree(os.getpid())}
        assert is_descendant(machine, child.pid, os.getpid()) is True
        assert is_descendant(machine, 1, os.getpid()) is False
        child.communicate(b"\n")
    assert is_descendant(machine, child.pid, os.getpid()) is None


@linux
def test_a_proc_of_another_kernel(tmp_path: Path) -> None:
    # A name with spaces and brackets, guest time inside user time, and a second CPU: 100 ticks a second.
    (tmp_path / "proc/7").mkdir(parents=True)
    fields = "S 1 7 7 0 -1 0 0 0 0 0 150 50 30 20"
    (tmp_path / "proc/7/stat").write_text(f"7 (a) b (c) {fields} 20 0 1 0\n")
    (tmp_path / "proc/stat").write_text("cpu  100 10 20 1000 50 3 2 40 60 0\ncpu0 1\ncpu1 1\nintr 5\n")
    machine = Linux(str(tmp_path))
    assert machine.tree(7) == [(7, 2.0, 0.5)]
    assert machine.cpu_busy_s() == pytest.approx(1.35)  # 100 + 10 + 20 + 3 + 2 ticks: not idle, iowait or steal
    assert machine.cpus() == 2
    assert machine.parent(7) == 1


class SimulatedWait(threading.Event):
    """An event on which the meter's thread waits without time passing: the recorded machine's clock is moved instead."""

    def __init__(self, machine: RecordedMachine, until: float) -> None:
        super().__init__()
        self.waits = 0
        self._machine, self._now, self._until = machine, machine.now(), machine.now() + until
        machine.now = lambda: self._now  # type: ignore[method-assign]

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        self._now += timeout or 0
        return self._now > self._until


def test_the_thread_sleeps_until_the_next_reading() -> None:
    """Ten minutes of a node with a power sensor, read every second, and GPUs whose processes are read every 15 s."""
    machine = load_recording(NODE)
    metering = Meter(machine=machine).start(watch=False)
    metering._done = done = SimulatedWait(machine, 600)
    metering._watch()
    assert 600 <= done.waits <= 700


def test_the_thread_ends(environment: dict[str, str]) -> None:
    metering = Meter().start()
    metering.stop()
    assert metering._thread is None or not metering._thread.is_alive()


def test_the_reason_for_a_waiting_report_is_in_korean(environment: dict[str, str]) -> None:
    words = ("--send", "http://127.0.0.1:9", "--quiet", "--", sys.executable, "-c", "")
    done = meter(*words, environment={**environment, "BONGSU_LANGUAGE": "ko"})
    assert "bongsu: 설정된 토큰이 없습니다. BONGSU_TOKEN을 설정하거나" in done.stderr
    assert "No token is configured" not in done.stderr
