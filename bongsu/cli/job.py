"""`bongsu job`: long actions that `bongsu tend` carries out: starts one, lists them, shows one, stops one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_whole_number
from bongsu.cli.completion import complete_programmes, complete_recipes
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.people.models import Job

# Names of JobKind: written here, so that help needs no records.
_KINDS = ("take", "harvest", "build", "catalogue", "report", "try")


def run_start(args: Arguments, terminal: Terminal) -> int:
    """Queues a job. With --wait, waits until it has ended; the status is 0 if it is done."""
    node = open_records(args)
    from bongsu.people.jobs import queue_job
    from bongsu.web.duties.history import is_tended
    from bongsu.web.jobs.kinds import check_request

    values = {
        "programme": args.programme or "",
        "dataflow": args.flow or "",
        "source": args.source or "",
        "country": args.country or "",
        "language": args.language or get_language(),
        "despite": args.despite,
        "call": args.call or "",
    }
    request = check_request(node, args.kind, values)
    job = queue_job(command_actor(), args.kind, request.arguments, request.scopes, args.why)
    if not is_tended():
        terminal.say(translate(N_("No “bongsu tend” runs on this node: start one, and the job begins.")))
    if args.wait:
        return _wait(job, terminal)
    return _show(job, terminal)


def _wait(job: Job, terminal: Terminal) -> int:
    from bongsu.people.jobs import ENDED

    while job.state not in ENDED:
        time.sleep(1)
        job.refresh_from_db()
    _show(job, terminal)
    return 0 if job.state == "done" else 1


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the last jobs, newest first."""
    open_records(args)
    from bongsu.people.jobs import list_jobs

    jobs = list(list_jobs(command_actor(), args.last))
    rows = [_describe(job) for job in jobs]
    names = (N_("key"), N_("action"), N_("state"), N_("asked by"), N_("queued"), N_("ended"), N_("message"))
    table = [
        (
            row["key"][:8],
            " ".join([job.kind, *filter(None, job.arguments.values())]),
            _state(job),
            job.actor,
            f"{job.created:%Y-%m-%d %H:%M}",
            f"{job.ended:%Y-%m-%d %H:%M}" if job.ended else "",
            row["message"],
        )
        for row, job in zip(rows, jobs, strict=True)
    ]
    terminal.result(rows, format_table(names, table))
    return 0


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints a job with its progress and its last notes; with --json also its result."""
    open_records(args)
    from bongsu.people.jobs import find_job

    return _show(find_job(args.key), terminal)


def run_stop(args: Arguments, terminal: Terminal) -> int:
    """Stops a job: one that waits at once, one that runs within seconds."""
    open_records(args)
    from bongsu.people.jobs import find_job, stop_job

    return _show(stop_job(command_actor(), find_job(args.key), args.why), terminal)


def _show(job: Job, terminal: Terminal) -> int:
    row = _describe(job)
    lines = [f"{job.key}  {' '.join([job.kind, *filter(None, job.arguments.values())])}: {_state(job)}"]
    lines += [text for text in (row["progress"], *row["notes"], row["message"]) if text]
    terminal.result({**row, "result": job.result}, "\n".join(lines))
    return 0


def _state(job: Job) -> str:
    from bongsu.people.jobs import STATES

    return translate(N_("stopping") if job.state == "running" and job.stop else STATES[job.state])


def _describe(job: Job) -> dict[str, Any]:
    from bongsu.core.report import Report
    from bongsu.web.jobs.progress_text import describe_progress

    return {
        "key": str(job.key),
        "action": job.kind,
        "arguments": job.arguments,
        "state": job.state,
        "who": job.actor,
        "queued": job.created.isoformat(timespec="seconds"),
        "started": job.started and job.started.isoformat(timespec="seconds"),
        "ended": job.ended and job.ended.isoformat(timespec="seconds"),
        "progress": describe_progress(job, translate) if job.state == "running" else "",
        "notes": [Report.from_json(note).describe(translate) for note in job.notes],
        "message": Report.from_json(job.report).describe(translate),
    }


_KEY = Argument("key", metavar="KEY", help=N_("the key of the job, or its beginning"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
ACTIONS = (
    Command(
        "start",
        N_("queue a long action; “bongsu tend” carries it out"),
        run_start,
        (
            Argument(
                "kind",
                metavar="ACTION",
                choices=_KINDS,
                help=N_("take, harvest, build, catalogue (what stewards accepted), report or try (a call)"),
            ),
            Option(
                "--programme",
                metavar="NAME",
                shell_complete=complete_programmes,
                help=N_("take, build: only this programme"),
            ),
            Option("--flow", metavar="DATAFLOW", shell_complete=complete_recipes, help=N_("build: only this dataflow")),
            Option(
                "--despite",
                metavar="REASON",
                default="",
                help=N_("build: why to seal observations that equal those of a withdrawn release"),
            ),
            Option("--source", metavar="NAME", help=N_("harvest: the source, as it was named when it was added")),
            Option("--country", metavar="CODE", help=N_("report: ISO 3166 alpha-3: KOR, FRA, KEN")),
            Option("--language", metavar="CODE", help=N_("report: the code of a language (default: the terminal's)")),
            Option("--call", metavar="NAME", help=N_("try: the name of the call")),
            Option("--wait", is_flag=True, help=N_("wait until it has ended; the status is 0 if it is done")),
            _WHY,
        ),
        ("bongsu job start build --flow GRID_INTENSITY", "bongsu job start report --country KOR --language ko"),
    ),
    Command(
        "list",
        N_("list the last jobs"),
        run_list,
        (Option("--last", metavar="N", type=read_whole_number, default=20, help=N_("how many jobs (default: 20)")),),
        ("bongsu job list",),
    ),
    Command("show", N_("print a job with its progress"), run_show, (_KEY,), ("bongsu job show f3b1a1de",)),
    Command(
        "stop",
        N_("stop a job; a release is sealed whole or not at all"),
        run_stop,
        (_KEY, _WHY),
        ("bongsu job stop f3b1a1de",),
    ),
)
