"""`bongsu tend`: does the node's duties when they are due (mail, clean-up, backups ...) and carries out jobs."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Arguments, Option, read_whole_number
from bongsu.cli.language import translate
from bongsu.cli.records import open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, unknown_name

if TYPE_CHECKING:
    from bongsu.web.duties.table import Duty
    from bongsu.web.duties.tending import Run

_DONE, _FAILED = N_("done"), N_("failed")


def run(args: Arguments, terminal: Terminal) -> int:
    """Runs duties until it is stopped, or once; or lists them. The status is that of the first duty that failed."""
    node = open_records(args)
    from bongsu.web.duties import tending

    if args.list:
        list_duties(terminal)
        return 0
    if args.once or args.only:
        runs = list(_show_runs(tending.run_due(node, duties=_choose_duties(args.only)), terminal))
        if not args.only:
            tending.run_jobs(node)
        if terminal.json:
            terminal.result([_describe_run(run) for run in runs], "")
        return next((run.exit_status for run in runs if run.exit_status), 0)
    is_stopped = _watch_signals(args.parent)
    if args.parent is None:
        terminal.say(translate(N_("Duties are done when they are due. (Ctrl-C ends after the current one.)")))
    for done in _show_runs(tending.tend(node, is_stopped), terminal):
        if terminal.json:
            terminal.result(_describe_run(done), "")
    return 0


def _choose_duties(name: str | None) -> Sequence[Duty]:
    from bongsu.web.duties.table import DUTIES

    if name is None:
        return DUTIES
    if name not in (names := [duty.name for duty in DUTIES]):
        raise unknown_name(N_("duty"), name, names, where="--only")
    return [duty for duty in DUTIES if duty.name == name]


def _watch_signals(parent: int | None) -> Any:
    """Returns a function that says whether a signal asked this process to end, or its parent has ended.

    The first signal lets the current duty end; the second one ends the process at once.
    """
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        asked.append(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(asked) or (parent is not None and os.getppid() != parent)


def _show_runs(runs: Any, terminal: Terminal) -> Any:
    """Yields the runs, and prints a line for each that has something to say."""
    for run in runs:
        text = run.report.describe(translate)
        if text and not terminal.json:
            outcome = translate(_FAILED if run.exit_status else _DONE)
            terminal.result(None, f"{run.ended:%Y-%m-%d %H:%M:%S}  {run.duty}: {outcome}. {text}")
        yield run


def _describe_run(run: Run) -> dict[str, object]:
    return {
        "duty": run.duty,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat(),
        "outcome": run.outcome,
        "message": run.report.describe(translate),
    }


def list_duties(terminal: Terminal) -> None:
    """Prints every duty with its last run and when it is due next."""
    from bongsu.web.duties.history import list_last_runs
    from bongsu.web.duties.table import format_interval

    rows = [
        {
            "duty": last.duty.name,
            "every": format_interval(last.duty.every),
            "last": _format_time(last.started),
            "outcome": last.outcome,
            "next": _format_time(last.due),
            "message": last.report.describe(translate),
            "help": translate(last.duty.help),
        }
        for last in list_last_runs()
    ]
    names = (N_("duty"), N_("every"), N_("last run (UTC)"), N_("outcome"), N_("due next (UTC)"), N_("message"))
    table = [
        (row["duty"], row["every"], row["last"], translate(row["outcome"]), row["next"], row["message"] or row["help"])
        for row in rows
    ]
    terminal.result(rows, format_table(names, table))


def _format_time(time: Any) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}"


EXAMPLES = ("bongsu tend", "bongsu tend --once", "bongsu tend --list")
PARAMETERS = (
    Option("--once", is_flag=True, help=N_("do what is due and the jobs that wait, then end: for cron")),
    Option("--only", metavar="DUTY", help=N_("do this duty if it is due, then end")),
    Option("--list", is_flag=True, help=N_("list the duties with their last run, and do nothing")),
    Option(
        "--parent",
        metavar="PID",
        type=read_whole_number,
        help=N_("end when the process with this number, which started this one, ends"),
    ),
)
