"""Runs a command and meters it. The command keeps its standard streams; the meter forwards signals and returns its exit status.

Only the command and its descendants are metered, not the meter's own process. Signals sent to the meter alone (by a batch
system, `timeout`, `kill`) are forwarded; Ctrl-C typed at the terminal reaches the command directly and is not sent again.
Orphans of the command become children of the meter (child subreaper), so that their CPU time is not lost.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping

from bongsu.core.errors import N_, BongsuError, Misconfigured, Missing
from bongsu.energy.meter.job import OUTER_VARIABLE
from bongsu.energy.meter.meter_report import MeterReport
from bongsu.energy.meter.session import Meter

NOT_FOUND, NOT_EXECUTABLE = 127, 126  # exit statuses, as in POSIX shells
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_SI_KERNEL = 0x80  # asm-generic/siginfo.h: sent by the kernel, for a key pressed at the terminal
_FORWARDED_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")


def run_command(command: list[str], meter: Meter) -> MeterReport:
    """Runs `command` (looked up on PATH) to its end and returns the report. `exit_status` is the command's, or 128 + the
    number of the signal that ended it. `meter` must not have been started, and must be created with `with_root` False.

    Raises Missing if the command is not found, Misconfigured if it cannot be run; nothing is metered in either case.
    """
    if not hasattr(os, "posix_spawnp"):
        return _run_without_spawn(command, meter)
    _adopt_orphans()
    passed_on = {getattr(signal, name) for name in _FORWARDED_SIGNALS if hasattr(signal, name)}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    try:
        meter.start()
        try:
            child = _spawn(command, {**os.environ, OUTER_VARIABLE: meter.id}, before)
        except BongsuError:
            meter.cancel()
            raise
        meter.exit_status = _wait_for_exit(child, passed_on)
        return meter.stop()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _spawn(command: list[str], environment: Mapping[str, str], mask: set[signal.Signals | int]) -> int:
    try:
        # Python ignores these two signals; the command gets their default actions back.
        restored = [signal.SIGPIPE, signal.SIGXFSZ]
        return os.posix_spawnp(command[0], command, environment, setsigmask=mask, setsigdef=restored)
    except OSError as error:
        raise _start_error(command[0], error) from None


def _start_error(name: str, error: OSError) -> BongsuError:
    if isinstance(error, FileNotFoundError):
        return Missing(N_("There is no command “{command}”."), command=name)
    return Misconfigured(N_("“{command}” cannot be run: {why}"), command=name, why=error.strerror or str(error))


def _wait_for_exit(child: int, passed_on: set[signal.Signals]) -> int:
    waited_for = passed_on | {signal.SIGCHLD}
    while True:
        if sys.platform == "darwin":
            number, typed = signal.sigwait(waited_for), True
        else:
            info = signal.sigwaitinfo(waited_for)
            number, typed = info.si_signo, info.si_code == _SI_KERNEL
        if number == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        elif not (typed and number in (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH)):
            os.kill(child, number)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _run_without_spawn(command: list[str], meter: Meter) -> MeterReport:
    """Runs the command without posix_spawn (Windows). Ctrl-C reaches the command directly; there are no other signals."""
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    meter.start()
    try:
        meter.exit_status = subprocess.call(command, env={**os.environ, OUTER_VARIABLE: meter.id})  # noqa: S603  the person's own command
    except OSError as error:
        raise _start_error(command[0], error) from None
    return meter.stop()
